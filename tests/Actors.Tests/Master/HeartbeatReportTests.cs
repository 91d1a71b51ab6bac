using System.Collections.Frozen;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Actors.Tests;

public sealed class HeartbeatReportTests
{
    private const ulong Gib = 1UL << 30;

    [Fact]
    public void Totals_count_usable_disks_only_and_capacity_is_what_no_partition_has_been_promised()
    {
        var report = Build(
            [Disk("/a", total: 100 * Gib, used: 30 * Gib, available: 70 * Gib), Disk("/b", total: 50 * Gib, used: 10 * Gib, available: 40 * Gib), Broken("/c")],
            [Partition(1, "/a", size: 60 * (long)Gib), Partition(2, "/a", size: 10 * (long)Gib), Partition(3, "/b", size: 45 * (long)Gib)]);

        Assert.Equal((150 * Gib, 40 * Gib, 110 * Gib), (report.Total, report.Used, report.Available));
        Assert.Equal((115 * Gib, 3U), (report.TotalPartitionSize, report.CreatedPartitionCnt));
        Assert.Equal((35 * Gib, 30 * Gib), (report.RemainingCapacity, report.MaxCapacity)); // 30 on /a, 5 on /b
    }

    [Fact]
    public void A_disk_promised_more_than_once_has_no_capacity_left_instead_of_a_huge_one()
    {
        var report = Build([Disk("/a", total: 10 * Gib, used: 0, available: 10 * Gib)], [Partition(1, "/a", size: 20 * (long)Gib)]);

        Assert.Equal((0UL, 0UL), (report.RemainingCapacity, report.MaxCapacity));
    }

    [Fact]
    public void Every_disk_is_listed_with_its_status_and_only_an_unavailable_one_is_bad()
    {
        var full = Disk("/full", total: 10 * Gib, used: 10 * Gib, available: 0);
        var hanging = new DiskFigures("/hangs", DiskState.Opening, 0, 0, 0, 0, -1, 0, "");
        var report = Build([Broken("/broken"), full, hanging, Disk("/good", 10 * Gib, 0, 10 * Gib)], []);

        Assert.Equal(["/broken", "/full", "/hangs", "/good"], report.AllDisks);
        Assert.Equal([-1L, 1L, 1L, 2L], report.DiskStats.Select(disk => disk.Status));
        Assert.Equal(["/broken"], report.BadDisks);
        Assert.All(report.DiskStats, disk => Assert.True(disk.TotalPartitionCnt >= 0));
        Assert.Empty(report.LostDisks);
    }

    [Fact]
    public void A_partition_that_is_still_loading_or_already_closing_is_left_out()
    {
        var report = Build(
            [Disk("/a", 100 * Gib, 0, 100 * Gib)],
            [Partition(1, "/a", state: PartitionState.Loading), Partition(2, "/a"), Partition(3, "/a", state: PartitionState.Closing), Partition(4, "/a", state: PartitionState.Unavailable)]);

        Assert.Equal([2UL, 4UL], report.PartitionReports.Select(partition => partition.PartitionId.Value));
        Assert.Equal(2U, report.CreatedPartitionCnt);
    }

    [Fact]
    public void A_serving_partition_is_reported_with_all_that_the_master_compares()
    {
        var peers = new[] { new Peer { Id = new NodeId(7), Address = "127.0.0.11:17310" } };
        var partition = Partition(5, "/a", size: 4096, used: 100, extents: 65) with { Peers = peers };

        var report = Assert.Single(Build([Disk("/a", 100 * Gib, 0, 100 * Gib)], [partition]).PartitionReports);

        Assert.Equal(("vol", 5UL, "/a"), (report.VolName, report.PartitionId.Value, report.DiskPath));
        Assert.Equal((2L, 4096UL, 100UL, 65L), (report.PartitionStatus, report.Total, report.Used, report.ExtentCount));
        Assert.Equal((0U, true, false, false), (report.ReadOnlyReasons, report.NeedCompare, report.IsLeader, report.TriggerDiskError));
        Assert.Equal(peers, report.LocalPeers);
    }

    [Theory]
    [InlineData(4096, 64, 70, ReadOnlyReasons.Full)]
    [InlineData(0, 20000, 70, ReadOnlyReasons.TooManyExtents)]
    [InlineData(0, 64, (1L << 30) + 1, ReadOnlyReasons.ExtentIdsUsedUp)]
    [InlineData(5000, 20001, 1L << 31, ReadOnlyReasons.Full | ReadOnlyReasons.TooManyExtents | ReadOnlyReasons.ExtentIdsUsedUp)]
    public void Whatever_keeps_new_extents_out_makes_a_partition_read_only_and_is_named(long used, int extents, long baseId, uint reasons)
    {
        var partition = Partition(1, "/a", size: 4096, used: used, extents: extents) with { BaseExtentId = (ulong)baseId };

        var report = Assert.Single(Build([Disk("/a", 100 * Gib, 0, 100 * Gib)], [partition]).PartitionReports);

        Assert.Equal((1L, reasons), (report.PartitionStatus, report.ReadOnlyReasons));
    }

    [Fact]
    public void The_last_value_below_each_limit_is_still_read_write()
    {
        var partition = Partition(1, "/a", size: 4096, used: 4095, extents: 19999) with { BaseExtentId = 1UL << 30 };

        var report = Assert.Single(Build([Disk("/a", 100 * Gib, 0, 1)], [partition]).PartitionReports);

        Assert.Equal((2L, 0U), (report.PartitionStatus, report.ReadOnlyReasons));
    }

    [Fact]
    public void A_full_disk_makes_its_partitions_read_only_for_that_reason()
    {
        var report = Assert.Single(Build([Disk("/a", 100 * Gib, 100 * Gib, 0)], [Partition(1, "/a")]).PartitionReports);

        Assert.Equal((1L, ReadOnlyReasons.DiskReadOnly), (report.PartitionStatus, report.ReadOnlyReasons));
    }

    [Fact]
    public void An_unavailable_partition_says_so_and_only_errors_of_its_disk_point_at_the_disk()
    {
        var damaged = Partition(1, "/a", state: PartitionState.Unavailable);

        var reports = Build([Disk("/a", 100 * Gib, 0, 100 * Gib)], [damaged, Partition(2, "/a") with { ErrorCount = 1 }]).PartitionReports;

        Assert.Equal([(-1L, false), (-1L, true)], reports.Select(report => (report.PartitionStatus, report.TriggerDiskError)));
    }

    [Theory]
    [InlineData("vol", false, true, false)]
    [InlineData("other", false, false, false)]
    [InlineData("other", true, true, true)]
    public void A_rule_against_old_clients_is_reported_back_by_volume_and_by_cluster(string volume, bool wholeCluster, bool forPartition, bool forNode)
    {
        var policies = VolumePolicies.None with { WithoutVersion0 = new[] { volume }.ToFrozenSet(), ClusterWithoutVersion0 = wholeCluster };

        var report = HeartbeatReport.Build([Disk("/a", 100 * Gib, 0, 100 * Gib)], [Partition(1, "/a")], "z", 1, policies);

        Assert.Equal((forPartition, forNode), (report.PartitionReports[0].ForbidWriteOpOfProtoVer0, report.ReceivedForbidWriteOpOfProtoVer0));
    }

    private static DataNodeHeartbeatResponse Build(IReadOnlyList<DiskFigures> disks, IReadOnlyList<PartitionFigures> partitions) =>
        HeartbeatReport.Build(disks, partitions, "zone-a", 1_900_000_000, VolumePolicies.None);

    private static DiskFigures Disk(string path, ulong total, ulong used, ulong available) => new(path, DiskState.Ready, total, used, available, 0, 1, 1, "");

    private static DiskFigures Broken(string path) => new(path, DiskState.Unavailable, 10 * Gib, 0, 10 * Gib, 0, -1, 0, "it does not answer");

    private static PartitionFigures Partition(
        ulong id, string disk, long size = 1 << 20, long used = 0, int extents = 64, PartitionState state = PartitionState.Serving) =>
        new(new PartitionId(id), "vol", disk, state, size, used, extents, 70, ["127.0.0.11:17310"], [], "", () => null);
}
