using Akka.Actor;
using Akka.Event;
using CubeActors.Runtime;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>One part breaks; that part ends, the others and the process go on.</summary>
public sealed class SupervisionTests : NodeScenario
{
    private const int FilesOfOneStore = 4; // ids, block CRCs, two delete logs; extents are opened when used
    private const int FilesOfOneLog = 2; // META and the file that is written

    [Fact]
    public void A_media_error_under_a_request_makes_that_partition_unavailable_and_no_other()
    {
        AddDisk().WithPartitions(1, 2);
        StartWithoutMaster();

        Report(1, errno: LinuxError.Io);

        Assert.Equal((PartitionState.Unavailable, PartitionState.Serving), (StateOf(1), StateOf(2)));
        Assert.Contains("read 4096 bytes at 0", Board.Partition(TestDisk.Id(1))!.Reason);
        Assert.Null(Gates.Find(TestDisk.Id(1)));
        Assert.True(GateOf(2).TryEnter());
        GateOf(2).Exit();
        Assert.Equal("ok /disk0", Create(3).Answer);
        Assert.True(Gate.IsStarted);
        Assert.Empty(Fatal);
    }

    [Fact]
    public void After_a_fault_the_store_is_closed_when_the_last_one_has_left_and_never_opened_a_second_time()
    {
        var disk = AddDisk().WithPartitions(1, 2);
        StartWithoutMaster();
        Assert.Equal(2 * (FilesOfOneStore + FilesOfOneLog), disk.Files.OpenFiles);
        var inside = GateOf(1);
        Assert.True(inside.TryEnter());

        Report(1, errno: LinuxError.Io);
        const int WithStoreOfTheBroken = 2 * FilesOfOneStore + FilesOfOneLog; // its log is closed: nobody acknowledges for it any more
        Assert.Equal(WithStoreOfTheBroken, disk.Files.OpenFiles); // somebody is still inside
        Assert.Contains("does not serve (Unavailable)", Create(1).Answer);
        Assert.Equal(WithStoreOfTheBroken, disk.Files.OpenFiles);

        inside.Exit();
        Until(() => disk.Files.OpenFiles == FilesOfOneStore + FilesOfOneLog, "the store of the broken replica is closed");
        Assert.Equal(PartitionState.Unavailable, StateOf(1));
        Assert.Equal([TestDisk.NameOf(1), TestDisk.NameOf(2)], disk.PartitionNames);
    }

    [Theory]
    [InlineData(LinuxError.NoSpace)]
    [InlineData(LinuxError.NoEntry)]
    public void A_full_disk_or_a_missing_file_is_no_reason_to_give_a_replica_up(int errno)
    {
        AddDisk().WithPartitions(1);
        StartWithoutMaster();

        Report(1, errno);

        Assert.Equal(PartitionState.Serving, StateOf(1));
        Assert.NotNull(Gates.Find(TestDisk.Id(1)));
    }

    [Fact]
    public void On_a_disk_that_hangs_what_is_done_now_and_then_waits_once_and_goes_on_when_it_works_again()
    {
        var disk = AddDisk().WithPartitions(1);
        StartWithoutMaster();
        disk.Threads.Hold();
        Advance(10 * Settings.Storage.FiguresPeriod);
        var waiting = disk.Threads.DepthOf(IoClass.Repair);
        Advance(10 * Settings.Storage.FiguresPeriod);
        Assert.Equal(waiting, disk.Threads.DepthOf(IoClass.Repair));

        disk.Threads.Resume();
        RunUntilIdle();
        var asked = 0;
        disk.Fails = call =>
        {
            if (call is { Operation: DiskOperation.Stat } && call.Path.StartsWith(disk.DirectoryOf(1), StringComparison.Ordinal)) asked++;
            return null;
        };
        Advance(Settings.Storage.FiguresPeriod);
        Assert.True(asked > 0);
    }

    [Fact]
    public void Figures_that_could_not_be_read_are_read_again_after_their_period()
    {
        var disk = AddDisk().WithPartitions(1);
        StartWithoutMaster();
        disk.Fails = call => call is { Operation: DiskOperation.Stat } && call.Path.StartsWith(disk.DirectoryOf(1), StringComparison.Ordinal) ? new DiskFault(LinuxError.NoEntry) : null;
        Advance(Settings.Storage.FiguresPeriod);
        Assert.Contains(Warnings, note => note.Contains("could not be refreshed", StringComparison.Ordinal));
        Assert.Equal(PartitionState.Serving, StateOf(1));
    }

    [Fact]
    public void A_broken_invariant_in_the_store_stops_the_replica_for_good()
    {
        AddDisk().WithPartitions(1, 2);
        StartWithoutMaster();
        var owner = GateOf(1).Owner;
        Watch(owner);

        owner.Tell(new PartitionActor.StoreBroken(new InvariantViolationException("watermark moved back")));

        ExpectMsg<Terminated>(ended => ended.ActorRef.Equals(owner));
        Assert.Equal((PartitionState.Unavailable, PartitionState.Serving), (StateOf(1), StateOf(2)));
        Assert.Equal("Broken invariant: watermark moved back", Board.Partition(TestDisk.Id(1))!.Reason);
        Assert.Null(Gates.Find(TestDisk.Id(1)));
        Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(PartitionState.Unavailable, StateOf(1)); // nobody starts it anew behind the operator's back
    }

    [Fact]
    public void A_media_error_while_figures_are_refreshed_counts_like_one_under_a_request()
    {
        var disk = AddDisk().WithPartitions(1, 2);
        StartWithoutMaster();
        disk.Fails = call => call.Operation == DiskOperation.Stat && call.Path.StartsWith(disk.DirectoryOf(1), StringComparison.Ordinal) ? DiskFault.MediaError : null;

        Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(PartitionState.Serving, StateOf(1));
        Advance(TimeSpan.FromSeconds(1));

        Assert.Equal((PartitionState.Unavailable, PartitionState.Serving), (StateOf(1), StateOf(2)));
    }

    [Fact]
    public void A_disk_that_fills_up_closes_its_partitions_to_new_data_and_opens_them_again()
    {
        var disk = AddDisk().WithPartitions(1);
        StartWithoutMaster();
        var room = disk.Files.CapacityBytes;

        disk.Files.CapacityBytes = 0;
        Advance(TimeSpan.FromSeconds(5));
        Assert.False(GateOf(1).Flags.HasSpace);
        Assert.False(Board.Disks[0].IsWritable);
        Assert.Equal("refused: No disk space to create a data partition", Create(2).Answer);

        disk.Files.CapacityBytes = room;
        Advance(TimeSpan.FromSeconds(5));
        Assert.True(GateOf(1).Flags.HasSpace);
        Assert.Equal("ok /disk0", Create(2).Answer);
    }

    [Fact]
    public void When_the_actor_of_a_disk_ends_all_its_partitions_are_unavailable_and_the_node_goes_on()
    {
        AddDisk("/disk0").WithPartitions(1);
        AddDisk("/disk1").WithPartitions(2);
        StartWithoutMaster();

        Sys.ActorSelection(Supervisor.Path / "disk-0").Tell(Kill.Instance);
        RunUntilIdle();

        Assert.Equal([DiskState.Unavailable, DiskState.Ready], Board.Disks.Select(disk => disk.State));
        Assert.Equal((PartitionState.Unavailable, PartitionState.Serving), (StateOf(1), StateOf(2)));
        Assert.Null(Gates.Find(TestDisk.Id(1)));
        Assert.Equal("ok /disk1", Create(3).Answer);
    }

    private void Report(ulong partition, int errno)
    {
        var events = new DataPathEvents(Logging.GetLogger(Sys, "data-path"));
        events.DiskFault(GateOf(partition), new DiskFaultException("read 4096 bytes at 0", $"/disk0/{TestDisk.NameOf(partition)}/65", errno));
        RunUntilIdle();
    }
}
