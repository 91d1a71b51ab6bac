using CubeActors.Protocol;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>Looks into the partitions of a node for operators. Thread-safe; what needs the disk runs on its threads and ends in time.</summary>
public interface IPartitionInspection
{
    /// <summary>What the board says, with the raft group; null if there is no such partition here, or it is still being loaded.</summary>
    InspectedPartition? Find(PartitionId partition);

    /// <summary>All partitions that serve or finally cannot, by id.</summary>
    IReadOnlyList<InspectedPartition> List();

    /// <summary>The partition's raft group as it is now; null while this node takes no part in it.</summary>
    RaftGroupView? Raft(PartitionId partition);

    /// <summary>All extents, by id, with the length of the record of deleted tiny objects.</summary>
    Task<Inspected<ExtentListing>> ExtentsAsync(PartitionId partition, CancellationToken cancel);

    /// <summary>One extent; the value is null if there is none under this id.</summary>
    Task<Inspected<ExtentRecord?>> ExtentAsync(PartitionId partition, ExtentId extent, CancellationToken cancel);

    /// <summary>Stored CRCs of an extent's blocks, in order; empty for a tiny extent, null if there is no such extent.</summary>
    Task<Inspected<IReadOnlyList<uint>?>> BlockCrcsAsync(PartitionId partition, ExtentId extent, CancellationToken cancel);

    /// <summary>Records of what was deleted out of tiny extents, oldest first.</summary>
    Task<Inspected<IReadOnlyList<DeleteRecord>>> TinyDeletesAsync(PartitionId partition, CancellationToken cancel);

    /// <summary>Records of normal extents that were deleted, oldest first.</summary>
    Task<Inspected<IReadOnlyList<DeleteRecord>>> NormalDeletesAsync(PartitionId partition, CancellationToken cancel);
}

/// <summary>A partition as operators see it.</summary>
/// <param name="Status">-1 unavailable, 0 recovering, 1 read-only, 2 read-write: as in the node's report.</param>
/// <param name="Directory">Where it lies.</param>
public sealed record InspectedPartition(PartitionFigures Figures, int Status, string Directory, RaftGroupView? Raft);

/// <summary>An answer of a partition's disk.</summary>
/// <param name="IsKnown">False: the partition does not serve here.</param>
/// <param name="Problem">Why there is no value, one sentence; null if there is one.</param>
public readonly record struct Inspected<T>(bool IsKnown, T Value, string? Problem)
{
    public bool IsGood => IsKnown && Problem is null;
}

/// <param name="TinyDeleteLogBytes">Length of the record of deleted tiny objects, the measure that replicas exchange.</param>
public sealed record ExtentListing(IReadOnlyList<ExtentRecord> Extents, long TinyDeleteLogBytes)
{
    /// <summary>What fsck has locked an extent for.</summary>
    public Func<ExtentId, ExtentLockKind> LockOf { get; init; } = static _ => ExtentLockKind.Normal;
}

/// <summary>Something that was deleted. Offset and size are 0 for a whole extent.</summary>
public readonly record struct DeleteRecord(ulong Extent, ulong Offset, ulong Size);

/// <summary>A raft group as operators see it.</summary>
/// <param name="Self">This node.</param>
/// <param name="MessagesWaiting">Of peers, not yet taken by the group.</param>
/// <param name="MessagesDropped">Since the group was opened, because it did not keep up.</param>
/// <param name="ProposalsRefused">Since the group was opened, because too much was under way.</param>
/// <param name="Tick">Length of the ticks that silence is counted in.</param>
public sealed record RaftGroupView(NodeId Self, RaftGroupStatus Status, int MessagesWaiting, long MessagesDropped, long ProposalsRefused, TimeSpan Tick);
