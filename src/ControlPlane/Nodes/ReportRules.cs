using System.Collections.Immutable;
using CubeActors.Protocol.Master;

namespace CubeActors.ControlPlane;

/// <summary>What of a node's report must outlive the master: the lists that a starting node compares its disks with (spec 2.7).</summary>
internal static class ReportRules
{
    /// <summary>Disks of one node; our own bound on what a report can make us persist.</summary>
    private const int DisksMax = 1024;

    /// <summary>False if an entry that everybody would look into is null: JSON allows it, Go never sends it.</summary>
    public static bool IsWhole(DataNodeHeartbeatResponse report) =>
        report.PartitionReports.All(entry => entry is not null) && report.BackupDataPartitions.All(entry => entry is not null);

    public static IReadOnlyList<ClusterEvent> Changes(NodeRecord node, IEnumerable<PartitionRecord> hosted, DataNodeHeartbeatResponse report)
    {
        var events = new List<ClusterEvent>();
        var all = Ordered(report.AllDisks);
        var bad = Ordered(report.BadDisks);
        if (!all.SequenceEqual(node.AllDisks) || !bad.SequenceEqual(node.BadDisks)) events.Add(new NodeDisksChanged(node.Address, all, bad));
        var disks = new Dictionary<ulong, string>();
        foreach (var replica in report.PartitionReports) disks[replica.PartitionId.Value] = replica.DiskPath;
        foreach (var partition in hosted.Where(partition => partition.Stage == PartitionStage.Created))
        {
            var known = partition.Replicas.First(replica => replica.Address == node.Address);
            if (disks.TryGetValue(partition.Id, out var disk) && disk.Length > 0 && disk != known.DiskPath)
                events.Add(new ReplicaMoved(partition.Id, node.Address, disk));
        }

        return events;
    }

    private static ImmutableArray<string> Ordered(IReadOnlyList<string> disks) =>
        [.. disks.Where(disk => disk is not null).Take(DisksMax).Order(StringComparer.Ordinal)];
}
