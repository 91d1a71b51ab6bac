using Akka.Actor;

namespace CubeActors.Actors;

/// <summary>The operator's way to the drain of a running node.</summary>
internal sealed class NodeDrain(DrainBoard board, Func<(int Connections, int InFlight)> load) : INodeDrain
{
    private volatile IActorRef? _supervisor;

    public DrainStatus Status
    {
        get
        {
            var (connections, inFlight) = load();
            return board.Status(connections, inFlight);
        }
    }

    /// <summary>From now on orders are taken.</summary>
    public void Open(IActorRef supervisor) => _supervisor = supervisor;

    public string? Begin() => Tell(new NodeSupervisor.BeginDrain());

    public string? Cancel() => board.IsStopping ? "the node is stopping, which is not taken back" : Tell(new NodeSupervisor.CancelDrain());

    private string? Tell(object order)
    {
        if (_supervisor is not { } supervisor) return "the node is starting; try again";
        supervisor.Tell(order, ActorRefs.NoSender);
        return null;
    }
}
