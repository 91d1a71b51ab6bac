using Akka.Actor;
using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>A start whose disks are still being looked at: the ports answer, and nothing is touched before it is known that it may be.</summary>
public sealed class HeldStartTests : NodeScenario
{
    private readonly TaskCompletionSource _allowed = new();

    [Fact]
    public void Ports_answer_while_neither_disks_nor_masters_are_asked()
    {
        AddDisk().WithPartitions(1);
        StartMaster();
        MayLoad = _allowed.Task;
        Start();
        Assert.Equal((NodePhase.Loading, "the disks are being looked at; not registered with any master yet"), (Phase, Reasons));
        Assert.All(Journal.Entries, entry => Assert.StartsWith("listen ", entry));
        Assert.False(Gate.IsStarted); // no disk is not the same as no disk left to load

        _allowed.SetResult();
        Until(() => Phase == NodePhase.Ready, "the node becomes ready");
        Assert.NotNull(Board.Partition(TestDisk.Id(1)));
    }

    [Fact]
    public void An_operator_is_told_to_wait_for_the_disks()
    {
        AddDisk().WithPartitions(1);
        StartMaster();
        MayLoad = _allowed.Task;
        Start();
        var order = Operations.ReloadPartition(new PartitionId(1));
        RunUntilIdle();
        Assert.Equal("please wait for disk loading", Await(order));
    }

    [Fact]
    public void A_stop_that_comes_first_ends_the_node_and_nothing_is_loaded_after()
    {
        AddDisk().WithPartitions(1);
        StartMaster();
        MayLoad = _allowed.Task;
        Start();
        Supervisor.Tell(new NodeSupervisor.Stop());
        RunUntilIdle();
        Until(() => IsStopped, "the node stops");
        _allowed.SetResult();
        RunUntilIdle();
        Assert.All(Journal.Entries, entry => Assert.StartsWith("listen ", entry));
    }
}
