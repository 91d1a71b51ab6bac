using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Storage;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>What masters and operators order of a whole node, as the ledger tells it.</summary>
public sealed class NodeOperationTests : NodeScenario
{
    private const string Self = "127.0.0.11:17310", Other = "127.0.0.12:17310";
    private static readonly Peer Me = new() { Id = new NodeId(7), Address = Self }, Eight = new() { Id = new NodeId(8), Address = Other }, Nine = new() { Id = new NodeId(9), Address = "127.0.0.13:17310" };

    [Fact]
    public void A_creation_and_a_deletion_are_written_down_with_their_ends()
    {
        AddDisk();
        StartWithoutMaster();
        Create(1);
        var created = OperationOf(OperationKind.CreatePartition);
        Assert.Equal((OperationState.Done, "created", "/disk0", 1UL), (created.State, created.Result, created.Disk, created.Partition!.Value.Value));

        Delete(1);
        var deleted = OperationOf(OperationKind.DeletePartition);
        Assert.Equal((OperationState.Done, "deleted, by order of a master"), (deleted.State, deleted.Detail));
        Create(2);
        Delete(2, force: true);
        Assert.Contains(Ledger.List(new OperationFilter(Partition: TestDisk.Id(2))), entry => entry.Detail == "set aside, by order of a master, by force");
        Assert.Empty(Ledger.Alerts);
        Assert.Empty(Ledger.List(new OperationFilter { IsOpen = true }));
    }

    [Fact]
    public void A_creation_that_the_disk_fails_has_failed_and_says_why()
    {
        var disk = AddDisk();
        StartWithoutMaster();
        disk.Fails = call => call.Path.Contains("datapartition_1_", StringComparison.Ordinal) ? DiskFault.MediaError : null;
        Assert.StartsWith("refused: ", Create(1).Answer);
        Assert.Equal(OperationState.Failed, OperationOf(OperationKind.CreatePartition).State);
        Assert.NotEmpty(OperationOf(OperationKind.CreatePartition).Result);
    }

    [Fact]
    public void A_repeated_deletion_waits_for_the_same_end_and_a_creation_behind_it_for_both()
    {
        AddDisk().WithPartitions(1);
        StartWithoutMaster();
        var inside = GateOf(1);
        Assert.True(inside.TryEnter());
        var (first, second, create) = (Delete(1), Delete(1), Create(1));
        Assert.Equal(OperationState.Running, OperationOf(OperationKind.DeletePartition).State); // one
        Assert.Empty(Ledger.List(new OperationFilter(Kind: OperationKind.CreatePartition)));

        inside.Exit();
        Until(() => create.Answer is not null, "the creation is answered");

        Assert.Equal(("ok", "ok", "ok /disk0"), (first.Answer, second.Answer, create.Answer));
        Assert.Equal((OperationState.Done, OperationState.Done), (OperationOf(OperationKind.DeletePartition).State, OperationOf(OperationKind.CreatePartition).State));
        Assert.Equal(1, Ledger.Figures.Kinds[(int)OperationKind.DeletePartition].Waited);
    }

    [Fact]
    public void A_deletion_cancels_what_is_under_way_and_is_done_within_the_time_of_its_order()
    {
        var disk = AddDisk();
        StartWithoutMaster();
        disk.Threads.Hold();
        var create = Create(1);
        var delete = Delete(1);
        disk.Threads.Resume();
        RunUntilIdle();

        Assert.Equal(("refused: partition 1 is deleted instead", "ok"), (create.Answer, delete.Answer));
        Assert.Equal((OperationState.Cancelled, "the partition is deleted instead"), (OperationOf(OperationKind.CreatePartition).State, OperationOf(OperationKind.CreatePartition).Result));
        Assert.Equal(OperationState.Done, OperationOf(OperationKind.DeletePartition).State);
        Assert.Equal(TimeSpan.Zero, Time.Elapsed); // nothing was waited for
    }

    [Fact]
    public void A_replica_that_is_loaded_anew_and_one_that_cannot_be()
    {
        var disk = AddDisk().WithPartitions(1);
        StartWithoutMaster();
        var reload = Operations.ReloadPartition(TestDisk.Id(1));
        RunUntilIdle();
        Assert.Null(Await(reload));
        Assert.Equal((OperationState.Done, "loaded anew"), (OperationOf(OperationKind.Reload).State, OperationOf(OperationKind.Reload).Result));

        var inside = GateOf(1);
        Assert.True(inside.TryEnter());
        var (first, again) = (Operations.ReloadPartition(TestDisk.Id(1)), Operations.ReloadPartition(TestDisk.Id(1)));
        RunUntilIdle();
        Assert.Single(Ledger.List(new OperationFilter { IsOpen = true }));
        Assert.Equal(1, Ledger.Figures.Kinds[(int)OperationKind.Reload].Waited);
        disk.Fails = call => call.Path.EndsWith("/META", StringComparison.Ordinal) ? DiskFault.MediaError : null;
        inside.Exit();
        RunUntilIdle();
        Until(() => first.IsCompleted && again.IsCompleted, "both are answered");
        Assert.Equal(OperationState.Failed, Ledger.List(new OperationFilter(Kind: OperationKind.Reload))[0].State);
        Assert.Empty(Ledger.List(new OperationFilter { IsOpen = true }));
    }

    [Fact]
    public void A_disk_that_is_recovered_moves_with_each_of_its_partitions()
    {
        var disk = AddDisk().WithPartitions(1, 2, 3).WithErrors(1, 1).WithErrors(2, 1);
        StartWithoutMaster();
        disk.Threads.Hold();
        Assert.Equal("ok", Order(Opcode.RecoverBadDisk).Answer);
        Assert.Equal((OperationState.Running, "/disk0", new OperationProgress(0, 2, "partitions")), (Recovery.State, Recovery.Disk, Recovery.Progress));
        Assert.Equal("refused: disk /disk0 recover is still running", Order(Opcode.RecoverBadDisk).Answer);
        disk.Threads.Resume();
        RunUntilIdle();

        Until(() => Recovery.State == OperationState.Done, "the disk is recovered");
        Assert.Equal(("it is recovered", 2L), (Recovery.Result, Recovery.Progress.Done));
        Assert.Equal(1, Ledger.Figures.Kinds[(int)OperationKind.DiskRecovery].Refused);
        Assert.Empty(Ledger.Alerts);
    }

    private OperationEntry Recovery => OperationOf(OperationKind.DiskRecovery);

    [Fact]
    public void A_deletion_that_an_earlier_run_has_left_in_the_middle_is_finished_and_written_down()
    {
        var disk = AddDisk().WithPartitions(1, 2);
        using (var root = DiskRoot.Open(disk.Files, disk.Path, TestDisk.BootId, "an earlier run"))
        {
            Assert.True(root.BeginDelete(TestDisk.Id(1), TestDisk.PartitionBytes));
            root.MarkCleanStop();
        }

        StartWithoutMaster();
        Until(() => OperationOf(OperationKind.DeletePartition).State == OperationState.Done, "its files are removed");
        Assert.Equal((1UL, "its files are removed"), (OperationOf(OperationKind.DeletePartition).Partition!.Value.Value, OperationOf(OperationKind.DeletePartition).Result));
        Assert.Equal([TestDisk.NameOf(2)], disk.PartitionNames);
    }

    [Fact]
    public void A_change_of_members_is_one_at_a_time_and_ends_with_its_answer()
    {
        AddDisk();
        StartWithoutMaster();
        Assert.Equal("ok /disk0", Create(CreateRequest(9) with { ReplicaNum = 1, Hosts = [Self], Members = [Me] }).Answer);
        Assert.Equal("ok", Add(9, Eight).Answer);
        Assert.Equal((OperationState.Done, Other, "adds member 8"), (OperationOf(OperationKind.MemberChange).State, OperationOf(OperationKind.MemberChange).Peer, OperationOf(OperationKind.MemberChange).Detail));

        var stuck = Remove(9, Eight, force: false); // needs the absent one
        Assert.Null(stuck.Answer);
        Assert.Equal(OperationState.Running, Ledger.List(new OperationFilter(Kind: OperationKind.MemberChange))[0].State);
        Assert.Equal($"refused: {MemberOrders.ChangeUnderWay}", Add(9, Nine).Answer);
        Assert.Equal(1, Ledger.Figures.Kinds[(int)OperationKind.MemberChange].Refused);

        Advance(TimeSpan.FromSeconds(3));
        Assert.Equal($"refused: {ErrorTexts.NotRaftLeader}", stuck.Answer);
        var failed = Ledger.List(new OperationFilter(Kind: OperationKind.MemberChange))[0];
        Assert.Equal((OperationState.Failed, ErrorTexts.NotRaftLeader), (failed.State, failed.Result));
        Assert.Empty(Ledger.Alerts);
    }

    [Fact]
    public void Neither_a_pause_nor_the_repairing_status_nor_a_forced_removal_waits_for_a_change_that_hangs()
    {
        AddDisk().WithPartitions(1);
        StartWithoutMaster();
        var port = GateOf(1).Raft!;
        ulong term = 0;
        port.TryRun(group => term = group.Core.Term);
        RunUntilIdle();
        port.Deliver(new RaftMessage { Type = RaftMessageType.Append, Group = port.Partition, From = Eight.Id, To = Me.Id, Term = Math.Max(1, term) });
        RunUntilIdle();
        using var listener = SimulatedNetwork.Listen(System.Net.IPEndPoint.Parse(Other)); // the leader, which never answers
        var hanging = Add(1, Nine);
        Assert.Null(hanging.Answer);

        // All three are answered in this moment.
        Assert.Equal("ok", Send(Opcode.StopDataPartitionRepair, new StopPartitionRepairRequest { PartitionId = TestDisk.Id(1), Stop = true }, MasterJson.Default.StopPartitionRepairRequest).Answer);
        Assert.Equal(
            $"refused: {ErrorTexts.NotRaftLeader}",
            Send(Opcode.SetRepairingStatus, new SetRepairingStatusRequest { PartitionId = TestDisk.Id(1), RepairingStatus = false }, MasterJson.Default.SetRepairingStatusRequest).Answer);
        Assert.Equal($"refused: {MemberOrders.ChangeUnderWay}", Remove(1, Eight, force: true).Answer); // in the order of tests of CubeFS: control-plane 3.11
        Assert.Null(hanging.Answer);
        Assert.Equal("ok", Delete(1).Answer); // and a deletion ends it
        Assert.NotNull(hanging.Answer);
        Assert.Equal(OperationState.Failed, OperationOf(OperationKind.MemberChange).State);
    }

    [Fact]
    public void A_node_that_stops_ends_its_operations_and_its_ledger()
    {
        AddDisk().WithPartitions(1);
        StartWithoutMaster();
        var inside = GateOf(1);
        Assert.True(inside.TryEnter());
        Operations.ReloadPartition(TestDisk.Id(1));
        RunUntilIdle();
        Assert.Equal(OperationState.Running, OperationOf(OperationKind.Reload).State);
        Stop();
        inside.Exit();
        Until(() => IsStopped, "the node has stopped");
        Assert.Equal(OperationState.Failed, OperationOf(OperationKind.Reload).State);
    }

    private RecordedReply Add(ulong number, Peer peer) => Send(
        Opcode.AddDataPartitionRaftMember, new AddRaftMemberRequest { PartitionId = TestDisk.Id(number), AddPeer = peer }, MasterJson.Default.AddRaftMemberRequest);

    private RecordedReply Remove(ulong number, Peer peer, bool force) => Send(
        Opcode.RemoveDataPartitionRaftMember, new RemoveRaftMemberRequest { PartitionId = TestDisk.Id(number), RemovePeer = peer, Force = force, AutoRemove = !force }, MasterJson.Default.RemoveRaftMemberRequest);
}
