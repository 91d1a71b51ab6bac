using CubeActors.Protocol;
using CubeActors.Raft;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>A follower acknowledges what its log holds, votes with what its disk has kept, and applies what is committed.</summary>
public sealed class GroupFollowerTests : GroupScenario
{
    [Fact]
    public void An_acknowledgement_leaves_only_after_the_log_is_saved()
    {
        StartGroup();
        LogDisk.Hold();

        DeliverAppend(Two, term: 1, before: default, commit: 0, [], Command(7));
        Assert.Empty(Transport.Messages);

        LogDisk.Resume();
        RunUntilIdle();
        var ack = Assert.Single(Transport.Of(RaftMessageType.AppendReply));
        Assert.Equal((false, 2ul, Two), (ack.IsRejected, ack.Index, ack.To));
    }

    [Fact]
    public void With_strict_durability_it_leaves_only_after_the_log_is_synced()
    {
        LogSettings = LogSettings with { Durability = RaftDurability.Strict };
        StartGroup();
        var acksAtSync = new List<int>();
        Fails = call =>
        {
            if (call.Operation == DiskOperation.Sync && IsLog(call) && call.Name != "META") acksAtSync.Add(Transport.Of(RaftMessageType.AppendReply).Count());
            return null;
        };

        DeliverAppend(Two, term: 1, before: default, commit: 0, Command(7));

        Assert.Equal([0], acksAtSync);
        Assert.Single(Transport.Of(RaftMessageType.AppendReply));
    }

    [Fact]
    public void What_is_committed_before_it_is_saved_here_is_applied_after()
    {
        StartGroup();
        LogDisk.Hold();
        DeliverAppend(Two, term: 1, before: default, commit: 2, [], Command(7));
        Assert.Equal((2ul, 0ul), (Status.Commit, Status.Applied));
        Assert.Equal(0, Disk.Depth);

        LogDisk.Resume();
        RunUntilIdle();

        Assert.Equal((2ul, (byte)7), (Status.Applied, Byte(7)));
    }

    [Fact]
    public void A_vote_leaves_only_after_it_is_on_the_disk()
    {
        StartGroup();
        Tick(5); // what it may have promised before its start is over
        LogDisk.Hold();
        Deliver(new RaftMessage { Type = RaftMessageType.Vote, From = Three, Term = 5 });
        Assert.Empty(Transport.Of(RaftMessageType.VoteReply));

        var syncs = 0;
        Fails = call =>
        {
            if (call.Operation == DiskOperation.Sync && call.Name == "META" && IsLog(call))
            {
                syncs++;
                Assert.Empty(Transport.Of(RaftMessageType.VoteReply));
            }

            return null;
        };
        LogDisk.Resume();
        RunUntilIdle();

        Fails = null;
        var vote = Assert.Single(Transport.Of(RaftMessageType.VoteReply));
        Assert.Equal((false, Three, 5ul), (vote.IsRejected, vote.To, vote.Term));
        Assert.Equal(1, syncs);
    }

    [Fact]
    public void Entries_that_a_new_leader_replaces_are_never_applied()
    {
        StartGroup();
        DeliverAppend(Two, term: 1, before: default, commit: 1, [], Command(7), Command(8));
        DeliverAppend(Three, term: 2, before: new LogPosition(1, 1), commit: 2, Command(9));

        Assert.Equal((2ul, 2ul), (Status.Last, Status.Applied));
        Assert.Equal((0, 0, 9), (Byte(7), Byte(8), Byte(9)));
    }

    [Fact]
    public void A_replica_that_starts_anew_applies_what_was_committed_before_it_says_that_it_has_caught_up()
    {
        StartGroup();
        DeliverAppend(Two, term: 1, before: default, commit: 3, [], Command(7), Command(8));
        ExpectMsg<RaftGroup.CaughtUp>();
        Tick(5);
        StopGroup();
        ExpectMsg<RaftGroup.Stopped>(stopped => Assert.Null(stopped.Problem));
        Assert.Equal(0ul, Replica.AppliedOnDisk); // a kill just now: nothing was written down

        Replica.Files.Fault = null;
        Replica.Reload();
        Disk.Hold();
        StartGroup();
        Assert.Equal((3ul, 0ul), (Status.Commit, Status.Applied));
        ExpectNoMsg();

        Disk.Resume();
        RunUntilIdle();
        ExpectMsg<RaftGroup.CaughtUp>();
        Assert.Equal(3ul, Replica.Machine.Applied);
        Assert.Equal((7, 8), (Byte(7), Byte(8)));
    }

    /// <summary>Found by whole nodes, seed 51: what a power cut had left of an overwrite was served to readers. The commit index that the disk held was
    /// older than the overwrite, so the replica took itself for caught up at once.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_replica_that_starts_anew_is_not_read_before_it_has_applied_what_its_log_held(bool isReplaced)
    {
        StartGroup();
        Assert.False(Port.IsReplaying); // nothing in the log, nothing to wait for
        DeliverAppend(Two, term: 1, before: default, commit: 1, [], Command(7), Command(8));
        ExpectMsg<RaftGroup.CaughtUp>();
        StopGroup();
        ExpectMsg<RaftGroup.Stopped>();

        Replica.Files.Fault = null;
        Replica.Reload();
        StartGroup();
        ExpectMsg<RaftGroup.CaughtUp>();
        Assert.True(Port.IsReplaying); // 2 and 3 may have been under way

        if (isReplaced) DeliverAppend(Three, term: 2, before: new LogPosition(1, 1), commit: 2, Command(9));
        else DeliverAppend(Two, term: 1, before: new LogPosition(1, 3), commit: 3);
        Assert.False(Port.IsReplaying);
    }

    [Fact]
    public void An_append_for_which_the_disk_has_no_room_is_dropped_without_an_answer()
    {
        LogSettings = LogSettings with { QueuedBytesMax = 500 };
        StartGroup();
        LogDisk.Hold();
        DeliverAppend(Two, term: 1, before: default, commit: 0, new byte[300]);
        DeliverAppend(Two, term: 1, before: new LogPosition(1, 1), commit: 0, new byte[300]);
        Assert.Equal(1ul, Status.Last);

        LogDisk.Resume();
        RunUntilIdle();

        Assert.Equal(1ul, Assert.Single(Transport.Of(RaftMessageType.AppendReply)).Index);
        DeliverAppend(Two, term: 1, before: new LogPosition(1, 1), commit: 0, new byte[300]); // the leader repeats it
        Assert.Equal(2ul, Status.Last);
    }

    [Fact]
    public void A_backlog_waits_in_the_log_and_not_in_memory()
    {
        Settings = Settings with { CacheBytesMax = 20_000 };
        StartGroup();
        Disk.Hold();
        var before = default(LogPosition);
        for (byte value = 1; value <= 60; value++)
        {
            DeliverAppend(Two, term: 1, before, commit: before.Index, TestReplica.Overwrite(Extent, value, [.. Enumerable.Repeat(value, 1000)]));
            before = new LogPosition(1, before.Index + 1);
        }

        Assert.InRange(Buffers.Outstanding, 1, 25);

        Disk.Resume();
        RunUntilIdle();
        Assert.Equal(59ul, Status.Applied);
        for (byte value = 1; value <= 59; value++) Assert.Equal(value, Byte(value));
    }
}
