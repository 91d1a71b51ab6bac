using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>What makes two operations the same thing: of one key, one is open at most.</summary>
/// <param name="Partition">0 where it is not about one.</param>
/// <param name="Disk">Only where it is not about a partition: a partition keeps its key when it comes to lie on another disk.</param>
/// <param name="Peer">Only of kinds that are told apart by it.</param>
internal readonly record struct OperationKey(OperationKind Kind, ulong Partition, string Disk, string Peer)
{
    public static OperationKey Of(OperationKind kind, PartitionId? partition, string? disk, string? peer) =>
        new(kind, partition?.Value ?? 0, partition is null ? disk ?? "" : "", OperationRules.Of(kind).PerPeer ? peer ?? "" : "");

    public static OperationKey Of(OperationEntry entry) => Of(entry.Kind, entry.Partition, entry.Disk, entry.Peer);

    /// <summary>What it is about: a partition, a disk, or the node. Two operations of one place meet.</summary>
    public (ulong Partition, string Disk) Place => (Partition, Disk);
}
