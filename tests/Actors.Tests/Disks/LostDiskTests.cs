using CubeActors.Protocol;
using CubeActors.Storage;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>A disk that is not there: at the start, while the node runs, and when it is back.</summary>
public sealed class LostDiskTests : NodeScenario
{
    [Theory]
    [InlineData(0)]
    [InlineData(13)] // not permitted
    public void A_disk_whose_mark_is_gone_loses_its_partitions_and_is_loaded_by_itself_when_it_is_back(int errno)
    {
        var disk = AddDisk("/disk0").WithPartitions(1, 2);
        AddDisk("/disk1").WithPartitions(3);
        StartWithoutMaster();

        if (errno == 0) Unmark(disk);
        else disk.Fails = call => call.Name == StatusProbe.DiskName ? new DiskFault(errno) : null;
        Advance(TimeSpan.FromMinutes(5));
        Until(() => Board.Partitions.Count == 1, "the partitions of the lost disk are forgotten");

        var lost = Board.Disk("/disk0")!;
        Assert.Equal((true, DiskState.Unavailable, false), (lost.IsLost, lost.State, lost.IsWritable));
        Assert.Equal((0UL, 0UL, 0UL), (lost.Total, lost.Used, lost.Available));
        Assert.Equal(0, lost.PartitionsFound);
        Assert.Null(Gates.Find(TestDisk.Id(1)));
        Assert.Equal(PartitionState.Serving, StateOf(3));
        Assert.Equal(0, disk.Files.OpenFiles); // so that it can be unmounted
        Assert.Equal("ok /disk1", Create(4).Answer);

        disk.Fails = null;
        Mark(disk);
        Advance(TimeSpan.FromMinutes(5));

        Assert.Equal((false, DiskState.Ready), (Board.Disk("/disk0")!.IsLost, Board.Disk("/disk0")!.State));
        Assert.Equal((PartitionState.Serving, PartitionState.Serving), (StateOf(1), StateOf(2)));
    }

    [Fact]
    public void A_disk_that_is_not_there_at_the_start_is_lost_and_does_not_vanish()
    {
        AddDisk("/disk0").WithPartitions(1);
        var missing = AddDisk("/disk1");
        missing.Files.DeleteDirectory("/disk1");

        StartWithoutMaster();

        Assert.True(Gate.IsStarted);
        Assert.Equal([(false, DiskState.Ready), (true, DiskState.Unavailable)], Board.Disks.Select(disk => (disk.IsLost, disk.State)));
        Assert.Contains("the disk's directory is missing", Board.Disk("/disk1")!.Reason);

        missing.Files.MakeDirectories("/disk1"); // another disk, mounted there now
        missing.WithPartitions(2);
        Advance(TimeSpan.FromMinutes(5));
        Assert.Equal((DiskState.Ready, PartitionState.Serving), (Board.Disk("/disk1")!.State, StateOf(2)));
    }

    [Fact]
    public void A_lost_disk_is_loaded_by_order_without_its_mark_and_is_lost_again_where_that_fails()
    {
        var disk = AddDisk().WithPartitions(1);
        StartWithoutMaster();
        Assert.Equal("refused: disk(/disk0) is not lost", Order(Opcode.ReloadDisk).Answer);
        Unmark(disk);
        Advance(TimeSpan.FromMinutes(5));
        Until(() => Board.Partitions.Count == 0, "the partitions are forgotten");
        disk.Fails = call => call.Path == "/disk0" ? new DiskFault(LinuxError.NoEntry) : null;

        Assert.Equal("ok", Order(Opcode.ReloadDisk).Answer);
        Assert.True(Board.Disk("/disk0")!.IsLost);
        disk.Fails = null;
        Assert.Equal("ok", Order(Opcode.ReloadDisk).Answer);

        Assert.Equal((DiskState.Ready, PartitionState.Serving), (Board.Disk("/disk0")!.State, StateOf(1)));
    }

    [Fact]
    public void A_lost_disk_that_is_deleted_by_order_is_reported_no_more_and_a_well_one_is_not_deleted()
    {
        var disk = AddDisk("/disk0").WithPartitions(1);
        AddDisk("/disk1");
        StartWithoutMaster();
        Assert.Equal("refused: disk(/disk0) is not lost", Order(Opcode.DeleteLostDisk).Answer);
        Unmark(disk);
        Advance(TimeSpan.FromMinutes(5));
        Until(() => Board.Partitions.Count == 0, "the partitions are forgotten");

        Assert.Equal("ok", Order(Opcode.DeleteLostDisk).Answer);

        Assert.Equal(["/disk1"], Board.Disks.Select(known => known.Path));
        Assert.StartsWith("refused: disk /disk0 is none of this node's disks", Order(Opcode.DeleteLostDisk).Answer);
        Mark(disk);
        Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(["/disk1"], Board.Disks.Select(known => known.Path));
        Stop();
        Assert.True(IsStopped);
    }

    [Fact]
    public void A_node_with_a_lost_disk_stops_and_writes_nothing_to_what_lies_there_now()
    {
        var disk = AddDisk().WithPartitions(1);
        StartWithoutMaster();
        Unmark(disk);
        Advance(TimeSpan.FromMinutes(5));
        Until(() => Board.Partitions.Count == 0, "the partitions are forgotten");
        var changes = disk.Files.Changes;

        Stop();
        Until(() => IsStopped, "the node stops");

        Assert.Equal(changes, disk.Files.Changes);
        Assert.False(disk.WasStoppedCleanly);
    }

    [Fact]
    public void A_disk_on_which_the_master_has_partitions_and_nothing_lies_is_lost_until_somebody_says_otherwise()
    {
        var wrong = AddDisk("/disk0");
        AddDisk("/disk1").WithPartitions(2);
        Roster = _ => Task.FromResult(Answers.Of((1, "/disk0"), (2, "/disk1")));
        StartWithoutMaster();
        Assert.Equal(DiskState.Ready, Board.Disk("/disk0")!.State);

        Register();

        Assert.Equal([true, false], Board.Disks.Select(disk => disk.IsLost));
        Assert.Null(wrong.Files.Stat("/disk0/.diskStatus"));
        Advance(TimeSpan.FromMinutes(10));
        Assert.True(Board.Disk("/disk0")!.IsLost); // it does not come back by itself
        Assert.Equal("ok /disk1", Create(CreateRequest(3)).Answer);
    }

    [Fact]
    public void A_new_disk_is_no_wrong_one()
    {
        AddDisk("/disk0");
        AddDisk("/disk1").WithPartitions(2);
        Roster = _ => Task.FromResult(Answers.Of((2, "/disk1")));
        StartWithoutMaster();

        Register();
        Advance(TimeSpan.FromMinutes(10));

        Assert.All(Board.Disks, disk => Assert.Equal((false, DiskState.Ready), (disk.IsLost, disk.State)));
    }

    private static void Unmark(TestDisk disk) => disk.Files.DeleteFile($"{disk.Path}/{StatusProbe.DiskName}");

    private static void Mark(TestDisk disk) => disk.Files.OpenOrCreate($"{disk.Path}/{StatusProbe.DiskName}").Dispose();
}
