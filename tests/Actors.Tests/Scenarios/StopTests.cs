using System.Net;
using Akka.Actor;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Runtime;

namespace CubeActors.Actors.Tests;

/// <summary>A stop finishes what is in flight, closes the disks cleanly, and does not wait for ever.</summary>
public sealed class StopTests : NodeScenario
{
    private static readonly IPEndPoint DataPort = IPEndPoint.Parse("127.0.0.11:17310");

    [Fact]
    public void An_idle_node_drains_closes_its_partitions_and_says_so_on_the_disk()
    {
        var disk = AddDisk().WithPartitions(1, 2);
        StartWithoutMaster();

        Stop();
        Until(() => IsStopped, "the node stops");

        Assert.Equal([NodePhase.Draining, NodePhase.Stopped], Steps.TakeLast(2).Select(step => step.Phase));
        ExpectMsg<Terminated>(ended => ended.ActorRef.Equals(Supervisor));
        Assert.True(disk.WasStoppedCleanly);
        Assert.Equal(0, disk.Files.OpenFiles);
        Assert.Equal(0, Gates.Count);
        using var nextLock = disk.Files.TryLockDirectory(disk.Path);
        Assert.NotNull(nextLock);
        SimulatedNetwork.Listen(DataPort).Dispose();
    }

    [Fact]
    public void What_is_in_flight_is_answered_before_the_disks_are_closed()
    {
        var disk = AddDisk();
        StartWithoutMaster();
        disk.Threads.Hold();
        using var master = Await(SimulatedNetwork.ConnectAsync(DataPort, TimeSpan.FromSeconds(1), CancellationToken.None).AsTask());
        var task = AdminTask.For(Opcode.CreateDataPartition, "127.0.0.11:17310", TestDisk.Id(1), 0, "", CreateRequest(1), MasterJson.Default.CreateDataPartitionRequest);
        Await(master.SendAsync(AdminPacket.Build(task, requestId: 42)).AsTask());
        Until(() => disk.Threads.Depth == 1, "the disk is asked to create the partition");

        Stop();
        Assert.Equal((NodePhase.Draining, "the node is stopping", false), (Phase, Reasons, IsStopped));
        disk.Threads.Resume();

        var received = new byte[PacketHeader.BytesMax + 64];
        var bytes = 0;
        while (Await(master.ReceiveAsync(received.AsMemory(bytes)).AsTask()) is > 0 and var more) bytes += more;
        Assert.Equal(DecodeStatus.Complete, PacketHeader.TryRead(received.AsSpan(0, bytes), new PacketLimits(), out var reply, out _));
        Assert.Equal((ResultCode.Ok, 42L), (reply.Result, reply.RequestId));
        master.Dispose();
        Until(() => IsStopped, "the node stops");
        Assert.True(disk.WasStoppedCleanly);
        Assert.Equal(0, disk.Files.OpenFiles);
    }

    [Fact]
    public void Who_connects_while_the_last_answers_are_given_is_not_refused_but_cut_off_when_they_are()
    {
        var disk = AddDisk();
        StartWithoutMaster();
        disk.Threads.Hold();
        using var master = Connect();
        var task = AdminTask.For(Opcode.CreateDataPartition, "127.0.0.11:17310", TestDisk.Id(1), 0, "", CreateRequest(1), MasterJson.Default.CreateDataPartitionRequest);
        Await(master.SendAsync(AdminPacket.Build(task, requestId: 42)).AsTask());
        Until(() => disk.Threads.Depth == 1, "the disk is asked to create the partition");

        Stop();
        using var late = Connect();
        disk.Threads.Resume();
        master.Dispose();
        Until(() => IsStopped, "the node stops");

        Assert.Equal(0, Await(late.ReceiveAsync(new byte[1]).AsTask()));
        SimulatedNetwork.Listen(DataPort).Dispose(); // the port is free again

        IConnection Connect() => Await(SimulatedNetwork.ConnectAsync(DataPort, TimeSpan.FromSeconds(1), CancellationToken.None).AsTask());
    }

    [Fact]
    public void A_disk_that_hangs_holds_up_the_stop_for_its_deadline_and_no_longer()
    {
        var good = AddDisk("/disk0").WithPartitions(1);
        var hanging = AddDisk("/disk1").WithPartitions(2);
        StartWithoutMaster();
        hanging.Threads.Hold();

        Stop();
        Until(() => good.WasStoppedCleanly, "the good disk is closed");
        Advance(TimeSpan.FromSeconds(30) - TimeSpan.FromTicks(1));
        Assert.False(IsStopped);
        Advance(TimeSpan.FromTicks(1));

        Assert.True(IsStopped);
        Assert.Equal(NodePhase.Stopped, Phase);
        Assert.True(good.WasStoppedCleanly);
        Assert.False(hanging.WasStoppedCleanly);
    }

    [Fact]
    public void After_a_fault_the_stop_is_not_recorded_as_clean_although_all_is_closed()
    {
        var disk = AddDisk().WithPartitions(1, 2);
        StartWithoutMaster();
        GateOf(1).Owner.Tell(new PartitionActor.DiskFaulted(new DiskFaultException("read", disk.DirectoryOf(1), TestKit.LinuxError.Io)));
        Until(() => StateOf(1) == PartitionState.Unavailable, "the replica is given up");

        Stop();
        Until(() => IsStopped, "the node stops");

        Assert.False(disk.WasStoppedCleanly); // the store of partition 1 was never synced
        Assert.Equal(0, disk.Files.OpenFiles);
        Assert.Contains(Warnings, warning => warning.Contains("no clean stop recorded: a partition was not closed cleanly", StringComparison.Ordinal));
    }

    [Fact]
    public void The_lock_of_a_disk_goes_back_only_when_the_last_one_has_left_a_broken_store()
    {
        var disk = AddDisk().WithPartitions(1);
        StartWithoutMaster();
        var inside = GateOf(1);
        Assert.True(inside.TryEnter());
        inside.Owner.Tell(new PartitionActor.DiskFaulted(new DiskFaultException("read", disk.DirectoryOf(1), TestKit.LinuxError.Io)));
        RunUntilIdle();

        Stop();
        Assert.False(IsStopped);
        Assert.Null(disk.Files.TryLockDirectory(disk.Path));

        inside.Exit();
        Until(() => IsStopped, "the node stops");
        using var nextLock = disk.Files.TryLockDirectory(disk.Path);
        Assert.NotNull(nextLock);
        Assert.Equal(0, disk.Files.OpenFiles);
    }

    [Fact]
    public void A_partition_that_cannot_be_synced_is_closed_all_the_same_but_not_called_clean()
    {
        var disk = AddDisk().WithPartitions(1);
        StartWithoutMaster();
        disk.Fails = call => call.Operation == TestKit.DiskOperation.Sync && call.Path.StartsWith(disk.DirectoryOf(1), StringComparison.Ordinal) ? TestKit.DiskFault.MediaError : null;

        Stop();
        Until(() => IsStopped, "the node stops");

        Assert.False(disk.WasStoppedCleanly);
        Assert.Equal(0, disk.Files.OpenFiles);
    }

    [Theory]
    [InlineData(0)] // the disk is being listed
    [InlineData(1)] // its partitions are being loaded: records and raft logs
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(8)] // extents, while the groups are at work
    [InlineData(10)]
    public void A_stop_during_loading_leaves_neither_an_open_file_nor_a_lock(int stepsDone)
    {
        var disk = AddDisk().WithPartitions(1, 2, 3, 4, 5, 6);
        disk.Threads.Hold();
        StartWithoutMaster();
        for (var i = 0; i < stepsDone; i++) disk.Threads.RunNext();

        Stop();
        Assert.False(IsStopped);
        disk.Threads.Resume();
        Until(() => IsStopped, "the node stops");

        Assert.Equal(0, disk.Files.OpenFiles);
        Assert.Equal(0, Gates.Count);
        using var nextLock = disk.Files.TryLockDirectory(disk.Path);
        Assert.NotNull(nextLock);
    }

    [Fact]
    public void A_second_stop_changes_nothing()
    {
        var disk = AddDisk().WithPartitions(1);
        StartWithoutMaster();
        disk.Threads.Hold();
        Stop();
        Stop();
        disk.Threads.Resume();
        Until(() => IsStopped, "the node stops");

        Assert.Single(Steps, step => step.Phase == NodePhase.Draining);
        Assert.Single(Steps, step => step.Phase == NodePhase.Stopped);
    }

    [Fact]
    public void A_node_that_could_not_bind_its_ports_stops_like_any_other()
    {
        AddDisk();
        using var other = SimulatedNetwork.Listen(DataPort);
        StartWithoutMaster();
        Assert.Single(Fatal);

        Stop();

        Assert.True(IsStopped);
    }
}
