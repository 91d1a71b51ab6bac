using CubeActors.Protocol;
using CubeActors.Raft;

namespace CubeActors.Actors.Tests;

/// <summary>Handing one group over, step by step.</summary>
public sealed class GroupHandOverTests
{
    private static readonly NodeId Self = new(1), Two = new(2), Three = new(3);
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(3);
    private readonly GroupHandOver _group = new(Again);
    private DateTimeOffset _now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static RaftGroupStatus Status(ulong last, params (NodeId Id, ulong Match, bool IsActive)[] members) => new(
        RaftRole.Leader, Self, 4, last, last, last, default,
        [new RaftMemberStatus(Self, last, true), .. members.Select(member => new RaftMemberStatus(member.Id, member.Match, member.IsActive) { State = ProgressState.Replicate })]);

    private HandOverAct Look(RaftGroupStatus status, bool leads = true)
    {
        _now += TimeSpan.FromMilliseconds(300);
        return _group.Look(status, Self, leads, _now);
    }

    [Fact]
    public void A_member_that_serves_gets_the_rest_of_the_log_and_then_the_order()
    {
        var status = Status(9, (Two, 8, true), (Three, 7, true));
        Assert.Equal((HandOverAct.AskIfServes, Two), (Look(status), _group.Member)); // it holds most
        Assert.Equal(HandOverAct.Wait, Look(status)); // for the answer
        _group.HeardServes(true, _now);
        Assert.Equal(HandOverAct.Hold, Look(status));
        Assert.Equal(HandOverAct.Wait, Look(status));

        Assert.Equal(HandOverAct.AskToLead, Look(Status(9, (Two, 9, true), (Three, 9, true))));
        Assert.Equal(HandOverAct.Wait, _group.HeardOrder(null, _now));
        Assert.Equal(HandOverAct.Wait, Look(status, leads: false));

        Assert.Equal((true, Two, "", DrainStep.HandedOver), (_group.IsHandedOver, _group.Member, _group.Why, _group.Step));
    }

    [Fact]
    public void What_is_under_way_is_answered_before_the_order()
    {
        AskFirst(serves: true);
        Assert.Equal(HandOverAct.Hold, Look(Status(9, (Two, 9, true))));
        Assert.Equal(HandOverAct.Wait, Look(Status(9, (Two, 9, true)) with { Applied = 8 }));
        Assert.Equal(HandOverAct.AskToLead, Look(Status(9, (Two, 9, true))));
    }

    [Fact]
    public void One_that_does_not_serve_is_passed_over_and_asked_again_after_three_seconds()
    {
        var status = Status(9, (Two, 9, true), (Three, 9, true));
        Assert.Equal((HandOverAct.AskIfServes, Two), (Look(status), _group.Member));
        _group.HeardServes(false, _now);
        Assert.Equal((HandOverAct.AskIfServes, Three), (Look(status), _group.Member));
        _group.HeardServes(false, _now);
        Assert.Equal((HandOverAct.Wait, false), (Look(status), _group.IsHopeless)); // they may come to serve
        Assert.Equal("member 3 takes no requests", _group.Why);

        _now += Again;
        Assert.Equal((HandOverAct.AskIfServes, Two), (Look(status), _group.Member));
    }

    [Fact]
    public void Where_nobody_is_heard_nothing_is_waited_for_and_the_leader_stays()
    {
        Assert.Equal(HandOverAct.Wait, Look(Status(9, (Two, 9, false), (Three, 3, false))));
        Assert.Equal((true, "no other member is heard", DrainStep.Led), (_group.IsHopeless, _group.Why, _group.Step));

        Assert.Equal(HandOverAct.AskIfServes, Look(Status(9, (Two, 9, true))));
        Assert.False(_group.IsHopeless);
    }

    [Fact]
    public void Where_all_refuse_to_lead_nothing_is_waited_for_and_proposals_are_taken_again()
    {
        AskFirst(serves: true);
        Look(Status(9, (Two, 9, true)));
        Assert.Equal(HandOverAct.AskToLead, Look(Status(9, (Two, 9, true))));

        Assert.Equal(HandOverAct.Release, _group.HeardOrder("it is being drained", _now));

        Assert.Equal((HandOverAct.Wait, true), (Look(Status(9, (Two, 9, true))), _group.IsHopeless));
        Assert.Equal("member 2 refused to lead: it is being drained", _group.Why);
    }

    [Fact]
    public void Proposals_wait_a_few_ticks_for_a_member_and_no_longer()
    {
        AskFirst(serves: true);
        var behind = Status(9, (Two, 8, true));
        Assert.Equal(HandOverAct.Hold, Look(behind));
        for (var tick = 0; tick < 4; tick++) Assert.Equal(HandOverAct.Wait, Look(behind));
        Assert.Equal(HandOverAct.Release, Look(behind));
    }

    [Fact]
    public void One_that_was_ordered_and_is_not_elected_is_given_its_time_and_then_proposals_are_taken_again()
    {
        AskFirst(serves: true);
        var status = Status(9, (Two, 9, true));
        Look(status);
        Assert.Equal(HandOverAct.AskToLead, Look(status));
        _group.HeardOrder(null, _now);
        for (var tick = 0; tick < 9; tick++) Assert.Equal(HandOverAct.Wait, Look(status)); // not again within 3 s
        Assert.Equal(HandOverAct.Release, Look(status));
    }

    [Fact]
    public void A_group_that_comes_back_is_handed_over_anew()
    {
        Look(Status(9, (Two, 9, true)), leads: false);
        Assert.True(_group.IsHandedOver);

        Assert.Equal(HandOverAct.AskIfServes, Look(Status(9, (Two, 9, true))));
        Assert.False(_group.IsHandedOver);
    }

    [Fact]
    public void An_answer_that_nobody_waits_for_any_more_changes_nothing()
    {
        _group.HeardServes(true, _now);
        Assert.Equal(HandOverAct.Wait, _group.HeardOrder("late", _now));
        Assert.Equal(DrainStep.Led, _group.Step);
    }

    private void AskFirst(bool serves)
    {
        Assert.Equal(HandOverAct.AskIfServes, Look(Status(9, (Two, 8, true))));
        _group.HeardServes(serves, _now);
    }
}
