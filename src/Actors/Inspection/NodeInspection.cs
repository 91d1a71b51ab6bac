using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>What the program's own command line looks at besides the paths of CubeFS. Thread-safe; everything is asked at every look.</summary>
/// <param name="Actors">The tree of actors.</param>
/// <param name="Members">Other nodes, by id.</param>
/// <param name="Gate">How a partition stands on the data path.</param>
/// <param name="DiskWork">The work of each disk, in the order of the configuration.</param>
/// <param name="Slow">The last slow requests.</param>
/// <param name="Leadership">Gives away the leadership of one group.</param>
public sealed record NodeInspection(
    IActorInspection Actors, Func<IReadOnlyList<ClusterMember>> Members, Func<PartitionId, GateView> Gate, Func<IReadOnlyList<DiskWorkView>> DiskWork, SlowRequests Slow,
    ILeadershipOrders Leadership)
{
    /// <summary>All data nodes of the cluster by address, this one included, as the masters last listed them; empty until they did.</summary>
    public Func<IReadOnlyDictionary<string, NodeId>> Nodes { get; init; } = static () => new Dictionary<string, NodeId>();
}

/// <summary>How a partition stands on the data path.</summary>
/// <param name="Gate">open; what the gate keeps out; <c>none, callers wait</c> or <c>none</c> where there is no gate.</param>
/// <param name="Parked">Requests that wait for it.</param>
public readonly record struct GateView(string Gate, int Parked);

/// <summary>What waits for one disk and what it does.</summary>
/// <param name="Path">As configured.</param>
/// <param name="Classes">The queues of its I/O threads; empty where nobody counts.</param>
/// <param name="LogDepth">Writes of raft logs that wait.</param>
/// <param name="RepairStreams">Extents that are being repaired here.</param>
/// <param name="RepairTasks">Tasks that other replicas work on and read from here.</param>
public sealed record DiskWorkView(string Path, IReadOnlyList<WorkFigures> Classes, int LogDepth, int RepairStreams, int RepairTasks);

/// <summary>Gives away leadership by an operator's order. Thread-safe.</summary>
public interface ILeadershipOrders
{
    /// <summary>Asks a member to lead a group that this node leads: the one named, or the one that holds most of the log.</summary>
    /// <param name="to">Data address of the member; null for the best.</param>
    /// <returns>The member that stands for election now, or why none does.</returns>
    Task<LeadershipAnswer> TransferAsync(PartitionId partition, string? to, CancellationToken cancel);
}

/// <param name="To">Data address; null if nobody was asked or will.</param>
/// <param name="Problem">One sentence; null if it was done.</param>
/// <param name="IsUnknown">There is no such group on this node.</param>
public sealed record LeadershipAnswer(string? To, string? Problem, bool IsUnknown = false);
