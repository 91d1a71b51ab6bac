using System.Collections.Immutable;

namespace CubeActors.ControlPlane;

/// <summary>A registered data node. Its address is its name for ever; the id is also its raft member id.</summary>
/// <param name="MediaType">1 SSD, 2 HDD. Source: CubeFS proto/storage_class.go MediaType_SSD, MediaType_HDD.</param>
/// <param name="AllDisks">As last reported, ordered.</param>
internal sealed record NodeRecord(
    ulong Id, string Address, string Zone, uint MediaType, string HeartbeatPort, string ReplicaPort,
    ImmutableArray<string> AllDisks, ImmutableArray<string> BadDisks);

/// <summary>Where a volume stands. A volume that is deleted is forgotten at once; only its partitions are still Removing.</summary>
internal enum VolumeStage { Creating, Ready }

/// <param name="CapacityGb">What the owner asked for; told, not enforced.</param>
/// <param name="PartitionsWanted">Data partitions that must exist before the volume is Ready.</param>
internal sealed record VolumeRecord(
    ulong Id, string Name, string Owner, ulong CapacityGb, int ReplicaNum, int PartitionsWanted, long PartitionBytes, DateTimeOffset CreatedAt,
    VolumeStage Stage);

/// <summary>Where a data partition stands; Planned before the first node hears of it, so that a crash leaves none behind.</summary>
internal enum PartitionStage { Planned, Created, Removing }

/// <summary>One host of a data partition as the master remembers it.</summary>
/// <param name="DiskPath">The root of the disk, byte for byte as the node told it; empty before it was told.</param>
internal sealed record ReplicaRecord(ulong NodeId, string Address, string HeartbeatPort, string ReplicaPort, string DiskPath);

/// <param name="Replicas">In the order of Hosts: the first is the chain leader. While Removing, those that have not yet acknowledged.</param>
internal sealed record PartitionRecord(ulong Id, string Volume, long SizeBytes, ImmutableArray<ReplicaRecord> Replicas, PartitionStage Stage)
{
    public IEnumerable<string> Hosts => Replicas.Select(replica => replica.Address);

    public bool IsOn(string address) => Replicas.Any(replica => replica.Address == address);
}
