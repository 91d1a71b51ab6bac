using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace CubeActors.Simulation.Nodes;

/// <summary>What the actor system that is being made on this thread is a part of: Akka makes its scheduler and dispatchers itself, from names.</summary>
internal sealed record ActorHome(Stage Stage, Strand Actors, TimeProvider Time)
{
    [ThreadStatic]
    private static ActorHome? _making;

    public static ActorHome Making => _making ?? throw new InvalidOperationException("an actor system of a simulation is made by ActorHome.MakeSystem");

    /// <summary>Every dispatcher of the system runs on the strand of the actors, and its scheduler goes by the clock of the process.</summary>
    private static readonly Config Settings = ConfigurationFactory.ParseString(
        $$"""
        akka {
          loggers = []
          loglevel = INFO
          stdout-loglevel = OFF
          log-dead-letters = off
          coordinated-shutdown { run-by-actor-system-terminate = off, run-by-clr-shutdown-hook = off }
          scheduler.implementation = "{{NameOf(typeof(StageScheduler))}}"
          actor {
            default-dispatcher.type = "{{NameOf(typeof(StrandDispatcherConfigurator))}}"
            internal-dispatcher.type = "{{NameOf(typeof(StrandDispatcherConfigurator))}}"
            default-blocking-io-dispatcher.type = "{{NameOf(typeof(StrandDispatcherConfigurator))}}"
            default-fork-join-dispatcher.type = "{{NameOf(typeof(StrandDispatcherConfigurator))}}"
            task-dispatcher.type = "{{NameOf(typeof(StrandDispatcherConfigurator))}}"
            synchronized-dispatcher.type = "{{NameOf(typeof(StrandDispatcherConfigurator))}}"
          }
        }
        """);

    public ActorSystem MakeSystem(string name)
    {
        _making = this;
        try
        {
            return ActorSystem.Create(name, Settings);
        }
        finally
        {
            _making = null;
        }
    }

    private static string NameOf(Type type) => $"{type.FullName}, {type.Assembly.GetName().Name}";
}

/// <summary>Akka's scheduler by the clock of the process (`akka.scheduler.implementation`).</summary>
internal sealed class StageScheduler(Config config, ILoggingAdapter log) : SchedulerBase(config, log), IDateTimeOffsetNowTimeProvider
{
    private readonly ActorHome _home = ActorHome.Making;

    public override TimeSpan MonotonicClock => _home.Stage.Now;
    public override TimeSpan HighResMonotonicClock => _home.Stage.Now;
    protected override DateTimeOffset TimeNow => _home.Time.GetUtcNow();

    protected override void InternalScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Schedule(delay, null, () => receiver.Tell(message, sender), cancelable);

    protected override void InternalScheduleTellRepeatedly(TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Schedule(initialDelay, interval, () => receiver.Tell(message, sender), cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable cancelable) => Schedule(delay, null, action, cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, IRunnable action, ICancelable cancelable) => Schedule(delay, null, action.Run, cancelable);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable cancelable) =>
        Schedule(initialDelay, interval, action, cancelable);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable cancelable) =>
        Schedule(initialDelay, interval, action.Run, cancelable);

    private void Schedule(TimeSpan delay, TimeSpan? interval, Action action, ICancelable? cancelable)
    {
        var timer = _home.Time.CreateTimer(static fire => ((Action)fire!)(), (Action)Fire, delay, interval ?? Timeout.InfiniteTimeSpan);
        cancelable?.Token.Register(timer.Dispose);

        void Fire()
        {
            if (cancelable is null || !cancelable.IsCancellationRequested) action();
        }
    }
}

/// <summary>The HOCON `type` of a dispatcher whose actors take their turns on a strand.</summary>
internal sealed class StrandDispatcherConfigurator : MessageDispatcherConfigurator
{
    private readonly StrandDispatcher _dispatcher;

    public StrandDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites) : base(config, prerequisites) =>
        _dispatcher = new StrandDispatcher(this, ActorHome.Making.Actors);

    public override MessageDispatcher Dispatcher() => _dispatcher;
}

internal sealed class StrandDispatcher(MessageDispatcherConfigurator configurator, Strand actors) : MessageDispatcher(configurator)
{
    protected override void ExecuteTask(IRunnable run) => actors.Post(run.Run);

    protected override void Shutdown()
    {
        // Turns that are still queued run; there is nothing else to give back.
    }
}
