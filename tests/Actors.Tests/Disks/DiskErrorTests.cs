using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Runtime;
using CubeActors.Storage;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>I/O errors: what META counts, what the disk counts, when it is given up, and how it comes back.</summary>
public sealed class DiskErrorTests : NodeScenario
{
    [Fact]
    public void An_error_under_a_request_is_counted_in_META_and_on_the_disk_and_no_other_partition_is_touched()
    {
        var disk = AddDisk().WithPartitions(1, 2);
        StartWithoutMaster();

        Fail(1);

        Assert.Equal((PartitionState.Unavailable, PartitionState.Serving), (StateOf(1), StateOf(2)));
        Assert.Equal((1UL, 0UL), (disk.MetaOf(1).DiskErrorCount, disk.MetaOf(2).DiskErrorCount));
        Assert.Equal(1, Board.Partition(TestDisk.Id(1))!.ErrorCount);
        var figures = Board.Disk("/disk0")!;
        Assert.Equal([1UL], figures.FailedPartitions);
        Assert.Equal(Time.GetUtcNow(), figures.BadSince);
        Assert.Equal((DiskState.Ready, true), (figures.State, figures.IsWritable));
    }

    [Fact]
    public void After_a_restart_a_count_keeps_the_replica_out_of_its_group_and_puts_it_among_the_failed_again()
    {
        AddDisk().WithPartitions(1, 2).WithErrors(1, 4);

        StartWithoutMaster();

        Assert.Equal((PartitionState.Unavailable, PartitionState.Serving), (StateOf(1), StateOf(2)));
        Assert.Null(Board.Partition(TestDisk.Id(1))!.Raft());
        Assert.Equal([1UL], Board.Disk("/disk0")!.FailedPartitions);
        Assert.Equal(DiskState.Ready, Board.Disk("/disk0")!.State);
        Assert.True(Gate.IsStarted);
    }

    [Fact]
    public void The_third_broken_partition_gives_the_disk_up_and_those_that_are_left_refuse_writes_and_the_node_goes_on()
    {
        AddDisk("/disk0").WithPartitions(1, 2, 3, 4);
        AddDisk("/disk1").WithPartitions(5);
        StartWithoutMaster();
        Fail(1);
        Fail(2);
        Assert.True(GateOf(4).Flags.DiskAvailable);

        Fail(3);

        Assert.Equal((DiskState.Unavailable, false), (Board.Disk("/disk0")!.State, Board.Disk("/disk0")!.IsLost));
        Assert.Contains("3 partitions met I/O errors", Board.Disk("/disk0")!.Reason);
        Assert.Equal((PartitionState.Serving, false), (StateOf(4), GateOf(4).Flags.DiskAvailable));
        Assert.True(GateOf(5).Flags.DiskAvailable);
        Assert.Equal("ok /disk1", Create(6).Answer);
        Advance(TimeSpan.FromHours(1)); // probes that pass do not bring it back
        Assert.Equal(DiskState.Unavailable, Board.Disk("/disk0")!.State);
    }

    [Fact]
    public void The_limits_are_those_of_the_settings()
    {
        Settings = Settings with { Storage = Settings.Storage with { BrokenPartitionsMax = 1 } };
        AddDisk().WithPartitions(1, 2);
        StartWithoutMaster();

        Fail(1);

        Assert.Equal(DiskState.Unavailable, Board.Disk("/disk0")!.State);
    }

    [Fact]
    public void Counts_found_at_the_start_give_the_disk_up_too()
    {
        AddDisk().WithPartitions(1, 2, 3, 4).WithErrors(1, 1).WithErrors(2, 1).WithErrors(3, 1);

        StartWithoutMaster();

        Assert.Equal(DiskState.Unavailable, Board.Disk("/disk0")!.State);
        Assert.Equal((PartitionState.Serving, false), (StateOf(4), GateOf(4).Flags.DiskAvailable));
    }

    [Fact]
    public void A_failing_probe_is_an_error_of_no_partition_and_stands_when_the_disk_works_again()
    {
        var disk = AddDisk().WithPartitions(1);
        StartWithoutMaster();
        disk.Fails = call => call is { Operation: DiskOperation.Sync, Name: StatusProbe.DiskName } ? DiskFault.MediaError : null;

        Advance(TimeSpan.FromSeconds(120));
        Assert.Equal(DiskState.Unavailable, Board.Disk("/disk0")!.State);
        Assert.False(GateOf(1).Flags.DiskAvailable);
        disk.Fails = null;
        Advance(TimeSpan.FromSeconds(120));

        Assert.Equal(DiskState.Ready, Board.Disk("/disk0")!.State);
        Assert.True(GateOf(1).Flags.DiskAvailable);
        Assert.Equal([0UL], Board.Disk("/disk0")!.FailedPartitions);
        Assert.NotNull(Board.Disk("/disk0")!.BadSince);
    }

    [Theory]
    [InlineData(LinuxError.Io)]
    [InlineData(LinuxError.ReadOnly)]
    public void Every_partition_is_probed_within_150_minutes_and_an_error_ends_it(int errno)
    {
        var disk = AddDisk().WithPartitions(1, 2);
        StartWithoutMaster();
        disk.Fails = call => call.Path == $"{disk.DirectoryOf(1)}/{StatusProbe.PartitionName}" ? new DiskFault(errno) : null;

        Advance(TimeSpan.FromSeconds(5399));
        Assert.Equal(PartitionState.Serving, StateOf(1));
        Advance(TimeSpan.FromSeconds(9000 - 5399));

        Assert.Equal((PartitionState.Unavailable, PartitionState.Serving), (StateOf(1), StateOf(2)));
        Assert.Equal(1UL, disk.MetaOf(1).DiskErrorCount);
    }

    [Fact]
    public void A_full_disk_is_no_error()
    {
        var disk = AddDisk().WithPartitions(1);
        StartWithoutMaster();

        new DataPathEvents(Akka.Event.Logging.GetLogger(Sys, "data-path")).DiskFault(GateOf(1), new DiskFaultException("write", "/disk0", LinuxError.NoSpace));
        RunUntilIdle();

        Assert.Empty(Board.Disk("/disk0")!.FailedPartitions);
        Assert.Equal(0UL, disk.MetaOf(1).DiskErrorCount);
    }

    [Fact]
    public void An_error_that_cannot_be_noted_counts_all_the_same()
    {
        var disk = AddDisk().WithPartitions(1);
        StartWithoutMaster();
        disk.Fails = call => call is { Operation: DiskOperation.Write, Name: PartitionMeta.TemporaryName } ? DiskFault.MediaError : null;

        Fail(1);

        Assert.Equal([1UL], Board.Disk("/disk0")!.FailedPartitions);
        Assert.Contains(Warnings, warning => warning.Contains("could not be noted in META"));
    }

    [Fact]
    public void A_partition_that_fails_while_it_is_loaded_is_among_the_failed()
    {
        var disk = AddDisk().WithPartitions(1, 2);
        disk.Fails = call => call.Path.StartsWith($"{disk.DirectoryOf(1)}/EXTENT_META", StringComparison.Ordinal) ? DiskFault.MediaError : null;

        StartWithoutMaster();

        Assert.Equal((PartitionState.Unavailable, PartitionState.Serving), (StateOf(1), StateOf(2)));
        Assert.Equal([1UL], Board.Disk("/disk0")!.FailedPartitions);
    }

    [Fact]
    public void A_disk_that_fails_at_the_start_is_unavailable_without_partitions_and_recovers_by_order()
    {
        var disk = AddDisk().WithPartitions(1);
        disk.Fails = _ => DiskFault.MediaError;
        StartWithoutMaster();
        Assert.Equal((DiskState.Unavailable, false), (Board.Disk("/disk0")!.State, Board.Disk("/disk0")!.IsLost));
        Assert.NotNull(Board.Disk("/disk0")!.BadSince);
        Assert.True(Gate.IsStarted);
        Assert.Empty(Board.Partitions);
        disk.Fails = null;

        Assert.Equal("ok", Order(Opcode.RecoverBadDisk).Answer);

        Assert.Equal((DiskState.Ready, PartitionState.Serving), (Board.Disk("/disk0")!.State, StateOf(1)));
        Assert.Null(Board.Disk("/disk0")!.BadSince);
    }

    [Fact]
    public void Recovery_clears_the_counts_loads_every_broken_partition_anew_and_takes_the_disk_back()
    {
        var disk = AddDisk().WithPartitions(1, 2, 3, 4).WithErrors(3, 7);
        StartWithoutMaster();
        Fail(1);
        Fail(2);
        Assert.Equal(DiskState.Unavailable, Board.Disk("/disk0")!.State);
        disk.Threads.Hold();

        Assert.Equal("ok", Order(Opcode.RecoverBadDisk).Answer); // at once
        Assert.Equal("refused: disk /disk0 recover is still running", Order(Opcode.RecoverBadDisk).Answer);
        Assert.Equal("""ok {"TotalPartitionsNum":4,"BadDataPartitions":[1,2,3],"BadDataPartitionsNum":3,"Status":"Recovering"}""", Order(Opcode.QueryBadDiskRecoverProgress).Answer);
        disk.Threads.Resume();
        RunUntilIdle();

        for (ulong id = 1; id <= 4; id++) Assert.Equal((PartitionState.Serving, 0UL), (StateOf(id), disk.MetaOf(id).DiskErrorCount));
        Assert.Equal(DiskState.Ready, Board.Disk("/disk0")!.State);
        Assert.Empty(Board.Disk("/disk0")!.FailedPartitions);
        Assert.True(GateOf(4).Flags.DiskAvailable);
        Assert.Equal("""ok {"TotalPartitionsNum":4,"BadDataPartitions":[],"BadDataPartitionsNum":0,"Status":"ReadWrite"}""", Order(Opcode.QueryBadDiskRecoverProgress).Answer);
    }

    [Fact]
    public void What_still_fails_stays_broken_and_the_disk_is_not_taken_back()
    {
        var disk = AddDisk().WithPartitions(1, 2, 3);
        StartWithoutMaster();
        for (ulong id = 1; id <= 3; id++) Fail(id);
        disk.Fails = call => call.Path.StartsWith($"{disk.DirectoryOf(2)}/EXTENT_META", StringComparison.Ordinal) ? DiskFault.MediaError : null;

        Order(Opcode.RecoverBadDisk);

        Assert.Equal([2UL], Board.Disk("/disk0")!.FailedPartitions);
        Assert.Equal(DiskState.Unavailable, Board.Disk("/disk0")!.State);
        Assert.Equal((PartitionState.Serving, PartitionState.Unavailable), (StateOf(1), StateOf(2)));
        Assert.Contains("\"Status\":\"Unavailable\"", Order(Opcode.QueryBadDiskRecoverProgress).Answer);
        disk.Fails = null;
        Order(Opcode.RecoverBadDisk);
        Assert.Equal((DiskState.Ready, PartitionState.Serving), (Board.Disk("/disk0")!.State, StateOf(2)));
    }

    [Fact]
    public void A_reload_waits_until_nobody_is_inside_the_store_before_it()
    {
        var disk = AddDisk().WithPartitions(1);
        StartWithoutMaster();
        var inside = GateOf(1);
        Assert.True(inside.TryEnter());
        Fail(1);
        Order(Opcode.RecoverBadDisk);

        Assert.Equal(PartitionState.Unavailable, StateOf(1));
        inside.Exit();
        Until(() => StateOf(1) == PartitionState.Serving, "the partition serves again");
        Assert.NotSame(inside.Store, GateOf(1).Store);
        Assert.Equal(0UL, disk.MetaOf(1).DiskErrorCount);
    }

    [Fact]
    public void A_disk_that_the_master_lists_as_bad_since_the_run_before_is_given_up()
    {
        AddDisk("/disk0").WithPartitions(1);
        AddDisk("/disk1").WithPartitions(2);
        var bad = Answers.Of((1, "/disk0"), (2, "/disk1")) with { BadDisks = ["/disk0"] };
        Roster = _ => Task.FromResult(bad);
        StartWithoutMaster();
        Assert.Equal(DiskState.Ready, Board.Disk("/disk0")!.State);

        Register();

        Assert.Equal([DiskState.Unavailable, DiskState.Ready], Board.Disks.Select(disk => disk.State));
        Assert.Equal(PartitionState.Serving, StateOf(1));
        Order(Opcode.RecoverBadDisk);
        Advance(TimeSpan.FromMinutes(5)); // later answers repeat what this run has reported itself
        Assert.Equal(DiskState.Ready, Board.Disk("/disk0")!.State);
    }

    [Fact]
    public void A_hanging_disk_gets_at_most_one_of_each_question_and_others_are_served()
    {
        var hanging = AddDisk("/disk0").WithPartitions(1);
        AddDisk("/disk1").WithPartitions(2);
        StartWithoutMaster();
        hanging.Threads.Hold();

        Advance(TimeSpan.FromMinutes(10));

        Assert.InRange(hanging.Threads.Depth, 1, 20); // its space alone would have been asked for 120 times
        Assert.Equal("ok /disk1", Create(CreateRequest(3) with { DecommissionedDisks = ["/disk0"] }).Answer);
        Assert.Equal(PartitionState.Serving, StateOf(2));
        hanging.Threads.Resume();
        RunUntilIdle();
        Assert.Equal(DiskState.Ready, Board.Disk("/disk0")!.State);
    }

    private void Fail(ulong partition)
    {
        GateOf(partition).Owner.Tell(new PartitionActor.DiskFaulted(new DiskFaultException("read 4096 bytes at 0", $"/disk0/{TestDisk.NameOf(partition)}/65", LinuxError.Io)), Akka.Actor.ActorRefs.NoSender);
        Until(() => StateOf(partition) == PartitionState.Unavailable, "the partition is given up");
        RunUntilIdle();
    }
}
