namespace CubeActors.Actors;

/// <summary>How far a node is between exec and exit.</summary>
public enum NodePhase
{
    /// <summary>Its ports are being bound.</summary>
    Binding,

    /// <summary>The ports answer; disks are being loaded and the node is being registered.</summary>
    Loading,

    /// <summary>All disks are settled and the masters know the node.</summary>
    Ready,

    /// <summary>It gives away the raft groups that it leads, by order or as the first part of a stop, and serves meanwhile; a stop then takes no more requests and
    /// finishes those it has.</summary>
    Draining,

    /// <summary>Everything is closed.</summary>
    Stopped,
}

/// <summary>A node at one moment.</summary>
/// <param name="NotReady">Why it is not ready, one sentence each; empty when it is.</param>
/// <param name="NodeId">0 until it is registered.</param>
/// <param name="Address"><c>ip:port</c>; empty until it is known.</param>
public sealed record NodeStatus(NodePhase Phase, IReadOnlyList<string> NotReady, ulong NodeId, string Address, IReadOnlyList<DiskFigures> Disks, IReadOnlyList<PartitionFigures> Partitions)
{
    /// <summary>The phases so far, in their order, each with the moment it began.</summary>
    public IReadOnlyList<PhaseStart> Phases { get; init; } = [];
}

/// <summary>A node entered a phase.</summary>
public sealed record PhaseStart(NodePhase Phase, DateTimeOffset At);
