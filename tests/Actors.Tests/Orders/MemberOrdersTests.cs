using System.Text;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Raft;
using CubeActors.Storage;

namespace CubeActors.Actors.Tests;

/// <summary>Every row of the tables of 0x67 and 0x68, in their order. Source: control-plane 3.10 and 3.11.</summary>
public sealed class MemberOrdersTests
{
    private static readonly PartitionMeta Meta = new()
    {
        Volume = "vol",
        Partition = new PartitionId(21),
        PartitionBytes = 1 << 30,
        Peers = [PeerOf(1), PeerOf(2), PeerOf(3)],
        Hosts = [AddressOf(1), AddressOf(2), AddressOf(3)],
    };

    [Fact]
    public void A_member_that_is_there_is_added_again_without_anybody_who_leads() =>
        Assert.Equal(MemberStep.Succeed, Add(PeerOf(3), group: null).Step);

    [Fact]
    public void A_member_that_is_there_under_two_ids_is_told()
    {
        var twice = Meta with { Peers = [.. Meta.Peers, PeerOf(3) with { Id = new NodeId(33) }] };

        var decision = MemberOrders.Decide(twice, Leading(), new AddRaftMemberRequest { AddPeer = PeerOf(3) });

        Assert.Equal((MemberStep.Refuse, "local nodeID for 127.0.0.3:17310 is 33(expected:3)"), (decision.Step, decision.Text));
    }

    [Fact]
    public void Whoever_does_not_lead_passes_both_orders_on_to_the_leader()
    {
        foreach (var decision in new[] { Add(PeerOf(4), Following(leader: 2)), Remove(PeerOf(3), Following(leader: 2)) })
            Assert.Equal((MemberStep.Forward, "127.0.0.2:17310"), (decision.Step, decision.Text));
    }

    [Fact]
    public void Without_a_leader_or_without_its_address_nobody_can_decide()
    {
        foreach (var group in new[] { null, Following(leader: 0), Following(leader: 77) })
        {
            foreach (var decision in new[] { Add(PeerOf(4), group), Remove(PeerOf(3), group), Remove(PeerOf(3), group, auto: true) })
                Assert.Equal((MemberStep.Refuse, "no raft leader"), (decision.Step, decision.Text));
        }
    }

    [Fact]
    public void A_leader_proposes_the_new_member_with_the_request_as_context()
    {
        var decision = MemberOrders.Decide(Meta, Leading(), new AddRaftMemberRequest { PartitionId = Meta.Partition, AddPeer = PeerOf(4), RepairingStatus = true });

        Assert.Equal((MemberStep.Propose, new MembershipChange(MembershipAction.Add, new NodeId(4))), (decision.Step, decision.Change));
        Assert.Equal(
            """{"PartitionId":21,"AddPeer":{"id":4,"addr":"127.0.0.4:17310","raftHeartbeat":"17330","raftReplica":"17340"},"RepairingStatus":true}""", Encoding.UTF8.GetString(decision.Context!));
    }

    [Fact]
    public void A_member_without_an_id_is_nobody_and_changes_nothing()
    {
        Assert.Equal(MemberStep.Succeed, Add(PeerOf(0), Leading()).Step);
        Assert.Equal(MemberStep.Succeed, Remove(PeerOf(0), Leading(), auto: true).Step);
    }

    [Fact]
    public void Removing_who_is_no_member_is_done_unless_it_is_wanted_anyway()
    {
        Assert.Equal(MemberStep.Succeed, Remove(PeerOf(9), group: null).Step);
        Assert.Equal(MemberStep.Propose, Remove(PeerOf(9), Leading(), auto: true).Step);
        Assert.Equal(MemberStep.RemoveByForce, Remove(PeerOf(9), group: null, force: true).Step);
    }

    [Fact]
    public void A_host_that_is_no_peer_is_told()
    {
        var hostOnly = Meta with { Hosts = [.. Meta.Hosts, AddressOf(4)] };

        var decision = MemberOrders.Decide(hostOnly, Leading(), new RemoveRaftMemberRequest { RemovePeer = PeerOf(4) });

        Assert.Equal((MemberStep.Refuse, "cannot found peer(127.0.0.4:17310) in dp(21) peers"), (decision.Step, decision.Text));
    }

    [Fact]
    public void The_id_that_the_group_counts_for_the_address_is_the_one_that_goes()
    {
        var decision = Remove(PeerOf(3) with { Id = new NodeId(33) }, Leading(), auto: true);

        Assert.Equal((MemberStep.Propose, new MembershipChange(MembershipAction.Remove, new NodeId(3))), (decision.Step, decision.Change));
        Assert.Equal(
            """{"PartitionId":21,"RemovePeer":{"id":3,"addr":"127.0.0.3:17310","raftHeartbeat":"17330","raftReplica":"17340"},"RepairingStatus":false,"Force":false,"AutoRemove":false}""",
            Encoding.UTF8.GetString(decision.Context!));
        Assert.Equal(3ul, Remove(PeerOf(3) with { Id = new NodeId(33) }, group: null, force: true).Change.Member.Value);
    }

    /// <summary>The leaving one counts as a member and never as one that is away.</summary>
    [Theory]
    [InlineData(1, 0, false)]
    [InlineData(2, 0, true)]
    [InlineData(2, 1, false)]
    [InlineData(3, 0, true)]
    [InlineData(3, 1, false)]
    [InlineData(4, 1, true)]
    [InlineData(4, 2, false)]
    [InlineData(5, 1, true)]
    [InlineData(5, 2, false)]
    public void So_many_members_must_be_there_for_one_to_leave(int members, int down, bool isAllowed)
    {
        var meta = Meta with { Peers = [.. Enumerable.Range(1, members).Select(id => PeerOf((ulong)id))], Hosts = [.. Enumerable.Range(1, members).Select(id => AddressOf((ulong)id))] };
        // This replica is the last one, and leads; the first one leaves and is away itself.
        var group = Leading((ulong)members) with { Members = [.. Enumerable.Range(1, members).Select(id => new RaftMemberStatus(new NodeId((ulong)id), 0, IsActive: id > 1 + down))] };
        var leaving = new RemoveRaftMemberRequest { PartitionId = meta.Partition, RemovePeer = PeerOf(1) };

        var decision = MemberOrders.Decide(meta, group, leaving);

        Assert.Equal(isAllowed ? MemberStep.Propose : MemberStep.Refuse, decision.Step);
        if (!isAllowed) Assert.Contains("hasDownReplicasExcludePeer", decision.Text);
        Assert.Equal(MemberStep.Propose, MemberOrders.Decide(meta, group, leaving with { AutoRemove = true }).Step);
        Assert.Equal(MemberStep.RemoveByForce, MemberOrders.Decide(meta, group, leaving with { Force = true }).Step);
    }

    [Fact]
    public void A_leader_that_is_to_leave_hands_over_first_and_removes_itself_only_where_nobody_takes_it()
    {
        var leaving = new RemoveRaftMemberRequest { PartitionId = Meta.Partition, RemovePeer = PeerOf(1) };

        Assert.Equal(MemberStep.HandOver, MemberOrders.Decide(Meta, Leading(), leaving).Step);
        Assert.Equal(MemberStep.HandOver, MemberOrders.Decide(Meta, Leading(), leaving with { AutoRemove = true }).Step);
        Assert.Equal(MemberStep.Propose, MemberOrders.Decide(Meta, Leading(), leaving, mayHandOver: false).Step);
        Assert.Equal(MemberStep.Forward, MemberOrders.Decide(Meta, Following(leader: 2), leaving, mayHandOver: false).Step);
        Assert.Equal(MemberStep.RemoveByForce, MemberOrders.Decide(Meta, Leading(), leaving with { Force = true }).Step);
        Assert.Equal(MemberStep.Propose, MemberOrders.Decide(Meta, Leading(2), leaving).Step); // somebody else leaves
        var alone = Leading() with { Members = [new RaftMemberStatus(new NodeId(1), 0, IsActive: true)] };
        Assert.Equal(MemberStep.Propose, MemberOrders.Decide(Meta, alone, leaving with { AutoRemove = true }).Step); // to nobody
    }

    [Fact]
    public void Members_can_be_replaced_only_by_such_as_a_group_can_be_made_of()
    {
        var good = new RecoverReplicaMetaRequest { Peers = [PeerOf(1), PeerOf(2)], Hosts = [AddressOf(1), AddressOf(2)] };
        Assert.Null(PartitionActor.WhyNot(good));
        foreach (var bad in new[]
        {
            good with { Peers = [] }, good with { Hosts = [] }, good with { Peers = [PeerOf(0)] }, good with { Peers = [PeerOf(1) with { Address = "here" }] },
            good with { Hosts = ["127.0.0.1"] }, good with { Peers = [PeerOf(1), PeerOf(1)] }, good with { Hosts = [AddressOf(1), AddressOf(1)] },
            good with { Peers = [.. Enumerable.Range(1, 9).Select(id => PeerOf((ulong)id))] },
        }) Assert.NotNull(PartitionActor.WhyNot(bad));
    }

    private static MemberDecision Add(Peer peer, RaftGroupStatus? group) => MemberOrders.Decide(Meta, group, new AddRaftMemberRequest { PartitionId = Meta.Partition, AddPeer = peer });

    private static MemberDecision Remove(Peer peer, RaftGroupStatus? group, bool force = false, bool auto = false) =>
        MemberOrders.Decide(Meta, group, new RemoveRaftMemberRequest { PartitionId = Meta.Partition, RemovePeer = peer, Force = force, AutoRemove = auto });

    private static RaftGroupStatus Leading(ulong self = 1) => new(
        RaftRole.Leader, new NodeId(self), 1, 0, 0, 0, default, [.. new ulong[] { 1, 2, 3 }.Select(id => new RaftMemberStatus(new NodeId(id), 0, IsActive: true))]);

    private static RaftGroupStatus Following(ulong leader) => new(RaftRole.Follower, new NodeId(leader), 1, 0, 0, 0, default, []);

    private static Peer PeerOf(ulong id) => new() { Id = new NodeId(id), Address = AddressOf(id), HeartbeatPort = "17330", ReplicaPort = "17340" };

    private static string AddressOf(ulong id) => $"127.0.0.{id}:17310";
}
