using CubeActors.Protocol;
using CubeActors.Raft;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>A leader's commands: batched into the log, decided by a quorum, answered when they are applied here.</summary>
public sealed class GroupLeaderTests : GroupScenario
{
    [Fact]
    public void Commands_that_come_together_are_one_append_and_one_write()
    {
        Lead();

        var proposals = Enumerable.Range(0, 10).Select(_ => Propose()).ToList();
        RunUntilIdle();

        Assert.Single(LogWrites);
        var append = Assert.Single(Transport.AppendsTo(Two));
        Assert.Equal(Enumerable.Range(2, 10).Select(index => (ulong)index), append.Headers.Select(header => header.Index));
        Assert.All(proposals, proposal => Assert.Empty(proposal.Outcomes));

        Ack(Two, 11);
        Assert.All(proposals, proposal => Assert.Equal([ProposalOutcome.Applied], proposal.Outcomes));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], Replica.Read(Extent, 1, 10));
        Assert.Equal((11ul, 11ul), (Replica.Machine.Applied, Status.Applied));
    }

    [Fact]
    public void More_than_64_commands_go_in_several_batches()
    {
        Lead();

        for (var i = 0; i < 150; i++) Propose();
        RunUntilIdle();

        Assert.Equal(151ul, Status.Last);
        Assert.Equal(150, Transport.AppendsTo(Two).Sum(append => append.Headers.Count));
        Ack(Two, 151);
        Assert.Equal(151ul, Status.Applied);
    }

    [Fact]
    public void A_command_is_answered_when_it_is_applied_here_and_not_before()
    {
        Lead();
        Disk.Hold();
        var proposal = Propose();
        RunUntilIdle();

        Ack(Two, 2);
        Assert.Equal((2ul, 1ul), (Status.Commit, Status.Applied));
        Assert.Empty(proposal.Outcomes);

        Disk.Resume();
        RunUntilIdle();
        Assert.Equal([ProposalOutcome.Applied], proposal.Outcomes);
        Assert.Equal(1, Byte(1));
    }

    [Fact]
    public void A_quorum_of_others_commits_and_yet_nothing_is_applied_that_is_not_in_the_own_log()
    {
        Lead();
        LogDisk.Hold();
        var proposal = Propose();
        RunUntilIdle();
        Assert.Single(Transport.AppendsTo(Two)); // the followers write while this replica writes

        Ack(Two, 2);
        Assert.Equal(1ul, Status.Commit); // its own copy does not count yet
        Ack(Three, 2);
        Assert.Equal((2ul, 1ul), (Status.Commit, Status.Applied));
        Assert.Empty(proposal.Outcomes);

        LogDisk.Resume();
        RunUntilIdle();
        Assert.Equal([ProposalOutcome.Applied], proposal.Outcomes);
    }

    [Fact]
    public void When_leadership_is_lost_all_pending_commands_fail_and_new_ones_are_refused()
    {
        Lead();
        var pending = Enumerable.Range(0, 3).Select(_ => Propose()).ToList();
        RunUntilIdle();

        DeliverAppend(Two, term: 2, before: new LogPosition(1, 1), commit: 0, Command(99));

        Assert.All(pending, proposal => Assert.Equal([ProposalOutcome.NotLeader], proposal.Outcomes));
        Assert.Equal((RaftRole.Follower, Two, 2ul), (Status.Role, Status.Leader, Status.Term));
        Assert.Equal(ProposeFailure.NotLeader, TryPropose().Item2);
        Assert.Equal(2ul, Status.Last); // what the new leader has stands where they stood
    }

    [Fact]
    public void Commands_that_are_committed_already_are_applied_although_leadership_is_lost()
    {
        Lead();
        Disk.Hold();
        var proposal = Propose();
        RunUntilIdle();
        Ack(Two, 2);

        Deliver(new RaftMessage { Type = RaftMessageType.AppendReply, From = Three, Term = 9 });
        Assert.Equal(RaftRole.Follower, Status.Role);
        Disk.Resume();
        RunUntilIdle();

        Assert.Equal([ProposalOutcome.Applied], proposal.Outcomes);
    }

    [Fact]
    public void A_leader_that_hears_of_no_quorum_gives_up_and_says_so_to_who_waits()
    {
        Lead();
        var proposal = Propose();
        RunUntilIdle();

        Tick(4);

        Assert.Equal((RaftRole.Follower, default(NodeId)), (Status.Role, Status.Leader));
        Assert.Equal([ProposalOutcome.NotLeader], proposal.Outcomes);
        Assert.False(Port.Leads);
    }

    [Fact]
    public void What_the_disk_cannot_take_is_refused_and_nothing_of_it_is_in_the_log()
    {
        LogSettings = LogSettings with { QueuedBytesMax = 1000 };
        Lead();
        LogDisk.Hold();
        var first = Propose(dataBytes: 600);
        RunUntilIdle();

        var second = Propose(dataBytes: 600);
        RunUntilIdle();
        Assert.Equal([ProposalOutcome.Overloaded], second.Outcomes);
        Assert.Equal(2ul, Status.Last);

        LogDisk.Resume();
        RunUntilIdle();
        Ack(Two, 2);
        Assert.Equal([ProposalOutcome.Applied], first.Outcomes);
        Assert.Equal(0, Replica.Read(Extent, 601, 1)[0]);
        var third = Propose(dataBytes: 600); // what was reserved is given back
        RunUntilIdle();
        Ack(Two, 3);
        Assert.Equal([ProposalOutcome.Applied], third.Outcomes);
    }

    [Fact]
    public void Bytes_under_way_are_limited_and_given_back_by_every_end()
    {
        Settings = Settings with { ProposalBytesMax = 100 };
        Lead();
        Propose(dataBytes: 50);
        Assert.Equal(ProposeFailure.TooMany, TryPropose(dataBytes: 50).Item2);
        Assert.Equal(1, Port.ProposalsRefused);
        RunUntilIdle();
        Assert.Equal(ProposeFailure.TooMany, TryPropose(dataBytes: 50).Item2); // in the log, not applied

        Ack(Two, 2);
        Propose(dataBytes: 50);
        RunUntilIdle();
        Ack(Two, 3);
        Assert.Equal(3ul, Status.Applied);
    }

    [Fact]
    public void A_group_of_one_leads_at_once_and_decides_alone()
    {
        StartGroup(Self);
        Assert.Equal(RaftRole.Leader, Status.Role);

        var proposal = Propose();
        RunUntilIdle();

        Assert.Equal([ProposalOutcome.Applied], proposal.Outcomes);
        Assert.Empty(Transport.Appends);
    }
}
