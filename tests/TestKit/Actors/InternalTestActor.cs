using Akka.Actor;

namespace CubeActors.TestKit;

/// <summary>What a test or probe has received: a message and who sent it.</summary>
public sealed record MessageEnvelope(object Message, IActorRef Sender);

/// <summary>The actor behind a test or a probe: puts what it is told into the inbox that the test reads.</summary>
internal sealed class InternalTestActor(TestInbox inbox) : UntypedActor
{
    public sealed record Watch(IActorRef Actor);
    public sealed record Unwatch(IActorRef Actor);
    public sealed record SetIgnore(Func<object, bool>? Ignore);
    public sealed record SetAutoPilot(AutoPilot Pilot);

    private Func<object, bool>? _ignore;
    private AutoPilot _pilot = AutoPilot.NoAutoPilot;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Watch watch: Context.Watch(watch.Actor); break;
            case Unwatch unwatch: Context.Unwatch(unwatch.Actor); break;
            case SetIgnore ignore: _ignore = ignore.Ignore; break;
            case SetAutoPilot set: _pilot = set.Pilot; break;
            default: Take(message); break;
        }
    }

    private void Take(object message)
    {
        if (_pilot.Run(Sender, message) is var next && next != AutoPilot.KeepRunning) _pilot = next;
        if (_ignore?.Invoke(message) != true) inbox.Add(new MessageEnvelope(message, Sender));
    }
}
