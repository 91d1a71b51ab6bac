using CubeActors.Protocol;
using CubeActors.Raft;

namespace CubeActors.Actors.Tests;

/// <summary>
/// An echo keeps a leader in office and a heartbeat keeps followers quiet: neither is sent for a group that could not do its part.
/// Source: raft.md 5.6.
/// </summary>
public sealed class HeartbeatRuleTests : GroupScenario
{
    [Fact]
    public void A_group_whose_log_write_is_out_for_more_than_a_second_is_not_echoed_until_it_is_done()
    {
        StartGroup();
        Assert.Equal([21ul], Echo());
        LogDisk.Hold();
        DeliverAppend(Two, term: 1, before: default, commit: 0, Command(7));

        Tick(3); // 0.9 s
        Assert.Equal([21ul], Echo());
        Tick();
        Assert.Equal([], Echo());
        Tick(10);
        Assert.Equal([], Echo());

        LogDisk.Resume();
        RunUntilIdle();
        Assert.Equal([21ul], Echo());
    }

    [Fact]
    public void An_echo_is_sent_also_for_no_group_at_all_and_its_term_is_zero()
    {
        StartGroup();

        Heartbeat(Two, 22, 23); // groups that are not here

        var echo = Assert.Single(Transport.Heartbeats);
        Assert.Equal((RaftMessageType.HeartbeatReply, Self, Two, 0ul, 0ul), (echo.Message.Type, echo.Message.From, echo.Message.To, echo.Message.Term, echo.Message.Group.Value));
        Assert.Empty(echo.Groups);
    }

    [Fact]
    public void A_group_that_has_ended_is_not_echoed()
    {
        StartGroup();
        StopGroup();

        Assert.Equal([], Echo());
    }

    [Fact]
    public void A_leader_is_listed_to_all_others_every_tick()
    {
        Lead();
        Tick(2, echo: true);

        Assert.Equal([Two, Three, Two, Three], Transport.Heartbeats.Select(heartbeat => heartbeat.Message.To));
        Assert.All(Transport.Heartbeats, heartbeat => Assert.Equal([21ul], heartbeat.Groups));
    }

    [Fact]
    public void A_leader_whose_state_machine_stands_for_three_seconds_is_not_listed_and_then_leads_no_more()
    {
        Lead();
        Disk.Hold();
        Propose();
        RunUntilIdle();
        Ack(Two, 2);
        Tick(9, echo: true);
        Transport.Forget();
        Tick(echo: true);
        Assert.NotEmpty(Transport.Heartbeats); // 3.0 s

        Tick(2, echo: true);
        Transport.Forget();
        Tick(2, echo: true);
        Assert.Empty(Transport.Heartbeats); // so that the others elect one that can

        Assert.Equal((RaftRole.Follower, 1ul), (Status.Role, Status.Term)); // by omission: the term is the same
    }

    [Fact]
    public void A_leader_that_has_just_begun_to_apply_is_listed_however_long_it_had_nothing_to_apply()
    {
        StartGroup();
        DeliverAppend(Two, term: 1, before: default, commit: 0, Command(7));
        Tick(20); // six seconds, and it follows nobody any more
        Disk.Hold();
        Elect();
        Ack(Two, 2);
        Assert.Equal((2ul, 0ul), (Status.Commit, Status.Applied));
        Transport.Forget();

        Tick(2, echo: true);

        Assert.Equal(RaftRole.Leader, Status.Role);
        Assert.NotEmpty(Transport.Heartbeats);
    }

    [Fact]
    public void A_leader_whose_log_stands_is_not_listed()
    {
        Lead();
        LogDisk.Hold();
        Propose();
        Tick(5, echo: true);
        Transport.Forget();

        Tick(echo: true);

        Assert.Empty(Transport.Heartbeats);
    }

    [Fact]
    public void A_follower_is_never_listed()
    {
        StartGroup();
        DeliverAppend(Two, term: 1, before: default, commit: 0, Command(7));
        Tick(2);

        Assert.Empty(Transport.Heartbeats);
    }

    private ulong[] Echo()
    {
        Transport.Forget();
        Heartbeat(Two, 21);
        return Assert.Single(Transport.Heartbeats).Groups;
    }

    private void Heartbeat(NodeId from, params ulong[] groups)
    {
        var ids = groups.Select(id => new PartitionId(id)).ToArray();
        var bytes = new byte[RaftFrame.HeartbeatBytes(ids)];
        RaftFrame.WriteHeartbeat(bytes, new RaftMessage { Type = RaftMessageType.Heartbeat, From = from, To = Self }, ids);
        Assert.Equal(DecodeStatus.Complete, RaftFrame.TryRead(bytes, 1 << 20, 0, out var frame));
        Node.DeliverHeartbeat(frame.Message, frame.Groups);
        RunUntilIdle();
    }
}
