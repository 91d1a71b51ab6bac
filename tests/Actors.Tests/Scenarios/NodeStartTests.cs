using System.Net;
using CubeActors.Runtime.Files;
using CubeActors.Storage;

namespace CubeActors.Actors.Tests;

/// <summary>P1: the ports answer first, nothing slow stands before them, and Ready comes although a part is broken.</summary>
public sealed class NodeStartTests : NodeScenario
{
    /// <summary>What a disk is asked to do for one partition: open the store, then the raft log.</summary>
    private const int StepsOfOneLoad = 2;

    [Fact]
    public void All_ports_are_bound_before_any_disk_is_touched_or_any_master_is_asked()
    {
        AddDisk().WithPartitions(1);
        StartMaster();

        Start();
        Until(() => Phase == NodePhase.Ready, "the node becomes ready");

        Assert.Equal(["listen 127.0.0.11:17310", "listen 127.0.0.11:17810", "listen 127.0.0.11:17330", "listen 127.0.0.11:17340"], Journal.Entries.Take(4));
        Assert.Equal(["dial 127.0.0.1:17010", "disk /disk0"], Journal.Entries.Skip(4).Order());
    }

    [Theory]
    [InlineData(17310, "listen")]
    [InlineData(17810, "smuxPortShift")]
    [InlineData(17330, "raftHeartbeat")]
    [InlineData(17340, "raftReplica")]
    public void A_port_in_use_ends_the_start_with_one_sentence_and_nothing_else_is_begun(int port, string key)
    {
        AddDisk();
        StartMaster();
        using var other = SimulatedNetwork.Listen(new IPEndPoint(IPAddress.Parse("127.0.0.11"), port));

        Start();

        Assert.Equal([$"cannot listen on 127.0.0.11:{port} (key {key}): another process has it; stop that process or choose another port"], Fatal);
        Assert.Equal((NodePhase.Binding, "the ports are not bound yet"), (Phase, Reasons));
        Assert.All(Journal.Entries, entry => Assert.StartsWith("listen ", entry)); // no disk, no master
        var dataPort = new IPEndPoint(IPAddress.Parse("127.0.0.11"), 17310);
        if (port != dataPort.Port) SimulatedNetwork.Listen(dataPort).Dispose(); // what was bound already is given back
    }

    [Fact]
    public void Each_phase_says_what_is_still_missing_until_none_is()
    {
        var disk = AddDisk().WithPartitions(1);
        disk.Threads.Hold();
        var master = StartMaster();
        Start();
        Assert.Equal((NodePhase.Binding, "the ports are not bound yet"), (Steps[0].Phase, Steps[0].Reasons));
        Assert.Contains(Steps, step => step is { Phase: NodePhase.Loading, Reasons: "disk /disk0 is still being loaded; not registered with any master yet", NodeId: 0 });

        Until(() => Steps[^1].NodeId == 7, "the node is registered");
        Assert.Equal((NodePhase.Loading, "disk /disk0 is still being loaded"), (Phase, Reasons));
        Assert.False(Gate.IsStarted);
        Assert.Single(master.Registrations);

        disk.Threads.RunNext(); // the disk is listed
        Assert.Equal((NodePhase.Loading, PartitionState.Loading), (Phase, StateOf(1)));
        Assert.False(Gate.IsStarted);

        disk.Threads.RunNext(); // the store of its only partition is open
        Assert.Equal((NodePhase.Loading, PartitionState.Loading), (Phase, StateOf(1)));
        Assert.False(Gate.IsStarted);

        disk.Threads.RunNext(); // and its raft log, in which nothing waits to be applied
        Assert.Equal((NodePhase.Ready, "", PartitionState.Serving), (Phase, Reasons, StateOf(1)));
        Assert.True(Gate.IsStarted);
    }

    [Fact]
    public void Ready_comes_although_one_disk_has_vanished_and_another_one_is_locked()
    {
        AddDisk("/disk0").WithPartitions(1);
        var vanished = AddDisk("/disk1");
        vanished.Files.DeleteDirectory("/disk1");
        var locked = AddDisk("/disk2").WithPartitions(2);
        using var held = locked.Files.TryLockDirectory("/disk2");
        StartMaster();

        Start();
        Until(() => Phase == NodePhase.Ready, "the node becomes ready");

        Assert.Equal(PartitionState.Serving, StateOf(1));
        Assert.Equal([DiskState.Ready, DiskState.Unavailable, DiskState.Unavailable], Board.Disks.Select(disk => disk.State));
        Assert.Contains("/disk1: the disk's directory is missing", Board.Disk("/disk1")!.Reason);
        Assert.Contains("/disk2: the disk is in use by another process", Board.Disk("/disk2")!.Reason);
        Assert.Empty(Fatal);
    }

    [Fact]
    public void Ready_comes_although_a_partition_is_damaged_if_it_may_be_left_out()
    {
        AddDisk().WithPartitions(1, 2, 3).WithDamagedMeta(2);
        StartMaster();

        Start();
        Until(() => Phase == NodePhase.Ready, "the node becomes ready");

        Assert.Equal((PartitionState.Serving, PartitionState.Unavailable, PartitionState.Serving), (StateOf(1), StateOf(2), StateOf(3)));
        Assert.Contains("META", Board.Partition(TestDisk.Id(2))!.Reason);
        Assert.Empty(Fatal);
    }

    [Fact]
    public void A_damaged_partition_that_must_be_looked_at_ends_the_start_by_name_and_nothing_is_deleted()
    {
        Settings = Settings with { Storage = Settings.Storage with { StopOnCorruptPartition = true } };
        var disk = AddDisk().WithPartitions(1, 2).WithDamagedMeta(2);

        StartWithoutMaster();

        var reason = Assert.Single(Fatal);
        Assert.StartsWith($"/disk0/{TestDisk.NameOf(2)}/META: ", reason);
        Assert.Contains("Restore META from a backup", reason);
        Assert.EndsWith("To start without such partitions set cubeactors.storage.corrupt-partition = leave-out.", reason);
        Assert.False(Gate.IsStarted);
        Assert.Equal(NodePhase.Loading, Phase);
        Assert.Equal([TestDisk.NameOf(1), TestDisk.NameOf(2)], disk.PartitionNames);
        Assert.Equal(15, disk.Files.Stat($"{disk.DirectoryOf(2)}/META")!.Value.Length); // not rewritten either
    }

    [Fact]
    public void What_a_creation_left_that_was_cut_short_is_removed_and_the_master_can_create_it_again()
    {
        Settings = Settings with { Storage = Settings.Storage with { StopOnCorruptPartition = true } };
        var disk = AddDisk().WithPartitions(1, 2);
        disk.Files.DeleteFile($"{disk.DirectoryOf(2)}/{PartitionMeta.Name}"); // it is written last, so kill -9 leaves all but it

        StartWithoutMaster();

        Assert.Empty(Fatal);
        Assert.True(Gate.IsStarted);
        Assert.Null(StateOf(2));
        Assert.Equal([TestDisk.NameOf(1)], disk.PartitionNames);
        Assert.Equal("ok /disk0", Create(2).Answer);
        Assert.Equal(PartitionState.Serving, StateOf(2));
    }

    [Fact]
    public void A_partition_that_lost_its_META_but_has_data_is_damage_and_stays_as_it_is()
    {
        Settings = Settings with { Storage = Settings.Storage with { StopOnCorruptPartition = true } };
        var disk = AddDisk().WithPartitions(1);
        disk.Files.DeleteFile($"{disk.DirectoryOf(1)}/{PartitionMeta.Name}");
        using (var extent = disk.Files.OpenOrCreate($"{disk.DirectoryOf(1)}/65", FilePermission.Data)) extent.Write(0, "data"u8);

        StartWithoutMaster();

        Assert.StartsWith($"/disk0/{TestDisk.NameOf(1)}: there is no META, but there are extents with data", Assert.Single(Fatal));
        Assert.Equal(4, disk.Files.Stat($"{disk.DirectoryOf(1)}/65")!.Value.Length);
    }

    [Theory]
    [InlineData(0)] // while it is opened
    [InlineData(1)] // after it was listed, while its partitions are loaded
    public void Ready_comes_although_a_disk_hangs_and_what_it_holds_stays_undecided(int stepsDone)
    {
        AddDisk("/disk0").WithPartitions(1);
        var hanging = AddDisk("/disk1").WithPartitions(2, 3);
        hanging.Threads.Hold();
        StartMaster();
        Start();
        Until(() => Steps[^1].NodeId == 7, "the node is registered");
        for (var i = 0; i < stepsDone; i++) hanging.Threads.RunNext();

        Advance(TimeSpan.FromSeconds(30) - TimeSpan.FromTicks(1));
        Assert.Equal((NodePhase.Loading, "disk /disk1 is still being loaded"), (Phase, Reasons));
        Advance(TimeSpan.FromTicks(1));
        Assert.Equal(NodePhase.Ready, Phase);
        Assert.True(Gate.IsStarted);
        Assert.NotEqual(DiskState.Unavailable, Board.Disk("/disk1")!.State); // perhaps it is only slow
        Assert.Equal("refused: Disks on data node 127.0.0.11:17310 are not loaded completed", Delete(9).Answer);
        Assert.Equal("refused: Disks on data node 127.0.0.11:17310 are not loaded completed", Create(9).Answer); // it might be there already

        hanging.Threads.Resume(); // it comes back
        RunUntilIdle();
        Assert.Equal((PartitionState.Serving, PartitionState.Serving), (StateOf(2), StateOf(3)));
        Assert.Equal("ok", Delete(9).Answer); // now it is known not to be
    }

    [Fact]
    public void A_disk_that_makes_progress_is_waited_for_however_long_it_takes()
    {
        Settings = Settings with { Storage = Settings.Storage with { LoadsPerDisk = 1 } };
        var slow = AddDisk().WithPartitions(1, 2, 3, 4);
        slow.Threads.Hold();
        StartWithoutMaster();

        for (var i = 0; i < 1 + 4 * StepsOfOneLoad; i++) // the list, then one partition after the other
        {
            Assert.False(Gate.IsStarted);
            Advance(TimeSpan.FromSeconds(29));
            slow.Threads.RunNext();
        }

        Assert.True(Gate.IsStarted);
        Assert.DoesNotContain(Warnings, warning => warning.Contains("the node goes on without it", StringComparison.Ordinal));
    }

    [Fact]
    public void A_second_copy_of_a_partition_that_serves_waits_for_the_master_and_nothing_is_changed()
    {
        Settings = Settings with { Storage = Settings.Storage with { StopOnCorruptPartition = true } };
        var first = AddDisk("/disk0").WithPartitions(1);
        var second = AddDisk("/disk1").WithPartitions(1, 2);
        second.Threads.Hold();
        StartWithoutMaster();
        var gate = GateOf(1);

        second.Threads.Resume();
        RunUntilIdle();

        Assert.Same(gate, GateOf(1));
        Assert.Equal(("/disk0", PartitionState.Serving), (Board.Partition(TestDisk.Id(1))!.DiskPath, StateOf(1)));
        Assert.Equal(PartitionState.Serving, StateOf(2));
        Assert.Contains("partition 1 lies on two disks, /disk1 and /disk0", Assert.Single(Errors)); // said once
        Assert.Empty(Fatal);
        Assert.True(Gate.IsStarted);
        Assert.Equal([TestDisk.NameOf(1)], first.PartitionNames);
        Assert.Equal([TestDisk.NameOf(1), TestDisk.NameOf(2)], second.PartitionNames);
    }

    [Fact]
    public void At_most_the_budget_of_partitions_is_loaded_at_once()
    {
        Settings = Settings with { Storage = Settings.Storage with { LoadsPerDisk = 2 } };
        var disk = AddDisk().WithPartitions(1, 2, 3, 4, 5);
        disk.Threads.Hold();
        StartWithoutMaster();
        disk.Threads.RunNext(); // the disk is listed

        var loading = new List<int>();
        while (disk.Threads.Depth > 0)
        {
            Assert.Equal(disk.Threads.Depth, disk.Threads.DepthOf(Runtime.IoClass.Load)); // below what clients ask for
            loading.Add(disk.Threads.Depth);
            disk.Threads.RunNext();
        }

        Assert.Equal([2, 2, 2, 2, 2, 2, 2, 2, 2, 1], loading); // two steps each: five voices, and behind them five times the extents
        Assert.All(Board.Partitions, partition => Assert.Equal(PartitionState.Serving, partition.State));
        Assert.Equal((DiskState.Ready, 5, 5), (Board.Disks[0].State, Board.Disks[0].PartitionsFound, Board.Disks[0].PartitionsSettled));
    }

    [Fact]
    public void A_disk_has_its_figures_before_the_node_counts_as_started()
    {
        var disk = AddDisk();
        disk.Threads.Hold();
        StartWithoutMaster();

        disk.Threads.RunNext(); // listed, and there is nothing to load

        Assert.True(Gate.IsStarted);
        Assert.Equal(100UL << 30, Board.Disks[0].Total);
        Assert.True(Board.Disks[0].IsWritable);
    }
}
