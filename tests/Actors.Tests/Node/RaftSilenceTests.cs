using CubeActors.Protocol;
using CubeActors.Raft;

namespace CubeActors.Actors.Tests;

public sealed class RaftSilenceTests
{
    private static readonly PartitionId Group = new(7);
    private static readonly NodeId Self = new(1), Peer = new(2);
    private readonly RaftSilence _silence = new(new RaftAlarmSettings(Seconds(60), Seconds(100), Seconds(30), Seconds(50)));

    [Fact]
    public void A_group_without_leader_is_told_when_it_is_time_and_then_at_intervals()
    {
        var told = new List<int>();
        for (var second = 0; second <= 140; second += 10)
            if (!Look(second, RaftRole.Follower, leader: default).IsEmpty) told.Add(second);
        Assert.Equal([30, 80, 130], told);
    }

    [Fact]
    public void A_leader_ends_the_silence()
    {
        Look(0, RaftRole.Follower, leader: default);
        Look(20, RaftRole.Follower, leader: Peer);
        Assert.True(Look(40, RaftRole.Follower, leader: default).IsEmpty);
        Assert.Equal((Group, Seconds(30)), Assert.Single(Look(70, RaftRole.Follower, leader: default).Leaderless));
    }

    [Fact]
    public void A_member_that_answers_nothing_is_told_by_its_leader()
    {
        Look(0, RaftRole.Leader, Self, peerIsActive: false);
        Assert.True(Look(59, RaftRole.Leader, Self, peerIsActive: false).IsEmpty);
        Assert.Equal((Group, Peer, Seconds(60)), Assert.Single(Look(60, RaftRole.Leader, Self, peerIsActive: false).Silent));
        Assert.True(Look(159, RaftRole.Leader, Self, peerIsActive: false).IsEmpty);
        Assert.Single(Look(160, RaftRole.Leader, Self, peerIsActive: false).Silent);
        Look(170, RaftRole.Leader, Self, peerIsActive: true);
        Assert.True(Look(231, RaftRole.Leader, Self, peerIsActive: false).IsEmpty);
    }

    [Fact]
    public void A_follower_says_nothing_of_members_it_does_not_hear()
    {
        Look(0, RaftRole.Follower, Peer, peerIsActive: false);
        Assert.True(Look(1000, RaftRole.Follower, Peer, peerIsActive: false).IsEmpty);
    }

    [Fact]
    public void A_group_that_is_gone_is_forgotten()
    {
        Look(0, RaftRole.Follower, leader: default);
        Assert.True(_silence.Look([], Seconds(10)).IsEmpty);
        Assert.True(Look(35, RaftRole.Follower, leader: default).IsEmpty);
    }

    private RaftSilences Look(int second, RaftRole role, NodeId leader, bool peerIsActive = true) => _silence.Look(
        [(Group, new RaftGroupStatus(role, leader, 1, 0, 0, 0, default, [new RaftMemberStatus(Self, 0, true), new RaftMemberStatus(Peer, 0, peerIsActive)]))], Seconds(second));

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);
}
