using Akka.Actor;

namespace CubeActors.TestKit;

/// <summary>Driving a system in virtual time where no test kit is at hand.</summary>
public static class ActorSystemExtensions
{
    /// <exception cref="InvalidOperationException">The system runs in real time.</exception>
    public static void RunUntilIdle(this ActorSystem system) => TestSchedulerOf(system).Loop.RunUntilIdle();

    public static void Advance(this ActorSystem system, TimeSpan duration) => TestSchedulerOf(system).Advance(duration);

    private static TestScheduler TestSchedulerOf(ActorSystem system) => system.Scheduler as TestScheduler
        ?? throw new InvalidOperationException($"Actor system {system.Name} does not run on a TestScheduler.");
}
