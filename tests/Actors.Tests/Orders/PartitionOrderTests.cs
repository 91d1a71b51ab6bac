using System.Text;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Raft;
using CubeActors.Storage;

namespace CubeActors.Actors.Tests;

/// <summary>Orders of masters about one replica, from the desk to the disk and back, on a whole node whose peers the test plays.</summary>
public sealed class PartitionOrderTests : NodeScenario
{
    private const string Self = "127.0.0.11:17310", Other = "127.0.0.12:17310", Third = "127.0.0.13:17310";
    private static readonly Peer Me = new() { Id = new NodeId(7), Address = Self }, Eight = new() { Id = new NodeId(8), Address = Other }, Nine = new() { Id = new NodeId(9), Address = Third };

    private TestDisk? _disk;

    private TestDisk Disk => _disk ??= AddDisk();

    private PartitionMeta MetaOf(ulong number) => PartitionMeta.Load(Disk.Files, Disk.DirectoryOf(number))!;

    [Fact]
    public void A_leader_adds_a_member_through_the_log_and_answers_when_it_is_applied()
    {
        LeadAlone(9);

        Assert.Equal("ok", Add(9, Eight, repairing: true).Answer);

        Assert.Equal([7ul, 8], MetaOf(9).Peers.Select(peer => peer.Id.Value));
        Assert.Equal([Self, Other], MetaOf(9).Hosts);
        Assert.Equal([7ul, 8], GateOf(9).Raft!.Status.Members.Select(member => member.Id.Value));
        Assert.Equal(GateOf(9).Machine.Applied, ApplyFile.Load(Disk.Files, Disk.DirectoryOf(9)));
        Assert.True(GateOf(9).Flags.Repairing);
        Assert.True(Board.Partition(TestDisk.Id(9))!.IsRepairing);
        Assert.Equal(0, GateOf(9).Store.TinyAvailable); // the chain leader compares them with the new one first
        Assert.Equal("ok", Add(9, Eight).Answer); // it is there
        Assert.Equal(2, MetaOf(9).Peers.Count);
    }

    [Fact]
    public void A_change_that_cannot_be_committed_is_refused_when_the_leader_has_lost_its_quorum_and_a_second_one_meanwhile()
    {
        LeadAlone(9);
        Assert.Equal("ok", Add(9, Eight).Answer);

        var first = Remove(9, Eight, auto: true); // needs the absent one
        Assert.Null(first.Answer);
        Assert.Equal($"refused: {MemberOrders.ChangeUnderWay}", Remove(9, Eight, force: true).Answer);
        Assert.Equal($"refused: {MemberOrders.ChangeUnderWay}", Add(9, Nine).Answer);
        Assert.Equal($"refused: {MemberOrders.ChangeUnderWay}", Recover(9, [Me], [Self]).Answer);
        Advance(TimeSpan.FromSeconds(3));

        Assert.Equal($"refused: {ErrorTexts.NotRaftLeader}", first.Answer);
        Assert.Equal("refused: no raft leader", Add(9, Nine).Answer);
    }

    [Fact]
    public void By_force_a_member_leaves_at_once_and_without_the_log()
    {
        LeadAlone(9);
        Assert.Equal("ok", Add(9, Eight, repairing: true).Answer);
        Advance(TimeSpan.FromSeconds(3));
        Assert.False(GateOf(9).Raft!.Leads); // the other one is not there
        var applied = GateOf(9).Machine.Applied;

        Assert.Equal("ok", Remove(9, Eight, force: true).Answer);
        Advance(TimeSpan.FromSeconds(3));

        Assert.Equal([Self], MetaOf(9).Hosts);
        Assert.Equal(applied, GateOf(9).Machine.Applied);
        Assert.True(GateOf(9).Raft!.Leads);
        Assert.False(GateOf(9).Flags.Repairing);
        Assert.Equal("ok", SetRepairing(9, true).Answer);
        Assert.Equal("ok", Remove(9, Eight).Answer); // it is gone
    }

    /// <summary>Two of three are gone for good. A master with raftForce sends each removal to one survivor, then tells it to lead, then adds the next replica.</summary>
    [Fact]
    public void Of_three_members_of_which_two_are_gone_the_last_one_leads_when_both_have_left_by_force_and_takes_a_new_one()
    {
        Disk.WithPartitions(1);
        (MetaOf(1) with { Peers = [Me, Eight, Nine], Hosts = [Self, Other, Third] }).Save(Disk.Files, Disk.DirectoryOf(1));
        StartWithoutMaster();
        Assert.Equal("refused: no raft leader", Remove(1, Eight).Answer);

        Assert.Equal("ok", Remove(1, Eight, force: true).Answer);
        Advance(TimeSpan.FromSeconds(5));
        Assert.False(GateOf(1).Raft!.Leads); // the third one would have to vote
        Assert.Equal("refused: no raft leader", Add(1, Eight).Answer);
        Assert.Equal("ok", Remove(1, Nine, force: true).Answer);
        Assert.True(GateOf(1).Raft!.Leads);

        Assert.Equal([Self], MetaOf(1).Hosts);
        Assert.Equal([7ul], MetaOf(1).Peers.Select(peer => peer.Id.Value));
        Assert.Equal("ok", Add(1, Eight, repairing: true).Answer);
        Assert.Equal([Self, Other], MetaOf(1).Hosts);
        Assert.True(GateOf(1).Flags.Repairing);
        Assert.Equal("ok", Remove(1, Nine, force: true).Answer); // the master has not heard the answer
        Assert.Equal([Self, Other], MetaOf(1).Hosts);
    }

    [Fact]
    public void A_leader_that_is_to_leave_lets_the_other_one_lead_first_and_passes_the_order_on_to_it()
    {
        Disk.WithPartitions(1);
        StartWithoutMaster();
        Elect(1);
        using var other = new ScriptedPeer(SimulatedNetwork, Other);
        var before = GateOf(1).Raft!.Status;

        var removed = Remove(1, Me);
        Until(() => !ReferenceEquals(before, GateOf(1).Raft!.Status), "the other one has said that it serves, and no more proposals are taken");
        Assert.Equal(MemberOrders.ChangeUnderWay, Add(1, Nine).Answer?["refused: ".Length..]);
        Advance(Settings.RaftGroups.Tick);
        Until(() => other.Questions.Count == 2, "it is told to lead");
        Assert.Equal([Opcode.GetMaxExtentIdAndPartitionSize, Opcode.DataPartitionTryToLeader], other.Questions.Select(question => question.Opcode));
        Assert.Null(removed.Answer);
        Deliver(1, new RaftMessage { Type = RaftMessageType.Append, From = Eight.Id, Term = 2 });
        Advance(Settings.RaftGroups.Tick);
        Until(() => removed.Answer is not null, "the new leader has answered");

        Assert.Equal("ok", removed.Answer);
        Assert.Equal(Opcode.RemoveDataPartitionRaftMember, other.Questions[^1].Opcode);
        Assert.Equal(2, MetaOf(1).Peers.Count); // what the leader does comes by the log
    }

    [Fact]
    public void A_leader_of_two_that_nobody_takes_over_removes_itself_and_leads_no_more_once_it_is_applied()
    {
        Disk.WithPartitions(1);
        StartWithoutMaster();
        Assert.Equal("refused: no raft leader", Remove(1, Eight).Answer);
        Elect(1);

        var removed = Remove(1, Me);
        // Nobody listens there. The other one goes on acknowledging, so that it is not for want of a quorum.
        for (var waited = TimeSpan.Zero; waited <= TimeSpan.FromSeconds(6); waited += Settings.RaftGroups.Tick)
        {
            Deliver(1, new RaftMessage { Type = RaftMessageType.AppendReply, From = Eight.Id, Index = 1 });
            Advance(Settings.RaftGroups.Tick);
        }

        Assert.Null(removed.Answer);
        Assert.Equal(2ul, GateOf(1).Raft!.Status.Last);
        Deliver(1, new RaftMessage { Type = RaftMessageType.AppendReply, From = Eight.Id, Index = GateOf(1).Raft!.Status.Last, Commit = 1 });

        Assert.Equal("ok", removed.Answer);
        Assert.Equal([Other], MetaOf(1).Hosts);
        Assert.False(GateOf(1).Raft!.Leads);
    }

    [Fact]
    public void A_leader_that_has_committed_nothing_yet_keeps_a_change_until_it_has()
    {
        Disk.WithPartitions(1);
        StartWithoutMaster();
        Elect(1, commits: false);

        var added = Add(1, Nine);
        Assert.Null(added.Answer);
        TickAcknowledging(1, index: 1);
        Assert.Null(added.Answer); // in the log
        Deliver(1, new RaftMessage { Type = RaftMessageType.AppendReply, From = Eight.Id, Index = 2, Commit = 1 });

        Assert.Equal("ok", added.Answer);
    }

    [Fact]
    public void A_follower_passes_the_packet_on_as_it_is_over_a_connection_of_its_own_and_tells_what_comes_back()
    {
        Disk.WithPartitions(1);
        StartWithoutMaster();
        Follow(1);
        using var leader = new ScriptedPeer(SimulatedNetwork, Other);

        var added = Add(1, Nine);
        Until(() => added.Answer is not null, "the leader has answered");
        Assert.Equal("ok", added.Answer);
        var (_, json) = TaskPacket.Of(Opcode.AddDataPartitionRaftMember, new AddRaftMemberRequest { PartitionId = TestDisk.Id(1), AddPeer = Nine }, MasterJson.Default.AddRaftMemberRequest);
        Assert.Equal([(Opcode.AddDataPartitionRaftMember, Hex.Text(json))], leader.Questions);

        leader.Refuses.Add(Opcode.RemoveDataPartitionRaftMember);
        leader.RefusalText = "ActionRemoveDataPartitionRaftMember_raft is not the leader.";
        var removed = Remove(1, Eight);
        Until(() => removed.Answer is not null, "the leader has refused");
        Assert.Equal("refused: result code[252], msg[ActionRemoveDataPartitionRaftMember_raft is not the leader.]", removed.Answer);
        Assert.Equal(2, MetaOf(1).Peers.Count); // what the leader does comes by the log

        leader.Wrongs = true;
        var doubtful = Add(1, Nine);
        Until(() => doubtful.Answer is not null, "an answer to something else is none");
        Assert.Equal($"refused: {Other} answered something else than was asked", doubtful.Answer);
    }

    [Fact]
    public void A_leader_that_cannot_be_reached_or_does_not_answer_is_told_before_the_desk_gives_up()
    {
        Disk.WithPartitions(1);
        StartWithoutMaster();
        Follow(1);

        var added = Add(1, Nine);
        Until(() => added.Answer is not null, "nobody listens");
        Assert.StartsWith($"refused: {Other} did not answer: ", added.Answer);

        using var listener = SimulatedNetwork.Listen(System.Net.IPEndPoint.Parse(Other));
        var hanging = Add(1, Nine);
        var connection = Await(listener.AcceptAsync(CancellationToken.None).AsTask());
        Assert.Equal($"refused: {MemberOrders.ChangeUnderWay}", Add(1, Nine).Answer);
        Assert.Null(hanging.Answer);
        Advance(TimeSpan.FromSeconds(20));
        Until(() => hanging.Answer is not null, "the answer is overdue");
        Assert.StartsWith($"refused: {Other} did not answer: ", hanging.Answer);
        connection.Dispose();
    }

    [Fact]
    public void The_repairing_status_goes_through_the_log_of_the_leader_alone()
    {
        LeadAlone(9);
        Assert.Equal("ok", SetRepairing(9, true).Answer);
        Assert.Equal((true, true, true), (GateOf(9).Flags.Repairing, MetaOf(9).IsRepairing, Board.Partition(TestDisk.Id(9))!.IsRepairing));
        Assert.Equal("ok", SetRepairing(9, false).Answer);
        Assert.Equal((false, false), (GateOf(9).Flags.Repairing, MetaOf(9).IsRepairing));
        Assert.Equal("ok", Add(9, Eight).Answer);
        Advance(TimeSpan.FromSeconds(3));

        Assert.Equal($"refused: {ErrorTexts.NotRaftLeader}", SetRepairing(9, true).Answer);
    }

    [Fact]
    public void A_follower_takes_the_repairing_status_from_the_log()
    {
        Disk.WithPartitions(1);
        StartWithoutMaster();
        Follow(1);

        Append(1, 1, ControlCommand.SetRepairingStatus(new SetRepairingStatusRequest { PartitionId = TestDisk.Id(1), RepairingStatus = true }));

        Assert.True(GateOf(1).Flags.Repairing);
    }

    [Fact]
    public void Pausing_the_repair_says_something_only_to_a_replica_that_is_being_rebuilt()
    {
        Disk.WithPartitions(1, 2);
        (MetaOf(1) with { IsBeingRebuilt = true }).Save(Disk.Files, Disk.DirectoryOf(1));
        StartWithoutMaster();

        Assert.Equal("ok", StopRepair(1, true).Answer);
        Assert.Equal("ok", StopRepair(2, true).Answer);
        Assert.Equal((true, false), (MetaOf(1).StopRecover, MetaOf(2).StopRecover));
        Assert.Equal("ok", StopRepair(1, false).Answer);
        Assert.False(MetaOf(1).StopRecover);
    }

    [Fact]
    public void Other_members_by_order_are_written_down_and_the_replica_begins_anew_with_them()
    {
        LeadAlone(9);
        var (before, owner) = (GateOf(9), GateOf(9).Owner);
        Watch(owner);
        Assert.True(before.TryEnter());

        var recovered = Recover(9, [Me, Nine], [Self, Third]);
        Assert.Null(recovered.Answer);
        Assert.Null(Gates.Find(TestDisk.Id(9))); // somebody is inside: never two stores on one directory
        before.Exit();
        Until(() => recovered.Answer is not null, "the replica is loaded anew");

        Assert.Equal("ok", recovered.Answer);
        Assert.NotSame(owner, GateOf(9).Owner);
        Assert.Equal((PartitionState.Serving, 2), (StateOf(9), MetaOf(9).Peers.Count));
        Assert.Equal([Self, Third], GateOf(9).Hosts);
        Assert.Equal([7ul, 9], GateOf(9).Raft!.Status.Members.Select(member => member.Id.Value));
        Assert.Equal($"refused: {ErrorTexts.ArgMismatch}: 0 peers, 1 hosts", Recover(9, [], [Self]).Answer);
    }

    [Fact]
    public void A_reload_that_the_stop_of_the_node_overtakes_is_refused()
    {
        LeadAlone(9);
        var gate = GateOf(9);
        Assert.True(gate.TryEnter());
        var recovered = Recover(9, [Me, Nine], [Self, Third]);
        Stop();
        Assert.Null(recovered.Answer);

        gate.Exit();
        Until(() => IsStopped, "the node has stopped");

        Assert.Equal("refused: disk /disk0 is being closed", recovered.Answer);
        Assert.Equal((2, 0), (MetaOf(9).Peers.Count, Disk.Files.OpenFiles));
    }

    [Fact]
    public void A_peer_whose_address_is_another_node_by_now_leaves_the_group_without_the_log()
    {
        Disk.WithPartitions(1);
        StartWithoutMaster();
        Advance(TimeSpan.FromSeconds(3));
        Assert.False(GateOf(1).Raft!.Leads);

        Supervisor.Tell(new PartitionActor.KnownNodes(new Dictionary<string, NodeId> { [Self] = new(77), [Other] = new(8), [Third] = new(0) }), Akka.Actor.ActorRefs.NoSender);
        RunUntilIdle();
        Assert.Equal(2, MetaOf(1).Peers.Count); // the peer is who it was, and nobody expels himself

        Supervisor.Tell(new PartitionActor.KnownNodes(new Dictionary<string, NodeId> { [Self] = new(7), [Other] = new(88) }), Akka.Actor.ActorRefs.NoSender);
        RunUntilIdle();
        Advance(TimeSpan.FromSeconds(3));

        Assert.Equal([Self], MetaOf(1).Hosts);
        Assert.Equal(0ul, GateOf(1).Machine.Applied);
        Assert.True(GateOf(1).Raft!.Leads);
        Assert.Contains(Warnings, warning => warning.Contains("member 8 is another node by now", StringComparison.Ordinal));
    }

    [Fact]
    public void Of_a_partition_that_is_not_here_a_member_has_left_and_nothing_else_can_be_done()
    {
        Disk.WithPartitions(1);
        StartWithoutMaster();

        Assert.Equal("ok", Remove(99, Eight).Answer);
        Assert.Equal("refused: data partition not exists 99", Add(99, Eight).Answer);
        Assert.Equal("refused: data partition not exists 99", SetRepairing(99, true).Answer);
    }

    [Fact]
    public void Whoever_waits_when_the_replica_is_deleted_is_told()
    {
        Disk.WithPartitions(1);
        StartWithoutMaster();
        Elect(1);
        Deliver(1, new RaftMessage { Type = RaftMessageType.HeartbeatReply, From = Eight.Id });
        var removed = Remove(1, Eight);
        Assert.Null(removed.Answer);

        Delete(1);
        RunUntilIdle();

        Assert.Equal($"refused: {ErrorTexts.RaftShutDown}", removed.Answer);
    }

    [Fact]
    public void A_replica_that_tells_only_part_of_its_members_tells_none()
    {
        Disk.WithPartitions(1);
        (MetaOf(1) with { Peers = [Me, Eight, new Peer { Id = new NodeId(9) }] }).Save(Disk.Files, Disk.DirectoryOf(1));
        StartWithoutMaster();
        Assert.Empty(Board.Partition(TestDisk.Id(1))!.Peers);

        Supervisor.Tell(new PartitionActor.KnownNodes(new Dictionary<string, NodeId> { [Other] = new(8), [Third] = new(9) }), Akka.Actor.ActorRefs.NoSender);
        RunUntilIdle();

        Assert.Equal([Self, Other, Third], Board.Partition(TestDisk.Id(1))!.Peers.Select(peer => peer.Address));
        Assert.Equal([Self, Other, Third], MetaOf(1).Hosts);
    }

    [Fact]
    public void A_replica_that_meets_a_snapshot_of_what_it_never_had_is_out_of_service_until_it_is_deleted()
    {
        Disk.WithPartitions(1, 2);
        StartWithoutMaster();
        var store = GateOf(1).Store;
        Assert.Equal(StorageError.None, store.CreateExtent(new ExtentId(1025)));
        Assert.Equal(StorageError.None, store.Append(new ExtentId(1025), 0, "hello"u8, Runtime.Crc32.Compute("hello"u8), sync: false, out _));
        Follow(1);

        var answer = new TaskCompletionSource<bool>();
        GateOf(1).Raft!.TryRun(
            group => group.TakeSnapshot(
                new RaftMessage { Type = RaftMessageType.Snapshot, Group = TestDisk.Id(1), From = Eight.Id, To = Me.Id, Term = 1 }, new LogPosition(1, 50), [Me.Id, Eight.Id], answer),
            dropped: () => answer.TrySetResult(false));
        RunUntilIdle();
        Until(() => StateOf(1) == PartitionState.Unavailable && answer.Task.IsCompleted, "the replica is out of service");

        Assert.False(Await(answer.Task));
        Assert.Contains("its extents lack overwrites", Board.Partition(TestDisk.Id(1))!.Reason);
        Assert.True(0 < Board.Partition(TestDisk.Id(1))!.ErrorCount);
        Assert.Contains(Errors, error => error.Contains("a snapshot up to entry 50 skips overwrites behind entry 0", StringComparison.Ordinal));
        Assert.Null(Gates.Find(TestDisk.Id(1)));
        Assert.Equal(PartitionState.Serving, StateOf(2));
        Assert.Contains("is unavailable", Add(1, Nine).Answer);
        Assert.Equal("ok", Delete(1).Answer);
        Assert.Equal([TestDisk.NameOf(2)], Disk.PartitionNames);
    }

    /// <summary>A partition that this node alone holds, and so leads.</summary>
    private void LeadAlone(ulong number)
    {
        _ = Disk;
        StartWithoutMaster();
        Assert.Equal("ok /disk0", Create(CreateRequest(number) with { ReplicaNum = 1, Hosts = [Self], Members = [Me] }).Answer);
        Assert.True(GateOf(number).Raft!.Leads);
    }

    /// <summary>This node leads partition <paramref name="number"/> of itself and node 8.</summary>
    private void Elect(ulong number, bool commits = true)
    {
        Assert.Equal(RaftRole.Follower, GateOf(number).Raft!.Status.Role);
        CampaignResult? result = null;
        Assert.True(GateOf(number).Raft!.TryRun(group => result = group.CampaignByOrder()));
        RunUntilIdle();
        Assert.Equal(CampaignResult.Started, result);
        Deliver(number, new RaftMessage { Type = RaftMessageType.VoteReply, From = Eight.Id });
        Assert.True(GateOf(number).Raft!.Leads);
        if (!commits) return;
        TickAcknowledging(number, index: 1);
        Assert.Equal(1ul, GateOf(number).Raft!.Status.Commit);
    }

    /// <summary>Elected by force, a leader commits nothing for some ticks; so long node 8 has to be heard.</summary>
    private void TickAcknowledging(ulong number, ulong index)
    {
        for (var tick = 0; tick < 7; tick++)
        {
            Deliver(number, new RaftMessage { Type = RaftMessageType.AppendReply, From = Eight.Id, Index = index });
            Advance(Settings.RaftGroups.Tick);
        }
    }

    /// <summary>Node 8 leads.</summary>
    private void Follow(ulong number)
    {
        Deliver(number, new RaftMessage { Type = RaftMessageType.Append, From = Eight.Id, Term = 1 });
        Assert.Equal(Eight.Id, GateOf(number).Raft!.Status.Leader);
    }

    private void Append(ulong number, ulong commit, byte[] command)
    {
        var port = GateOf(number).Raft!;
        Assert.True(new Runtime.BufferPool(1 << 20).TryRent(1024, out var buffer));
        var at = Runtime.BufferLease.HeadroomBytes;
        var message = new RaftMessage { Type = RaftMessageType.Append, Group = port.Partition, From = Eight.Id, To = Me.Id, Term = 1, Commit = commit };
        at += RaftFrame.WriteAppend(buffer.Array.AsSpan(at), message, 1, RaftEntryHeader.SizedBytes + command.Length);
        at += new RaftEntryHeader(RaftEntryType.Normal, 1, 1, command.Length).WriteSized(buffer.Array.AsSpan(at));
        command.CopyTo(buffer.Array, at);
        at += command.Length;
        Assert.Equal(
            DecodeStatus.Complete,
            RaftFrame.TryRead(buffer.Array.AsSpan(Runtime.BufferLease.HeadroomBytes, at - Runtime.BufferLease.HeadroomBytes), 2 << 20, Runtime.BufferLease.HeadroomBytes, out var frame));
        port.DeliverAppend(frame.Message, frame.Entries, buffer);
        buffer.Release();
        RunUntilIdle();
    }

    private void Deliver(ulong number, RaftMessage message)
    {
        var port = GateOf(number).Raft!;
        ulong term = 0;
        port.TryRun(group => term = group.Core.Term);
        RunUntilIdle();
        port.Deliver(message with { Group = port.Partition, To = Me.Id, Term = message.Term == 0 && message.Type != RaftMessageType.HeartbeatReply ? term : message.Term });
        RunUntilIdle();
    }

    private RecordedReply Add(ulong number, Peer peer, bool repairing = false) => Send(
        Opcode.AddDataPartitionRaftMember, new AddRaftMemberRequest { PartitionId = TestDisk.Id(number), AddPeer = peer, RepairingStatus = repairing }, MasterJson.Default.AddRaftMemberRequest);

    private RecordedReply Remove(ulong number, Peer peer, bool force = false, bool auto = false) => Send(
        Opcode.RemoveDataPartitionRaftMember, new RemoveRaftMemberRequest { PartitionId = TestDisk.Id(number), RemovePeer = peer, Force = force, AutoRemove = auto },
        MasterJson.Default.RemoveRaftMemberRequest);

    private RecordedReply SetRepairing(ulong number, bool repairing) => Send(
        Opcode.SetRepairingStatus, new SetRepairingStatusRequest { PartitionId = TestDisk.Id(number), RepairingStatus = repairing }, MasterJson.Default.SetRepairingStatusRequest);

    private RecordedReply StopRepair(ulong number, bool stop) => Send(
        Opcode.StopDataPartitionRepair, new StopPartitionRepairRequest { PartitionId = TestDisk.Id(number), Stop = stop }, MasterJson.Default.StopPartitionRepairRequest);

    private RecordedReply Recover(ulong number, Peer[] peers, string[] hosts) => Send(
        Opcode.RecoverDataReplicaMeta, new RecoverReplicaMetaRequest { PartitionId = TestDisk.Id(number), Peers = peers, Hosts = hosts }, MasterJson.Default.RecoverReplicaMetaRequest);
}
