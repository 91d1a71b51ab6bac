using Akka.Configuration;
using Akka.Dispatch;

namespace CubeActors.TestKit;

/// <summary>The HOCON `type` of a dispatcher whose actors run on the test's <see cref="WorkLoop"/>.</summary>
public sealed class WorkLoopDispatcherConfigurator : MessageDispatcherConfigurator
{
    private readonly WorkLoopDispatcher _dispatcher;

    public WorkLoopDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites) : base(config, prerequisites)
    {
        var scheduler = prerequisites.Scheduler as TestScheduler
            ?? throw new ConfigurationException("A WorkLoopDispatcher needs akka.scheduler.implementation to be the TestScheduler.");
        _dispatcher = new WorkLoopDispatcher(this, scheduler.Loop);
    }

    public override MessageDispatcher Dispatcher() => _dispatcher;
}

/// <summary>Hands each actor's turn to the loop: one thread, first come, first served.</summary>
internal sealed class WorkLoopDispatcher(MessageDispatcherConfigurator configurator, WorkLoop loop) : MessageDispatcher(configurator)
{
    protected override void ExecuteTask(IRunnable run) => loop.Post(run.Run);

    // Turns that are still queued run; there is nothing else to give back.
    protected override void Shutdown() { }
}
