using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Protocol.Objects;

namespace CubeActors.ControlPlane.Tests;

/// <summary>Short ways to the things that tests need many of.</summary>
internal static class Build
{
    public const long PartitionBytes = 1L << 30;
    public static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    public static string Address(int node) => $"127.0.0.{10 + node}:17310";

    public static NodeRecord Node(int node, ulong? id = null, string zone = "default", uint medium = 1) =>
        new(id ?? (ulong)node, Address(node), zone, medium, "17330", "17340", [], []);

    public static ReplicaRecord Replica(int node, string disk = "") => new((ulong)node, Address(node), "17330", "17340", disk);

    public static PartitionRecord Partition(ulong id, params int[] nodes) =>
        new(id, "vol", PartitionBytes, [.. nodes.Select(node => Replica(node, "/disk"))], PartitionStage.Created);

    public static PartitionReport Report(ulong id, long status = PartitionStatus.ReadWrite, ulong used = 0, bool isLeader = false, string disk = "/disk") => new()
    {
        VolName = "vol",
        PartitionId = new PartitionId(id),
        PartitionStatus = status,
        Total = (ulong)PartitionBytes,
        Used = used,
        IsLeader = isLeader,
        DiskPath = disk,
        ExtentCount = 64,
    };

    public static DataNodeHeartbeatResponse Heartbeat(params PartitionReport[] reports) => new()
    {
        Total = 100 * (ulong)PartitionBytes,
        Available = 90 * (ulong)PartitionBytes,
        Used = 10 * (ulong)PartitionBytes,
        Status = 1,
        ZoneName = "default",
        AllDisks = ["/disk"],
        PartitionReports = reports,
    };

    public static CreateVolume Volume(string name = "vol", int replicas = 2, int partitions = 3) => new(name, "owner", 10, replicas, partitions, PartitionBytes);

    public static ObjectExtent Normal(ulong partition, ulong extent, long fileOffset, long size, long extentOffset = 0) =>
        new(fileOffset, partition, extent, extentOffset, size);

    public static ObjectExtent Tiny(ulong partition, ulong extent, long slot, long size) => new(0, partition, extent, slot, size);

    public static string Sha256 => new('a', 64);

    /// <summary>A state in which volume "vol" is ready, with these partitions.</summary>
    public static ClusterState StateWith(params PartitionRecord[] partitions)
    {
        var state = new ClusterState();
        for (var node = 1; node <= 4; node++) state.Apply(new NodeAdded(Node(node)));
        state.Apply(new VolumeOrdered(new VolumeRecord(5, "vol", "owner", 10, 2, partitions.Length, PartitionBytes, Noon, VolumeStage.Creating)));
        foreach (var partition in partitions)
        {
            state.Apply(new PartitionPlanned(partition.Id, partition.Volume, partition.SizeBytes, partition.Replicas));
            state.Apply(new PartitionCreated(partition.Id, [.. partition.Replicas.Select(replica => replica.DiskPath)]));
        }

        state.Apply(new VolumeFinished("vol"));
        return state;
    }
}
