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
        var partition = Partition(5, "/a", size: 4096, used: 100, extents: 65) with { Peers = peers, Raft = () => Led };

        var report = Assert.Single(Build([Disk("/a", 100 * Gib, 0, 100 * Gib)], [partition]).PartitionReports);

        Assert.Equal(("vol", 5UL, "/a"), (report.VolName, report.PartitionId.Value, report.DiskPath));
        Assert.Equal((2L, 4096UL, 100UL, 65L), (report.PartitionStatus, report.Total, report.Used, report.ExtentCount));
        Assert.Equal((0U, true, true, false), (report.ReadOnlyReasons, report.NeedCompare, report.IsLeader, report.TriggerDiskError));
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

    [Fact]
    public void Space_on_decommissioned_disks_is_counted_and_not_offered()
    {
        var report = Build([Disk("/a", 100 * Gib, 30 * Gib, 70 * Gib) with { IsDecommissioned = true }, Disk("/b", 50 * Gib, 10 * Gib, 40 * Gib)], []);

        Assert.Equal((150 * Gib, 40 * Gib, 40 * Gib), (report.Total, report.Used, report.Available));
    }

    [Fact]
    public void A_disk_with_broken_partitions_is_bad_though_it_works_and_says_since_when()
    {
        var since = new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);
        var report = Build([Disk("/a", 100 * Gib, 0, 100 * Gib) with { FailedPartitions = [0, 7], BadSince = since }, Disk("/b", 1, 0, 1)], [Partition(7, "/a"), Partition(8, "/a")]);

        Assert.Equal(["/a"], report.BadDisks);
        var bad = Assert.Single(report.BadDiskStats);
        Assert.Equal(("/a", 2L, since), (bad.DiskPath, bad.TotalPartitionCnt, bad.FirstReportTime));
        Assert.Equal([0UL, 7UL], bad.DiskErrPartitionList.Select(id => id.Value));
        Assert.Equal([0UL, 7UL], report.DiskStats[0].DiskErrPartitionList.Select(id => id.Value));
        Assert.Equal(2L, report.DiskStats[0].Status);
    }

    [Fact]
    public void A_disk_that_is_gone_is_lost_and_not_bad_and_has_no_room()
    {
        var lost = Broken("/gone") with { IsLost = true };

        var report = Build([lost, Disk("/a", 10 * Gib, 0, 10 * Gib)], []);

        Assert.Equal(["/gone", "/a"], report.AllDisks);
        Assert.Equal(["/gone"], report.LostDisks);
        Assert.Empty(report.BadDisks);
        Assert.Equal([0L, 2L], report.DiskStats.Select(disk => disk.Status));
        Assert.Equal((10 * Gib, 10 * Gib), (report.Total, report.Available));
    }

    [Fact]
    public void A_replica_that_is_being_filled_says_so_with_its_progress_until_it_is_complete()
    {
        var filled = Partition(1, "/a", state: PartitionState.Serving) with { IsBeingRebuilt = true, RepairProgress = 0.25, IsRepairing = true, Used = 1 << 30 };

        var reports = Build(
            [Disk("/a", 100 * Gib, 0, 100 * Gib)],
            [filled, filled with { Id = new PartitionId(2), State = PartitionState.Unavailable, RepairProgress = double.NaN }, filled with { Id = new PartitionId(3), ErrorCount = 2, RepairProgress = 7 }]).PartitionReports;

        Assert.Equal([0L, 0L, -1L], reports.Select(report => report.PartitionStatus));
        Assert.Equal([0.25, 0, 1], reports.Select(report => report.DecommissionRepairProgress));
        Assert.All(reports, report => Assert.True(report.IsRepairing));
    }

    [Fact]
    public void A_replica_with_members_that_has_left_their_group_is_unavailable()
    {
        var peers = new[] { new Peer { Id = new NodeId(7), Address = "127.0.0.11:17310" } };

        var report = Assert.Single(Build([Disk("/a", 100 * Gib, 0, 100 * Gib)], [Partition(1, "/a") with { Peers = peers }]).PartitionReports);

        Assert.Equal((-1L, false), (report.PartitionStatus, report.IsLeader));
        Assert.Equal(peers, report.LocalPeers); // complete all the same: what is left out here, the master deletes elsewhere
    }

    [Fact]
    public void A_leader_is_named_only_where_it_serves()
    {
        var unavailable = Partition(1, "/a", state: PartitionState.Unavailable) with { Raft = () => Led };

        Assert.False(Assert.Single(Build([Disk("/a", 100 * Gib, 0, 100 * Gib)], [unavailable]).PartitionReports).IsLeader);
    }

    [Fact]
    public void A_partition_of_a_disk_that_was_forgotten_is_left_out()
    {
        var report = Build([Disk("/a", 100 * Gib, 0, 100 * Gib)], [Partition(1, "/gone"), Partition(2, "/a")]);

        Assert.Equal([2UL], report.PartitionReports.Select(partition => partition.PartitionId.Value));
        Assert.Equal(1U, report.CreatedPartitionCnt);
    }

    [Fact]
    public void Tiny_extents_that_are_missing_and_what_was_set_aside_are_told()
    {
        var backup = new BackupPartition { Addr = "127.0.0.11:17310", Disk = "/a", PartitionId = new PartitionId(4) };
        var report = Build([Disk("/a", 100 * Gib, 0, 100 * Gib) with { Backups = [backup] }], [Partition(1, "/a") with { LacksTinyExtents = true }]);

        Assert.True(report.PartitionReports[0].IsMissingTinyExtent);
        Assert.Equal([backup], report.BackupDataPartitions);
    }

    [Fact]
    public void How_busy_devices_and_processors_are_is_told_in_percent_and_never_as_no_number()
    {
        var disks = new[]
        {
            Disk("/a", 1, 0, 1) with { Device = "/dev/sdb", BusyPercent = 20 }, Disk("/b", 1, 0, 1) with { Device = "/dev/sdb", BusyPercent = 30 },
            Disk("/c", 1, 0, 1) with { Device = "/dev/sdc", BusyPercent = double.PositiveInfinity }, Disk("/d", 1, 0, 1) with { BusyPercent = 120 },
        };

        var report = HeartbeatReport.Build(disks, [], "z", 1, VolumePolicies.None, cpuPercent: double.NaN);

        Assert.Equal(0, report.CpuPercent);
        Assert.Equal([("/dev/sdb", 30.0), ("/dev/sdc", 0.0)], report.IoPercentByDevice.Select(device => (device.Key, device.Value)).OrderBy(device => device.Key));
        Assert.Equal([20, 30, 0, 100], report.DiskStats.Select(disk => disk.IoPercent));
    }

    [Fact]
    public void The_report_is_what_a_strict_reader_expects_with_arrays_where_there_is_nothing()
    {
        var json = System.Text.Json.JsonSerializer.SerializeToElement(Build([], []), MasterJson.Default.DataNodeHeartbeatResponse);

        foreach (var list in (string[])["PartitionReports", "AllDisks", "DiskStats", "BadDisks", "BadDiskStats", "LostDisks", "BackupDataPartitions", "DiskOpLog", "DpOpLog"])
            Assert.Equal(System.Text.Json.JsonValueKind.Array, json.GetProperty(list).ValueKind);
        Assert.Equal(1, json.GetProperty("Status").GetInt32());
    }

    private static readonly RaftGroupStatus Led = new(Raft.RaftRole.Leader, new NodeId(7), 3, 9, 9, 9, default, []);

    private static DataNodeHeartbeatResponse Build(IReadOnlyList<DiskFigures> disks, IReadOnlyList<PartitionFigures> partitions) =>
        HeartbeatReport.Build(disks, partitions, "zone-a", 1_900_000_000, VolumePolicies.None);

    private static DiskFigures Disk(string path, ulong total, ulong used, ulong available) => new(path, DiskState.Ready, total, used, available, 0, 1, 1, "");

    private static DiskFigures Broken(string path) => new(path, DiskState.Unavailable, 10 * Gib, 0, 10 * Gib, 0, -1, 0, "it does not answer");

    private static PartitionFigures Partition(
        ulong id, string disk, long size = 1 << 20, long used = 0, int extents = 64, PartitionState state = PartitionState.Serving) =>
        new(new PartitionId(id), "vol", disk, state, size, used, extents, 70, ["127.0.0.11:17310"], [], "", () => null);
}
