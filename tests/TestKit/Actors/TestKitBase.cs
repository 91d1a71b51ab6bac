using System.Diagnostics.CodeAnalysis;
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Configuration;
using Akka.Event;
using Xunit.Sdk;

namespace CubeActors.TestKit;

/// <summary>
/// What a test and a probe share: a test actor, its inbox and the expectations on it.
/// </summary>
/// <remarks>
/// In virtual time (<see cref="IsVirtual"/>) an expectation first runs all work until idle and then decides at once; the time it was
/// given is not waited for, because without <see cref="Advance"/> nothing more can come. ExpectNoMsg(duration) lets the duration pass.
/// </remarks>
public abstract partial class TestKitBase
{
    private const int LogLinesMax = 20;

    private readonly TestInbox _inbox;
    private readonly LogTap _log;
    private readonly bool _ownsLog;
    private ActorCell? _implicitSender;
    private ActorCell? _implicitSenderBefore; // of a kit around this one
    private TimeSpan? _end; // of the innermost Within, on the scale of Now

    private protected TestKitBase(ActorSystem system, string? testActorName, TestKitBase? parent = null)
    {
        Sys = system;
        Scheduler = system.Scheduler as TestScheduler;
        _inbox = new TestInbox(() => Now);
        _ownsLog = parent is null;
        _log = parent?._log ?? LogTap.Attach((ExtendedActorSystem)system, () => Now);
        TestActor = ((ExtendedActorSystem)system).SystemActorOf(Props.Create(() => new InternalTestActor(_inbox)), testActorName);
        EventFilter = new EventFilterFactory(this, _log);
        if (parent is null) BecomeImplicitSender();
    }

    /// <summary>
    /// Hand this to the constructor for virtual time; the test's own configuration goes above it (`own.WithFallback(...)`).
    /// </summary>
    public static Config VirtualTimeConfig => TestKitConfig.VirtualTime.WithFallback(TestKitConfig.Common);

    /// <summary>
    /// HOCON that runs a dispatcher of the code under test on the loop as well; for the configuration of a test in virtual time.
    /// </summary>
    public static string OnLoop(string dispatcherPath) => TestKitConfig.OnLoop(dispatcherPath);

    public ActorSystem Sys { get; }
    public IActorRef TestActor { get; }
    public EventFilterFactory EventFilter { get; }

    [MemberNotNullWhen(true, nameof(Scheduler))]
    public bool IsVirtual => Scheduler is not null;

    /// <summary>Null with real time.</summary>
    public TestScheduler? Scheduler { get; }

    /// <summary>The clock for code that takes a TimeProvider; virtual time only.</summary>
    public VirtualTime Time => VirtualScheduler.Time;

    /// <summary>Where work of the code under test can be put that would else need a thread; virtual time only.</summary>
    public WorkLoop Loop => VirtualScheduler.Loop;

    public object? LastMessage { get; private set; }
    public IActorRef LastSender { get; private set; } = ActorRefs.NoSender;
    public bool HasMessages
    {
        get
        {
            if (IsVirtual) Loop.RunUntilIdle();
            return _inbox.HasMessages;
        }
    }

    /// <summary>Passed since the kit began: virtual, or real.</summary>
    public TimeSpan Now => Scheduler?.Time.Elapsed ?? TimeProvider.System.GetElapsedTime(_started);

    private readonly long _started = TimeProvider.System.GetTimestamp();
    private TestScheduler VirtualScheduler => Scheduler
        ?? throw new InvalidOperationException("This test runs in real time; derive from ActorTest or pass VirtualTimeConfig.");

    public TestProbe CreateTestProbe(string? name = null) => new(this, name);
    public IActorRef ActorOf(Props props, string? name = null) => Sys.ActorOf(props, name);
    public IActorRef ActorOf<TActor>(string? name = null) where TActor : ActorBase, new() => Sys.ActorOf(Props.Create<TActor>(), name);

    /// <summary>Like ActorOf, with the actor's object in reach of the test. After a restart it is the new object.</summary>
    public TestActorRef<TActor> ActorOfAsTestActorRef<TActor>(Props props, string? name = null) where TActor : ActorBase
    {
        var producer = new CapturingProducer<TActor>(props);
        var actor = Sys.ActorOf(producer.Props, name);
        if (IsVirtual) Loop.RunUntilIdle();
        return new TestActorRef<TActor>(actor, producer);
    }

    public IActorRef Watch(IActorRef actor)
    {
        TestActor.Tell(new InternalTestActor.Watch(actor), ActorRefs.NoSender);
        return actor;
    }

    public IActorRef Unwatch(IActorRef actor)
    {
        TestActor.Tell(new InternalTestActor.Unwatch(actor), ActorRefs.NoSender);
        return actor;
    }

    /// <summary>Messages for which <paramref name="ignore"/> holds no longer reach the inbox.</summary>
    public void IgnoreMessages(Func<object, bool> ignore) =>
        TestActor.Tell(new InternalTestActor.SetIgnore(ignore), ActorRefs.NoSender);

    public void IgnoreMessages<T>(Func<T, bool>? ignore = null) =>
        IgnoreMessages(message => message is T t && (ignore is null || ignore(t)));

    public void IgnoreNoMessages() => TestActor.Tell(new InternalTestActor.SetIgnore(null), ActorRefs.NoSender);

    public void SetAutoPilot(AutoPilot pilot) => TestActor.Tell(new InternalTestActor.SetAutoPilot(pilot), ActorRefs.NoSender);

    /// <summary>Runs all ready work on this thread; timers do not fire.</summary>
    public void RunUntilIdle() => Loop.RunUntilIdle();

    /// <summary>Lets virtual time pass, with every timer that becomes due and all it causes.</summary>
    public void Advance(TimeSpan duration) => Time.Advance(duration);

    /// <summary>Stops the system and waits until all its actors are gone.</summary>
    public virtual void Shutdown(TimeSpan? duration = null)
    {
        var terminated = Sys.WhenTerminated; // what Terminate returns can be null where the system ends at that very moment
        _ = Sys.Terminate();
        var max = duration ?? RealTimeMax;
        var done = IsVirtual ? Loop.RunUntil(() => terminated.IsCompleted, max) : terminated.Wait(max);
        if (!done) Fail($"Expected the actor system to stop within {max}.");
    }

    private protected void Release()
    {
        if (_ownsLog) _log.Detach(Sys);
        if (ReferenceEquals(InternalCurrentActorCellKeeper.Current, _implicitSender))
            InternalCurrentActorCellKeeper.Current = _implicitSenderBefore;
    }

    /// <summary>A test without its own threads never waits this long; it bounds what real threads may take.</summary>
    private static readonly TimeSpan RealTimeMax = TimeSpan.FromSeconds(10);

    // As in Akka's kit: what the test tells without naming a sender comes from its test actor.
    private void BecomeImplicitSender()
    {
        var actor = (ActorRefWithCell)TestActor;
        // The system guardian starts its children in a turn of its own; until then there is no cell.
        if (IsVirtual) Loop.RunUntilIdle();
        else SpinWait.SpinUntil(() => actor.Underlying is ActorCell, RealTimeMax);
        _implicitSenderBefore = InternalCurrentActorCellKeeper.Current;
        InternalCurrentActorCellKeeper.Current = _implicitSender = (ActorCell)actor.Underlying;
    }

    [DoesNotReturn]
    internal void Fail(string expected, string? hint = null)
    {
        var text = new List<string> { hint is null ? expected : $"{expected} ({hint})", _inbox.Describe() };
        if (Scheduler is { Time: var time })
        {
            var next = time.NextDue is { } due ? $"the next timer is due at +{due:c}" : "no timer is set";
            text.Add($"All work has run, virtual time is +{time.Elapsed:c}, {next}.");
        }
        text.AddRange(_log.Describe(LogLevel.WarningLevel, LogLinesMax));
        throw new XunitException(string.Join(Environment.NewLine, text));
    }
}
