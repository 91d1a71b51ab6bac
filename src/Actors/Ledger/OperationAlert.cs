using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>What somebody has to look at. The names stand in the ledger's file and in metrics: none is ever renamed.</summary>
public enum OperationAlertKind
{
    /// <summary>A peer answered something else than was asked: the connection was closed.</summary>
    ReplyMismatch,

    /// <summary>An operation has not moved for longer than its kind allows. Clears when it moves or ends.</summary>
    Stall,

    /// <summary>Two operations at once on one partition that exclude each other: two nodes that both believe they lead, or a promise of our own that is broken.</summary>
    Concurrent,

    /// <summary>Bytes on a disk are not what they were.</summary>
    IntegrityFinding,

    /// <summary>The node ended while an operation ran, and nobody went on with it.</summary>
    Interrupted,
}

/// <summary>One alert.</summary>
/// <param name="Operation">Empty where it belongs to none.</param>
/// <param name="Extent">0 where it is not about one.</param>
/// <param name="Expected">What should have been, in words or fields.</param>
/// <param name="Got">What was.</param>
/// <param name="At">When it was seen; default: now.</param>
public sealed record OperationAlert(OperationAlertKind Kind, Guid Operation, PartitionId? Partition, ulong Extent, string? Peer, string Expected, string Got, DateTimeOffset At = default)
{
    /// <summary>How often the same was seen since, without an alert of its own.</summary>
    public long Repeats { get; init; }

    /// <summary>When its cause was gone; null while it is there, and always null for what has no duration.</summary>
    public DateTimeOffset? ClearedAt { get; init; }
}
