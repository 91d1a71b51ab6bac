using CubeActors.Protocol;
using CubeActors.Raft;

namespace CubeActors.Actors.Tests;

/// <summary>Leader reads: confirmed by a round of messages, then free for as long as the lease holds on the clock.</summary>
public sealed class GroupReadTests : GroupScenario
{
    [Fact]
    public void A_read_waits_until_a_quorum_has_confirmed_the_leader()
    {
        Lead();
        Tick(echo: true);
        var read = Read();
        Assert.Null(read.Granted);
        Assert.False(Port.HoldsLease());

        Confirm();

        Assert.True(read.Granted);
        Assert.True(Port.HoldsLease());
    }

    [Fact]
    public void Reads_that_come_together_share_a_round()
    {
        Lead();
        Tick(echo: true);
        var reads = Enumerable.Range(0, 5).Select(_ => Read()).ToList();
        Confirm();
        Confirm(); // those that came after the round was sent

        Assert.All(reads, read => Assert.True(read.Granted));
        Assert.InRange(Transport.Of(RaftMessageType.CheckQuorum).Count(ask => ask.To == Two), 1, 2);
    }

    [Fact]
    public void The_lease_ends_two_ticks_after_the_round_was_sent_also_if_no_tick_comes()
    {
        Lead();
        Tick(echo: true);
        Read();
        Confirm();
        Assert.True(Port.HoldsLease());

        Node.Dispose(); // no more ticks: a node that stands still for a while
        Advance(Settings.Tick * 2 - TimeSpan.FromTicks(1));
        Assert.True(Port.HoldsLease());
        Advance(TimeSpan.FromTicks(1));
        Assert.False(Port.HoldsLease());
    }

    /// <summary>The core counts ticks, the data path looks at the clock: with a tick that was late the one let a read through that the other sent back,
    /// and the two passed it to and fro without pause.</summary>
    [Fact]
    public void A_read_behind_a_lease_that_is_over_by_the_clock_waits_for_a_round_though_the_tick_is_late()
    {
        Lead();
        Tick(echo: true);
        Read();
        Confirm();
        Node.Dispose(); // the next tick is late
        Advance(Settings.Tick * 2);
        Assert.False(Port.HoldsLease());

        Assert.Null(Read().Granted);
    }

    /// <summary>Nobody else can be elected: between the start and the first tick, too, a read is answered and not passed to and fro.</summary>
    [Fact]
    public void A_group_of_one_holds_its_lease_before_the_first_tick_and_behind_a_late_one()
    {
        StartGroup(Self);
        Assert.True(Read().Granted);
        Assert.True(Port.HoldsLease());

        Node.Dispose(); // no ticks
        Advance(Settings.Tick * 20);
        Assert.True(Port.HoldsLease());
    }

    [Fact]
    public void While_reads_keep_coming_the_lease_is_renewed_and_no_read_waits()
    {
        Lead();
        Tick(echo: true);
        Read();
        Confirm();
        for (var tick = 0; tick < 10; tick++)
        {
            Assert.True(Port.HoldsLease());
            Tick(echo: true);
            Confirm();
        }

        Assert.True(Read().Granted);
    }

    [Fact]
    public void An_old_answer_renews_nothing()
    {
        Lead();
        Tick(echo: true);
        Read();
        var old = Transport.Of(RaftMessageType.CheckQuorum).Last().Index;
        Confirm();
        Tick(3, echo: true);
        Assert.False(Port.HoldsLease());
        var read = Read();

        Deliver(new RaftMessage { Type = RaftMessageType.CheckQuorumReply, From = Two, Index = old });

        Assert.Null(read.Granted);
        Assert.False(Port.HoldsLease());
    }

    [Fact]
    public void A_new_leader_answers_no_read_before_an_entry_of_its_own_term_is_applied()
    {
        StartGroup();
        Elect();
        Tick(echo: true);
        var read = Read();
        Confirm();
        Assert.Null(read.Granted); // confirmed, but what was committed before it is not known yet

        Ack(Two, 1);

        Assert.True(read.Granted);
    }

    [Fact]
    public void Who_waits_when_leadership_is_lost_is_told()
    {
        Lead();
        var read = Read();

        Deliver(new RaftMessage { Type = RaftMessageType.AppendReply, From = Three, Term = 9 });

        Assert.False(read.Granted);
        Assert.False(Read().Granted);
        Assert.False(Port.HoldsLease());
    }

    [Fact]
    public void The_lease_ends_with_the_leadership()
    {
        Lead();
        Tick(echo: true);
        Read();
        Confirm();
        Assert.True(Port.HoldsLease());

        Deliver(new RaftMessage { Type = RaftMessageType.AppendReply, From = Three, Term = 9 });

        Assert.False(Port.HoldsLease());
    }

    [Fact]
    public void A_group_of_one_grants_at_once_what_it_has_applied()
    {
        StartGroup(Self);
        Tick();

        Assert.True(Read().Granted);
    }

    private TestRead Read()
    {
        var read = new TestRead();
        Port.Read(read);
        RunUntilIdle();
        return read;
    }

    /// <summary>Node 2 answers the last round.</summary>
    private void Confirm()
    {
        if (Transport.Of(RaftMessageType.CheckQuorum).LastOrDefault(ask => ask.To == Two) is { Type: RaftMessageType.CheckQuorum } ask)
            Deliver(new RaftMessage { Type = RaftMessageType.CheckQuorumReply, From = Two, Index = ask.Index });
    }

    private sealed class TestRead : ILeaderRead
    {
        public bool? Granted { get; private set; }

        public void LeaderReadDecided(bool granted)
        {
            Assert.Null(Granted); // once
            Granted = granted;
        }
    }
}
