using CubeActors.Protocol;
using CubeActors.Raft;

namespace CubeActors.Actors.Tests;

/// <summary>A leader that cannot serve any more leads no more: by omission, with a member asked to follow it.</summary>
public sealed class GivingUpTests : GroupScenario
{
    [Fact]
    public void A_leader_whose_log_write_does_not_end_steps_down_at_its_term_and_asks_a_member_that_holds_all()
    {
        Lead();
        LogDisk.Hold();
        Propose();
        RunUntilIdle();
        Ack(Two, 2);
        Tick(4, echo: true); // 1.2 s, seen once
        Assert.Equal(RaftRole.Leader, Status.Role);

        Tick(1, echo: true); // seen twice

        Assert.Equal((RaftRole.Follower, 1ul), (Status.Role, Status.Term));
        Assert.Equal(["127.0.0.2:17310"], AskedToLead);
        Assert.Equal(("log_stalled", 1L), Node.GivenUp[0]);
        Assert.DoesNotContain(Transport.Messages, message => message.Term > 1);
    }

    [Fact]
    public void A_leader_whose_state_machine_stands_with_work_waiting_does_the_same()
    {
        Lead();
        Disk.Hold();
        Propose();
        RunUntilIdle();
        Ack(Two, 2);

        Tick(14, echo: true);

        Assert.Equal(RaftRole.Follower, Status.Role);
        Assert.Equal(["127.0.0.2:17310"], AskedToLead);
        Assert.Equal(("apply_stalled", 1L), Node.GivenUp[1]);
    }

    [Fact]
    public void Nobody_is_asked_where_no_member_holds_the_whole_log()
    {
        Lead();
        LogDisk.Hold();
        Propose();
        RunUntilIdle();

        Tick(5, echo: true);

        Assert.Equal(RaftRole.Follower, Status.Role);
        Assert.Empty(AskedToLead);
    }

    [Fact]
    public void Until_it_moves_again_it_leaves_elections_to_others_and_then_stands_as_before()
    {
        Lead();
        LogDisk.Hold();
        Propose();
        Tick(5, echo: true);
        Transport.Forget();

        Tick(20);
        Assert.Empty(Transport.Of(RaftMessageType.PreVote));

        LogDisk.Resume();
        RunUntilIdle();
        Tick(14);
        Assert.NotEmpty(Transport.Of(RaftMessageType.PreVote));
    }

    [Fact]
    public void Alone_it_goes_on_because_nobody_else_could_serve()
    {
        StartGroup(Self);
        LogDisk.Hold();
        Propose();

        Tick(10);

        Assert.Equal(RaftRole.Leader, Status.Role);
        LogDisk.Resume();
        RunUntilIdle();
        Assert.Equal(Status.Last, Status.Applied);
    }

    [Fact]
    public void What_looks_overdue_only_once_as_after_a_pause_of_the_process_changes_nothing()
    {
        Lead();
        LogDisk.Hold();
        Propose();
        RunUntilIdle();
        Ack(Two, 2);
        Tick(4, echo: true); // 1.2 s
        Transport.Forget();
        LogDisk.Resume();
        RunUntilIdle();

        Tick(5, echo: true);

        Assert.NotEmpty(Transport.Heartbeats);
        Assert.Equal(0, Node.GivenUp.Sum(reason => reason.Count));
    }
}
