using Akka.Actor;

namespace CubeActors.TestKit;

/// <summary>Answers on a probe's behalf while the test looks elsewhere.</summary>
public abstract class AutoPilot
{
    public static AutoPilot KeepRunning { get; } = new KeepRunningPilot();
    public static AutoPilot NoAutoPilot { get; } = new NoPilot();

    /// <returns>The pilot of the next message: this one again by <see cref="KeepRunning"/>, another one, or none.</returns>
    public abstract AutoPilot Run(IActorRef sender, object message);

    private sealed class KeepRunningPilot : AutoPilot
    {
        public override AutoPilot Run(IActorRef sender, object message) =>
            throw new InvalidOperationException("KeepRunning is an answer of Run, not a pilot.");
    }

    private sealed class NoPilot : AutoPilot
    {
        public override AutoPilot Run(IActorRef sender, object message) => this;
    }
}

/// <summary>A pilot made of one function of sender and message.</summary>
public sealed class DelegateAutoPilot(Func<IActorRef, object, AutoPilot> run) : AutoPilot
{
    public override AutoPilot Run(IActorRef sender, object message) => run(sender, message);
}
