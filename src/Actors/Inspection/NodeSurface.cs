using CubeActors.Protocol.Master;

namespace CubeActors.Actors;

/// <summary>All that operators and monitoring see of a node, and what they may set. Thread-safe.</summary>
/// <param name="Figures">Asked at every scrape.</param>
/// <param name="Report">What the node would answer to a heartbeat now.</param>
public sealed record NodeSurface(IPartitionInspection Partitions, OperationMeters Meters, Func<NodeFigures> Figures, Func<DataNodeHeartbeatResponse> Report)
{
    /// <summary>Orders to disks and partitions.</summary>
    public required IDiskOperations Operations { get; init; }

    /// <summary>All operations and alerts.</summary>
    public required IOperationLedger Ledger { get; init; }

    /// <summary>Gives leadership away without a stop, and says how far that is, of a stop too.</summary>
    public required INodeDrain Drain { get; init; }

    /// <summary>Limits of the disks' work, and of repair.</summary>
    public required IDiskQos Qos { get; init; }

    /// <summary>Budgets of repair, scrubbing and deletes.</summary>
    public Func<BudgetFigures> Budgets { get; init; } = static () => BudgetFigures.None;

    /// <summary>CLUSTER-VERSION.</summary>
    public required IClusterMarking Marking { get; init; }

    /// <summary>What our own command line shows; null where there is nothing to see.</summary>
    public NodeInspection? Inspection { get; init; }

    /// <summary>What was found of damaged blocks, and how far the scrubbers are.</summary>
    public Func<IntegrityView> Integrity { get; init; } = static () => IntegrityView.None;

    /// <summary>What was done on disks and partitions in the last minute.</summary>
    public required Func<RecentOperations> Recent { get; init; }

    /// <summary>Whether the masters are told of that.</summary>
    public required Action<bool> ReportRecent { get; init; }
}
