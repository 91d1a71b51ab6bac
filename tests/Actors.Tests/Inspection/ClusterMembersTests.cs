using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Raft;

namespace CubeActors.Actors.Tests;

/// <summary>What is concluded from silence, and whom leadership is given to.</summary>
public sealed class ClusterMembersTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);
    private static readonly NodeId Self = new(1);
    private static readonly Peer[] Peers = [new() { Id = Self, Address = "a:1" }, new() { Id = new NodeId(2), Address = "b:1" }, new() { Id = new NodeId(3), Address = "c:1" }];

    [Theory]
    [InlineData(true, 0.4, null, Reachability.Reachable)]
    [InlineData(false, 2.0, null, Reachability.Reachable)] // it was heard, though it need not be
    [InlineData(true, 2.1, null, Reachability.Unreachable)]
    [InlineData(false, 60.0, null, Reachability.Unknown)] // nothing is to be heard of it
    [InlineData(true, null, null, Reachability.Unknown)] // in the first moments of a run
    [InlineData(true, null, 3.0, Reachability.Unreachable)]
    [InlineData(false, null, 3.0, Reachability.Unreachable)]
    [InlineData(false, 0.4, 3.0, Reachability.Reachable)] // it reaches us
    public void Silence_counts_only_where_something_is_to_be_heard(bool isToBeHeard, double? silent, double? failing, Reachability expected) =>
        Assert.Equal(expected, ClusterMembers.Judge(isToBeHeard, Time(silent), Time(failing), Tick));

    [Fact]
    public void Leadership_goes_to_the_member_that_holds_most_of_the_log_or_to_the_one_that_is_named()
    {
        var status = Leader([new RaftMemberStatus(Self, 12, true), new RaftMemberStatus(new NodeId(2), 10, true), new RaftMemberStatus(new NodeId(3), 12, true)]);
        Assert.Equal("c:1", TransferOrders.Choose(status, Self, Peers, null, out _));
        Assert.Equal("b:1", TransferOrders.Choose(status, Self, Peers, "b:1", out _));
    }

    [Theory]
    [InlineData("a:1", "a:1 is not heard, or is this node")]
    [InlineData("b:1", "b:1 is not heard, or is this node")]
    [InlineData("d:1", "d:1 is no member; members are a:1, b:1, c:1")]
    public void It_goes_to_nobody_who_cannot_take_it(string to, string problem)
    {
        var status = Leader([new RaftMemberStatus(Self, 12, true), new RaftMemberStatus(new NodeId(2), 10, false), new RaftMemberStatus(new NodeId(3), 12, true)]);
        Assert.Null(TransferOrders.Choose(status, Self, Peers, to, out var why));
        Assert.Equal(problem, why);
    }

    [Fact]
    public void Only_a_leader_gives_it_away_and_another_one_says_who_leads()
    {
        Assert.Null(TransferOrders.Choose(Leader([]) with { Role = RaftRole.Follower, Leader = new NodeId(3) }, Self, Peers, null, out var why));
        Assert.Equal("this node does not lead the group; ask c:1", why);
        Assert.Null(TransferOrders.Choose(Leader([]) with { Role = RaftRole.Candidate, Leader = default }, Self, Peers, null, out why));
        Assert.Equal("this node does not lead the group, and knows of no leader", why);
        Assert.Null(TransferOrders.Choose(Leader([new RaftMemberStatus(Self, 1, true)]), Self, Peers, null, out why));
        Assert.Equal("no other member is heard", why);
    }

    [Fact]
    public void A_ring_keeps_the_last_items_in_their_order()
    {
        var ring = new RecentRing<int>(3);
        Assert.Empty(ring.Read());
        for (var i = 1; i <= 5; i++) ring.Add(i);
        Assert.Equal([3, 4, 5], ring.Read());
        Assert.Equal(5, ring.Added);
    }

    private static TimeSpan? Time(double? seconds) => seconds is { } some ? TimeSpan.FromSeconds(some) : null;

    private static RaftGroupStatus Leader(IReadOnlyList<RaftMemberStatus> members) => new(RaftRole.Leader, Self, 3, 10, 10, 12, default, members);
}
