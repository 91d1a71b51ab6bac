using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;
using CubeActors.Storage;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>What is loaded first, and who is not waited for.</summary>
public sealed class LoadingTests : NodeScenario
{
    private static readonly TimeSpan LoadPatience = TimeSpan.FromSeconds(10);

    private TestDisk AddHeldDisk(int loadsPerDisk, params ulong[] partitions)
    {
        Settings = Settings with { Storage = Settings.Storage with { LoadsPerDisk = loadsPerDisk, LoadPatience = LoadPatience } };
        var disk = AddDisk().WithPartitions(partitions);
        disk.Threads.Hold();
        return disk;
    }

    /// <summary>Runs all steps of a disk that is held, and says in which order its partitions came to serve.</summary>
    private List<ulong> OrderOfServing(TestDisk disk)
    {
        var order = new List<ulong>();
        while (disk.Threads.Depth > 0)
        {
            disk.Threads.RunNext();
            order.AddRange(Board.Partitions.Where(partition => partition.State == PartitionState.Serving).Select(partition => partition.Id.Value).Except(order).Order());
        }

        return order;
    }

    private void Want(ulong number)
    {
        Assert.Equal(Parking.Waits, Gates.TryPark(new Caller(TestDisk.Id(number)), out _, out var wanted));
        wanted!();
        RunUntilIdle();
    }

    private void AskForVotes(ulong number, RaftMessageType type)
    {
        Raft.Deliver(new RaftMessage { Type = type, Group = TestDisk.Id(number), From = new NodeId(8), To = new NodeId(7), Term = 1 });
        RunUntilIdle();
    }

    [Fact]
    public void All_partitions_of_a_disk_are_on_the_board_as_soon_as_it_is_listed()
    {
        var disk = AddHeldDisk(loadsPerDisk: 1, 1, 2, 3);
        StartWithoutMaster();
        Assert.False(Gates.IsListed);

        disk.Threads.RunNext();

        Assert.True(Gates.IsListed);
        Assert.Equal([LoadStage.OpeningLog, LoadStage.Discovered, LoadStage.Discovered], Board.Partitions.Select(partition => partition.Stage));
        Assert.All(Board.Partitions, partition => Assert.Equal(PartitionState.Loading, partition.State));
    }

    [Fact]
    public void A_partition_that_a_caller_asks_for_serves_before_the_others()
    {
        var disk = AddHeldDisk(loadsPerDisk: 1, 1, 2, 3, 4);
        StartWithoutMaster();
        disk.Threads.RunNext(); // listed; 1 is being loaded
        Want(3);

        Assert.Equal([3UL, 1, 2, 4], OrderOfServing(disk));
    }

    [Theory]
    [InlineData(RaftMessageType.PreVote)]
    [InlineData(RaftMessageType.Vote)]
    public void A_group_whose_members_ask_for_votes_gets_its_voice_before_the_others(RaftMessageType request)
    {
        var disk = AddHeldDisk(loadsPerDisk: 1, 1, 2, 3, 4);
        StartWithoutMaster();
        disk.Threads.RunNext();
        AskForVotes(4, request);

        disk.Threads.RunNext(); // record and log of 1
        disk.Threads.RunNext();

        Assert.NotNull(Raft.Find(TestDisk.Id(4)));
        Assert.Equal((null, null), (Raft.Find(TestDisk.Id(2)), Raft.Find(TestDisk.Id(3))));
        OrderOfServing(disk);
        Assert.All(Board.Partitions, partition => Assert.Equal(PartitionState.Serving, partition.State));
    }

    [Fact]
    public void What_nobody_waits_for_begins_behind_the_start_a_few_replicas_at_a_time()
    {
        const int partitions = 25;
        AddDisk().WithListedPartitions([.. Enumerable.Range(1, partitions).Select(number => (ulong)number)]);
        StartWithoutMaster();

        Assert.All(Board.Partitions, partition => Assert.Equal(PartitionState.Serving, partition.State));
        foreach (var left in new[] { 15, 5, 0 }) // have sizes of the run before, and nobody has looked at their files
        {
            Assert.Equal(left, Enumerable.Range(1, partitions).Count(number => GateOf((ulong)number).Store.HasAssumed));
            Advance(TimeSpan.FromMilliseconds(100));
        }
    }

    [Fact]
    public void A_load_that_hangs_is_named_and_neither_the_others_nor_the_start_wait_for_it()
    {
        var disk = AddHeldDisk(loadsPerDisk: 1, 1, 2, 3);
        StartWithoutMaster();
        disk.Threads.RunNext();
        var comesBack = disk.Threads.HangNext();
        Assert.Equal(0, disk.Threads.Depth); // the budget is spent

        Advance(LoadPatience);

        Assert.Equal(1, disk.Threads.Lent);
        Assert.Equal((1, "loading of partition 1 has not ended within 10 s"), (Board.Disks[0].StalledLoads, Board.Disks[0].Reason));
        Assert.Equal([2UL, 3], OrderOfServing(disk));
        Assert.True(Gate.IsStarted);
        Assert.Equal((DiskState.Ready, 3), (Board.Disks[0].State, Board.Disks[0].PartitionsSettled));
        Assert.Equal(PartitionState.Loading, StateOf(1)); // it may still come

        comesBack();
        disk.Threads.Resume();
        RunUntilIdle();
        Assert.Equal(PartitionState.Serving, StateOf(1));
        Assert.Equal((0, ""), (Board.Disks[0].StalledLoads, Board.Disks[0].Reason));
        Assert.Equal(0, disk.Threads.Lent);
    }

    [Fact]
    public void Where_all_loads_hang_the_disk_gets_no_more_of_them_and_the_node_starts_without()
    {
        var disk = AddHeldDisk(loadsPerDisk: 1, 1, 2, 3, 4, 5);
        AddDisk("/disk1").WithPartitions(9);
        StartWithoutMaster();
        disk.Threads.RunNext();
        var hanging = new List<Action>();
        for (var i = 0; i < 2; i++) // twice the budget
        {
            hanging.Add(disk.Threads.HangNext());
            Advance(LoadPatience);
        }

        Assert.Equal(0, disk.Threads.DepthOf(IoClass.Load));
        Assert.Equal("loading of partitions 1, 2 has not ended within 10 s; no other one is begun until one of them ends (3 wait)", Board.Disk("/disk0")!.Reason);
        Assert.Equal(PartitionState.Serving, StateOf(9));
        Assert.False(Gate.IsStarted);
        Advance(TimeSpan.FromSeconds(10)); // the disk's own deadline has come
        Assert.True(Gate.IsStarted);
        Assert.True(Gates.IsListed); // what it holds is known, and waited for

        foreach (var comesBack in hanging) comesBack();
        disk.Threads.Resume();
        RunUntilIdle();
        Assert.All(Board.Partitions, partition => Assert.Equal(PartitionState.Serving, partition.State));
        Assert.Equal(0, disk.Threads.Lent);
    }

    [Theory]
    [InlineData("META", "META")]
    [InlineData("APPLY", "APPLY")]
    [InlineData("wal_2/META", "wal_2/META")]
    public void A_damaged_file_takes_its_partition_out_and_says_which_one_it_is(string file, string named)
    {
        var disk = AddDisk().WithPartitions(1, 2, 3);
        MakeLogs(disk, 2);
        using (var damaged = disk.Files.OpenOrCreate($"{disk.DirectoryOf(2)}/{file}", FilePermission.Data, truncate: true)) damaged.Write(0, "no such thing"u8);

        StartWithoutMaster();

        Assert.Equal((PartitionState.Serving, PartitionState.Unavailable, PartitionState.Serving), (StateOf(1), StateOf(2), StateOf(3)));
        Assert.Contains($"/disk0/{TestDisk.NameOf(2)}/{named}", Board.Partition(TestDisk.Id(2))!.Reason);
        Assert.Contains(Errors, error => error.Contains($"/disk0/{TestDisk.NameOf(2)}/{named}", StringComparison.Ordinal));
        Assert.True(Gate.IsStarted);
        Assert.Empty(Fatal);
    }

    [Fact]
    public void A_full_disk_serves_what_it_holds_and_the_next_start_does_not_take_its_record_for_a_clean_stop()
    {
        var disk = AddDisk().WithPartitions(1, 2);
        MakeLogs(disk, 1, 2);
        disk.Fails = call => call.Operation is DiskOperation.Write or DiskOperation.Allocate or DiskOperation.Create ? DiskFault.NoSpace : null;
        AddDisk("/disk1").WithPartitions(9);

        StartWithoutMaster();

        Assert.Equal((PartitionState.Serving, PartitionState.Serving, PartitionState.Serving), (StateOf(1), StateOf(2), StateOf(9)));
        Assert.Equal(DiskState.Ready, Board.Disk("/disk0")!.State);
        Assert.True(Gate.IsStarted);
        Assert.Empty(Fatal);
        Assert.DoesNotContain(BootRecord.Name, disk.Files.List("/disk0")!);
        Assert.Contains(Warnings, warning => warning.Contains("/disk0", StringComparison.Ordinal) && warning.Contains("no space", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void After_a_clean_stop_nothing_is_synced_for_a_partition_that_is_loaded_and_after_another_one_its_log_is()
    {
        var clean = AddDisk().WithPartitions(1);
        MakeLogs(clean, 1);
        var killed = AddDisk("/disk1").WithPartitions(2);
        MakeLogs(killed, 2);
        DiskRoot.Open(killed.Files, killed.Path, TestDisk.BootId, "a run that is killed").Dispose();
        var (ofClean, ofKilled) = (new List<string>(), new List<string>());
        clean.Fails = call => Record(call, ofClean);
        killed.Fails = call => Record(call, ofKilled);

        StartWithoutMaster();

        Assert.Equal((PartitionState.Serving, PartitionState.Serving), (StateOf(1), StateOf(2)));
        Assert.Empty(ofClean);
        Assert.Equal(["META", "datapartition_2_1073741824", "wal_2"], ofKilled.Where(name => !name.EndsWith(".log", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Single(ofKilled, name => name.EndsWith(".log", StringComparison.Ordinal));

        static DiskFault? Record(DiskCall call, List<string> synced)
        {
            if (call.Operation is DiskOperation.Sync or DiskOperation.SyncDirectory && call.Path.Contains("datapartition_", StringComparison.Ordinal)) synced.Add(call.Name);
            return null;
        }
    }

    [Fact]
    public void A_replica_that_is_loaded_a_second_time_is_not_taken_for_synced()
    {
        var disk = AddDisk().WithPartitions(1);
        MakeLogs(disk, 1);
        StartWithoutMaster();
        var synced = new List<string>();
        Supervisor.Tell(new DiskOperations.PartitionOrder(TestDisk.Id(1), PartitionCommand.Reload, (_, _) => { }), Akka.Actor.ActorRefs.NoSender);
        disk.Threads.Hold();
        RunUntilIdle();
        while (StateOf(1) != PartitionState.Loading) disk.Threads.RunNext();
        disk.Fails = call =>
        {
            if (call.Operation == DiskOperation.SyncDirectory) synced.Add(call.Name);
            return null;
        };
        disk.Threads.Resume();
        RunUntilIdle();

        Assert.Equal(PartitionState.Serving, StateOf(1));
        Assert.Contains("wal_1", synced);
    }

    /// <summary>As a run before this one left them, which was stopped cleanly.</summary>
    private void MakeLogs(TestDisk disk, params ulong[] numbers)
    {
        foreach (var number in numbers)
            RaftLog.Open(disk.Files, $"{disk.DirectoryOf(number)}/wal_{number}", new RaftLogSettings(Time), 0, new RaftLogStaging(64 * 1024)).Close();
    }

    /// <summary>Somebody who waits.</summary>
    private sealed class Caller(PartitionId partition) : WaitTicket(partition, bytes: 0, since: 0, deadline: long.MaxValue)
    {
        public override void Admit(PartitionGate gate)
        {
        }

        public override void Refuse(WaitOutcome outcome)
        {
        }
    }
}
