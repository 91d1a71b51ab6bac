namespace CubeActors.ControlPlane;

/// <summary>When a partition takes new extents: all its replicas live and read-write, one of them its raft leader, and room left.</summary>
/// <remarks>
/// The table of spec 5.3 but for two things: there are no 10 GB to spare, since small partitions are allowed, and a leader that is not
/// reported for a moment ends nothing (<see cref="LiveView.LeaderGrace"/>), so that an election does not take the partition from the writers.
/// </remarks>
internal static class StatusRules
{
    public static sbyte StatusOf(PartitionRecord partition, LiveView live, DateTimeOffset now)
    {
        if (partition.Stage != PartitionStage.Created) return PartitionStatus.Unavailable;
        var alive = 0;
        var writable = 0;
        foreach (var replica in partition.Replicas)
        {
            if (!live.IsLive(partition.Id, replica.Address, now)) continue;
            alive++;
            if (IsWritable(partition, live.FindReplica(partition.Id, replica.Address)!)) writable++;
        }

        return alive == 0 ? PartitionStatus.Unavailable
            : writable == partition.Replicas.Length && live.IsLed(partition, now) ? PartitionStatus.ReadWrite
            : PartitionStatus.ReadOnly;
    }

    /// <summary>The live replica that says it leads its raft group; "" if none does, also within the grace.</summary>
    public static string LeaderOf(PartitionRecord partition, LiveView live, DateTimeOffset now) => live.LeaderOf(partition, now) ?? "";

    /// <summary>The most that any replica reports.</summary>
    public static ulong UsedBytesOf(PartitionRecord partition, LiveView live) =>
        partition.Hosts.Max(host => live.FindReplica(partition.Id, host)?.Report.Used ?? 0);

    private static bool IsWritable(PartitionRecord partition, ReplicaLife replica) =>
        replica.Report.PartitionStatus == PartitionStatus.ReadWrite && replica.Report.Used < (ulong)partition.SizeBytes;
}
