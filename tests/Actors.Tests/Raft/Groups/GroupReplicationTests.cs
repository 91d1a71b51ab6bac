using Akka.Actor;
using CubeActors.Protocol;
using CubeActors.Raft;
using CubeActors.Runtime;
using CubeActors.Storage;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>What a leader sends to members that are behind, unreachable, or need more than its log still has.</summary>
public sealed class GroupReplicationTests : GroupScenario
{
    [Fact]
    public void What_the_cache_has_dropped_is_read_back_from_the_log()
    {
        Settings = Settings with { CacheBytesMax = 0 };
        Lead();
        for (var i = 0; i < 5; i++)
        {
            Propose();
            RunUntilIdle();
            Ack(Two, (ulong)i + 2);
        }

        Transport.Forget();
        Deliver(new RaftMessage { Type = RaftMessageType.HeartbeatReply, From = Three }); // it is back
        Ack(Three, 1);

        var sent = Assert.Single(Transport.AppendsTo(Three), append => append.Headers.Count > 0);
        Assert.Equal([2ul, 3, 4, 5, 6], sent.Headers.Select(header => header.Index));
        for (byte value = 1; value <= 5; value++) Assert.Equal(Command(value), sent.Data[value - 1]);
    }

    [Fact]
    public void While_the_disk_is_slow_the_member_is_not_asked_for_a_second_time()
    {
        LeadWhileAReadOfTheLogHangs();
        Tick(3, echo: true);
        Assert.Equal(1, Disk.DepthOf(IoClass.Load));

        Disk.Resume();
        RunUntilIdle();
        Assert.Contains(Transport.AppendsTo(Three), append => append.Headers is [{ Index: 2 }]);
    }

    [Fact]
    public void A_read_that_comes_back_after_the_leadership_is_lost_is_not_sent()
    {
        LeadWhileAReadOfTheLogHangs();
        Deliver(new RaftMessage { Type = RaftMessageType.AppendReply, From = Two, Term = 9 });
        Transport.Forget();

        Disk.Resume();
        RunUntilIdle();

        Assert.Empty(Transport.Appends);
        Assert.Equal(0, Buffers.Outstanding);
    }

    [Fact]
    public void A_read_that_comes_back_when_the_group_has_ended_gives_its_buffer_back()
    {
        LeadWhileAReadOfTheLogHangs();
        Assert.Equal(1, Buffers.Outstanding);
        Group.Tell(PoisonPill.Instance); // in front of what comes back

        Disk.Resume();
        RunUntilIdle();

        Assert.Equal(0, Buffers.Outstanding);
        Group = ActorRefs.Nobody;
    }

    [Theory]
    [InlineData((int)RaftSendResult.QueueFull)]
    [InlineData((int)RaftSendResult.Unreachable)]
    [InlineData((int)RaftSendResult.UnknownPeer)]
    public void A_member_that_cannot_be_sent_to_now_gets_its_entries_later(int result)
    {
        Lead();
        Transport.Takes = message => message.To == Two ? (RaftSendResult)result : RaftSendResult.Queued;
        var proposal = Propose();
        RunUntilIdle();
        Assert.Empty(Transport.AppendsTo(Two));

        Transport.Takes = _ => RaftSendResult.Queued;
        Tick(2, echo: true);
        Assert.Contains(Transport.AppendsTo(Two), append => append.Headers is [{ Index: 2 }, ..]);
        Ack(Two, 2);
        Assert.Equal([ProposalOutcome.Applied], proposal.Outcomes);
    }

    [Fact]
    public void An_append_carries_no_more_than_its_limit_and_at_least_one_entry()
    {
        Core = Core with { AppendBytesMax = 500 };
        Lead();
        Transport.Takes = _ => RaftSendResult.Unreachable;
        for (var i = 0; i < 4; i++) Propose(dataBytes: 200);
        Propose(dataBytes: 1000);
        RunUntilIdle();
        Transport.Takes = _ => RaftSendResult.Queued;

        Tick(2, echo: true);

        Assert.All(Transport.AppendsTo(Two).Where(append => append.Headers.Count > 1), append => Assert.InRange(append.Headers.Sum(header => header.EncodedBytes), 1, 500));
        Assert.Equal([2ul, 3, 4, 5, 6], Transport.AppendsTo(Two).SelectMany(append => append.Headers).Select(header => header.Index).Distinct());
    }

    [Fact]
    public void A_damaged_entry_that_a_member_needs_ends_the_group_with_file_and_offset()
    {
        Settings = Settings with { CacheBytesMax = 0 };
        Lead();
        Propose();
        RunUntilIdle();
        Ack(Two, 2);
        var directory = $"{Replica.Directory}/wal_21";
        var path = $"{directory}/{Replica.Files.List(directory)!.Single(name => name != "META")}";
        using (var file = Replica.Files.TryOpen(path)!) file.Write(file.Length - 10, [0xEE]);

        Ack(Three, 1);

        var damage = Assert.IsType<StorageCorruptException>(Failure);
        Assert.Contains($"{path}: ", damage.Message);
        Assert.Contains("at offset", damage.Message);
    }

    [Fact]
    public void A_member_that_needs_what_was_cut_off_gets_a_snapshot_of_the_truncation_point()
    {
        Core = Core with { EntriesRetained = 0 };
        Lead();
        Propose();
        RunUntilIdle();
        Ack(Two, 2);
        Port.TryRun(group => group.Compact(2));
        RunUntilIdle();
        Assert.Equal(new LogPosition(1, 2), Status.Truncated);
        Propose();
        RunUntilIdle();
        Ack(Two, 3);

        Tick(echo: true);
        for (var i = 0; i < 2; i++) Deliver(new RaftMessage { Type = RaftMessageType.HeartbeatReply, From = Three }); // it is back

        var snapshot = Assert.Single(Transport.Snapshots);
        Assert.Equal((Three, new LogPosition(1, 2)), (snapshot.Message.To, snapshot.At));
        Assert.Equal([Self, Two, Three], snapshot.Members);
        snapshot.Outcome.SetResult(RaftSnapshotOutcome.Accepted);
        RunUntilIdle();
        Tick(echo: true);
        Deliver(new RaftMessage { Type = RaftMessageType.HeartbeatReply, From = Three });
        Assert.Contains(Transport.AppendsTo(Three), append => append.Headers is [{ Index: 3 }]); // what the snapshot does not hold
    }

    /// <summary>Three needs entry 2, which the cache has dropped, and the disk is held while the log is asked for it.</summary>
    private void LeadWhileAReadOfTheLogHangs()
    {
        Settings = Settings with { CacheBytesMax = 0 };
        Lead();
        Propose();
        RunUntilIdle();
        Ack(Two, 2);
        Disk.Hold();
        Ack(Three, 1);
    }
}
