using CubeActors.Protocol;
using CubeActors.Raft;
using CubeActors.Storage;

namespace CubeActors.Actors.Tests;

/// <summary>A replica whose extents are still being loaded is a full voice in its group, and never its leader.</summary>
public sealed class EarlyVoiceTests : GroupScenario
{
    private const int TenSeconds = 34; // ticks

    private void StartEarly(params NodeId[] members)
    {
        Replica.ReloadWithoutExtents();
        Stage = LoadStage.LoadingExtents;
        StartGroup(members);
    }

    private void LoadExtents()
    {
        Replica.Machine.Attach(Replica.Store);
        Port.TryRun(static group => group.StoreAttached());
        RunUntilIdle();
    }

    private void Serve()
    {
        Port.TryRun(static group => group.Serve());
        RunUntilIdle();
    }

    private CampaignResult CampaignByOrder()
    {
        var result = default(CampaignResult?);
        Port.TryRun(group => result = group.CampaignByOrder());
        RunUntilIdle();
        return result!.Value;
    }

    [Fact]
    public void It_acknowledges_what_its_log_holds_and_applies_it_when_the_extents_are_there()
    {
        StartEarly();

        DeliverAppend(Two, term: 1, before: default, commit: 2, [], Command(7));
        DeliverAppend(Two, term: 1, before: new LogPosition(1, 2), commit: 3, Command(8));
        Assert.Equal([2ul, 3ul], Transport.Of(RaftMessageType.AppendReply).Select(ack => ack.Index));
        Assert.Equal((3ul, 0ul, (byte)0), (Status.Commit, Status.Applied, Byte(7)));
        ExpectNoMsg(TimeSpan.Zero);

        LoadExtents();

        Assert.Equal((3ul, (byte)7, (byte)8), (Status.Applied, Byte(7), Byte(8)));
        ExpectMsg<RaftGroup.CaughtUp>(); // with all that came meanwhile
    }

    [Fact]
    public void An_acknowledgement_waits_for_the_log_as_ever()
    {
        StartEarly();
        LogDisk.Hold();

        DeliverAppend(Two, term: 1, before: default, commit: 0, Command(7));
        Assert.Empty(Transport.Messages);

        LogDisk.Resume();
        RunUntilIdle();
        Assert.Single(Transport.Of(RaftMessageType.AppendReply));
    }

    [Fact]
    public void When_its_log_takes_no_more_acknowledgement_and_echo_stop_together()
    {
        StartEarly();
        LogDisk.Hold();
        DeliverAppend(Two, term: 1, before: default, commit: 0, Command(7));

        Tick(3);
        Assert.True(Port.IsAlive(Time.GetTimestamp()));
        Tick();

        Assert.False(Port.IsAlive(Time.GetTimestamp())); // which the echo goes by: more than 1 s
        Assert.Empty(Transport.Messages);
    }

    [Fact]
    public void What_waits_for_the_extents_lies_in_the_log_and_not_in_memory()
    {
        Settings = Settings with { CacheBytesMax = 1 << 20 };
        StartEarly();
        var last = default(LogPosition);
        for (var i = 0; i < 300; i++)
        {
            DeliverAppend(Two, term: 1, before: last, commit: last.Index, TestReplica.Overwrite(Extent, 0, [.. Enumerable.Repeat((byte)i, 4096)]));
            last = new LogPosition(1, last.Index + 1);
        }

        Assert.True(Buffers.RentedBytes <= 256 << 10, $"{Buffers.RentedBytes} bytes are kept for 300 entries of 4 KiB");
        LoadExtents();
        Assert.Equal((299ul, (byte)(298 % 256)), (Status.Applied, Byte(17)));
    }

    [Fact]
    public void It_votes_and_its_vote_is_on_the_disk_before_it_is_given()
    {
        StartEarly();
        Tick(5); // the promise after a start is over

        Deliver(new RaftMessage { Type = RaftMessageType.Vote, From = Three, Term = 5, LogTerm = 0, Index = 0 });

        Assert.False(Assert.Single(Transport.Of(RaftMessageType.VoteReply)).IsRejected);
        Assert.Contains("META", LogWrites);
    }

    /// <summary>CubeFS #3326: partitions of a node that is half started become leaders which nobody can reach. #1412: a node that is not fully up should not stand.</summary>
    [Fact]
    public void Issue_3326_without_extents_it_never_stands_however_long_there_is_no_leader_and_not_by_order()
    {
        StartEarly();

        Tick(10 * TenSeconds);

        Assert.Empty(Transport.Messages);
        Assert.Equal(CampaignResult.StateMissing, CampaignByOrder());
        Assert.Equal(RaftRole.Follower, Status.Role);
    }

    [Fact]
    public void Issue_1412_while_it_catches_up_it_stands_only_where_nobody_has_led_for_ten_seconds()
    {
        StartEarly();
        DeliverAppend(Two, term: 1, before: default, commit: 1, Command(7));
        Disk.Hold(); // it catches up as slowly as the test wants
        LoadExtents();
        Transport.Forget();

        Tick(TenSeconds - 1);
        Assert.Empty(Transport.Messages);
        Assert.Equal(CampaignResult.Abstains, CampaignByOrder());
        Tick(TenSeconds);

        Assert.Contains(Transport.Of(RaftMessageType.PreVote), vote => vote.To == Three);
    }

    [Fact]
    public void Once_it_serves_it_stands_as_any_other()
    {
        StartEarly();
        DeliverAppend(Two, term: 1, before: default, commit: 1, Command(7));
        LoadExtents();
        ExpectMsg<RaftGroup.CaughtUp>();
        Serve();
        Transport.Forget();

        Tick(14); // a promise, and twice an election

        Assert.NotEmpty(Transport.Of(RaftMessageType.PreVote));
    }

    [Fact]
    public void Alone_it_leads_as_soon_as_it_has_its_extents_because_only_a_leader_learns_what_is_committed()
    {
        StartEarly(Self);
        Tick(TenSeconds);
        Assert.Equal(RaftRole.Follower, Status.Role);

        LoadExtents();

        Assert.Equal(RaftRole.Leader, Status.Role);
        ExpectMsg<RaftGroup.CaughtUp>();
    }

    [Fact]
    public void A_snapshot_is_refused_until_the_extents_can_say_whether_they_hold_what_it_skips()
    {
        StartEarly();
        var answer = Node.InstallSnapshotAsync(new RaftMessage { Type = RaftMessageType.Snapshot, Group = TestReplica.Partition, From = Two, To = Self, Term = 3 }, new LogPosition(2, 40), [Self, Two, Three]);
        RunUntilIdle();
        Assert.False(Await(answer));
        Assert.Equal((0ul, 0ul), (Status.Last, Replica.Record.Meta.DiskErrorCount));
    }
}
