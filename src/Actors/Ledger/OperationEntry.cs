using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>How far an operation is, in a unit of its own.</summary>
/// <param name="Done">Never less than before.</param>
/// <param name="Of">0 while that is not known. May grow meanwhile; never below <paramref name="Done"/>.</param>
/// <param name="Unit">extents, partitions, groups, bytes, 1/10000; empty while nothing was said.</param>
public readonly record struct OperationProgress(long Done, long Of, string Unit)
{
    public static readonly OperationProgress None = new(0, 0, "");
}

/// <summary>One operation as the ledger knows it at one moment. Immutable.</summary>
/// <param name="Id">Stands in the lines of the log that belong to it. A resumed operation has a new one, see <see cref="Resumes"/>.</param>
/// <param name="Partition">Null where it is not about one.</param>
/// <param name="Disk">Root of the disk as configured; null where it is not about one.</param>
/// <param name="Peer"><c>ip:port</c> of the other node, or who ordered it; null where there is none.</param>
/// <param name="Detail">One line: what is to be done.</param>
/// <param name="AcceptedAt">Of a resumed operation: when it was accepted first.</param>
public sealed record OperationEntry(Guid Id, OperationKind Kind, PartitionId? Partition, string? Disk, string? Peer, string Detail, DateTimeOffset AcceptedAt)
{
    public OperationState State { get; init; } = OperationState.Accepted;

    /// <summary>Null while it waits.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Null while it is open.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    public OperationProgress Progress { get; init; } = OperationProgress.None;

    /// <summary>When it was last seen to get on.</summary>
    public DateTimeOffset MovedAt { get; init; } = AcceptedAt;

    /// <summary>What came of it, or why it failed, was cancelled, was interrupted or waits; empty while it runs.</summary>
    public string Result { get; init; } = "";

    /// <summary>The id that it was first recorded under, where an operation of an earlier process, or of an earlier life of its replica, was taken over; it is found by both.</summary>
    public Guid? Resumes { get; init; }

    /// <summary>How often it was begun, the first time included.</summary>
    public int Runs { get; init; } = 1;

    /// <summary>It has not moved for longer than its kind allows, and an alert says so.</summary>
    public bool IsStalled { get; init; }

    /// <summary>An operator may end it now.</summary>
    public bool CanCancel { get; init; }

    public bool IsOpen => State is OperationState.Accepted or OperationState.Running;
}
