using CubeActors.Protocol;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>What an operator orders by HTTP.</summary>
public sealed class DiskOperationsTests : NodeScenario
{
    [Fact]
    public void A_partition_is_loaded_anew_detached_and_loaded_again()
    {
        var disk = AddDisk().WithPartitions(1);
        StartWithoutMaster();
        var before = GateOf(1).Store;

        Assert.Null(Run(operations => operations.ReloadPartition(TestDisk.Id(1))));
        Assert.Equal(PartitionState.Serving, StateOf(1));
        Assert.NotSame(before, GateOf(1).Store);

        Assert.Null(Run(operations => operations.DetachPartition(TestDisk.Id(1))));
        Assert.Null(StateOf(1));
        Assert.Equal(0, disk.Files.OpenFiles);
        Assert.Equal([TestDisk.NameOf(1)], disk.PartitionNames);

        Assert.Null(Run(operations => operations.LoadPartition(TestDisk.Id(1), "/disk0")));
        Assert.Equal(PartitionState.Serving, StateOf(1));
    }

    [Fact]
    public void A_partition_that_is_being_loaded_can_be_loaded_anew_and_the_disk_is_ready_only_then()
    {
        var disk = AddDisk().WithPartitions(1);
        disk.Threads.Hold();
        StartWithoutMaster();
        disk.Threads.RunNext(); // listed

        var order = Operations.ReloadPartition(TestDisk.Id(1));
        RunUntilIdle();
        disk.Threads.RunNext(); // open, and closed again for the order
        Assert.Equal((false, false), (order.IsCompleted, Gate.IsStarted));
        disk.Threads.Resume();
        Until(() => order.IsCompleted, "the order is answered");

        Assert.Null(Await(order));
        Assert.Equal((PartitionState.Serving, true), (StateOf(1), Gate.IsStarted));
    }

    [Fact]
    public void What_cannot_be_done_is_said()
    {
        AddDisk().WithPartitions(1);
        StartWithoutMaster();

        Assert.Equal("partition not exist", Run(operations => operations.ReloadPartition(TestDisk.Id(9))));
        Assert.Equal("partition not exist", Run(operations => operations.DetachPartition(TestDisk.Id(9))));
        Assert.Equal("partition is already loaded", Run(operations => operations.LoadPartition(TestDisk.Id(1), "/disk0")));
        Assert.Equal("disk /nowhere is not found", Run(operations => operations.LoadPartition(TestDisk.Id(9), "/nowhere")));
        Assert.Equal("dp root not found in dir(/disk0)", Run(operations => operations.LoadPartition(TestDisk.Id(9), "/disk0")));
        Assert.Equal("disk /nowhere is not found", Run(operations => operations.SetDiskBad("/nowhere")));
        Assert.Equal("ok /disk0", Create(9).Answer); // nothing stands in its place
    }

    [Fact]
    public void A_disk_is_given_up_by_order_and_recovers()
    {
        AddDisk().WithPartitions(1);
        StartWithoutMaster();

        Assert.Null(Run(operations => operations.SetDiskBad("/disk0")));
        Assert.Equal((DiskState.Unavailable, false), (Board.Disk("/disk0")!.State, GateOf(1).Flags.DiskAvailable));
        Assert.Equal("disk /disk0 was given up before: by order of an operator", Run(operations => operations.SetDiskBad("/disk0")));

        Assert.Equal("ok", Order(Opcode.RecoverBadDisk).Answer);
        Assert.Equal((DiskState.Ready, true), (Board.Disk("/disk0")!.State, GateOf(1).Flags.DiskAvailable));
    }

    [Fact]
    public void A_partition_is_broken_and_made_whole_as_a_test()
    {
        var disk = AddDisk().WithPartitions(1, 2);
        StartWithoutMaster();

        Assert.Null(Run(operations => operations.MarkPartitionBroken(TestDisk.Id(1), isWhole: false)));
        Until(() => disk.MetaOf(1).DiskErrorCount == 1, "the error is counted");
        RunUntilIdle();
        Assert.Equal((PartitionState.Unavailable, PartitionState.Serving), (StateOf(1), StateOf(2)));

        Assert.Null(Run(operations => operations.MarkPartitionBroken(TestDisk.Id(1), isWhole: true)));
        Assert.Equal((PartitionState.Serving, 0UL), (StateOf(1), disk.MetaOf(1).DiskErrorCount));
        Assert.Empty(Board.Disk("/disk0")!.FailedPartitions);
    }

    [Fact]
    public void A_disk_is_broken_as_a_test()
    {
        AddDisk().WithPartitions(1, 2, 3);
        StartWithoutMaster();

        Assert.Null(Run(operations => operations.MarkDiskBroken("/disk0")));
        Until(() => Board.Disk("/disk0")!.FailedPartitions.Count == 3, "all partitions are broken");

        Assert.Equal(DiskState.Unavailable, Board.Disk("/disk0")!.State);
    }

    [Fact]
    public void An_order_to_a_disk_that_hangs_is_refused_in_time_and_those_before_the_start_at_once()
    {
        Assert.Equal("the node is not started", Await(new DiskOperations(Time, TimeSpan.FromSeconds(25)).SetDiskBad("/disk0")));
        var disk = AddDisk().WithPartitions(1);
        StartWithoutMaster();
        disk.Threads.Hold();

        var order = Operations.ReloadPartition(TestDisk.Id(1));
        RunUntilIdle();
        Assert.False(order.IsCompleted);
        Advance(TimeSpan.FromSeconds(25));
        Until(() => order.IsCompleted, "the order is refused");

        Assert.Equal("no answer within 25 s, the disk may hang; look at the node's log", Await(order));
    }

    private string? Run(Func<IDiskOperations, Task<string?>> order)
    {
        var answer = order(Operations);
        Until(() => answer.IsCompleted, "the order is answered");
        return Await(answer);
    }
}
