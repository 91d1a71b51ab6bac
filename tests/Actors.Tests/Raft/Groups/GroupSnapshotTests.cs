using CubeActors.Protocol;
using CubeActors.Raft;
using CubeActors.Storage;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>A snapshot takes the place of log and state of a follower, or nothing changes.</summary>
public sealed class GroupSnapshotTests : GroupScenario
{
    [Fact]
    public void It_is_acknowledged_when_state_and_log_hold_it_durably()
    {
        Copied(upTo: 100);
        StartGroup();
        ExpectMsg<RaftGroup.CaughtUp>();
        LogDisk.Hold();
        var answer = Take(new LogPosition(3, 100));
        Assert.False(answer.IsCompleted);
        Assert.Equal((0ul, 3), (Replica.AppliedOnDisk, Replica.MetaOnDisk.Peers.Count)); // members first, then log, then applied index

        LogDisk.Resume();
        Assert.True(Answered(answer));
        Assert.Equal(100ul, Replica.AppliedOnDisk);
        ExpectMsg<RaftGroup.MetaChanged>(changed => Assert.Equal(3, changed.Meta.Peers.Count));
        Assert.Equal((100ul, 100ul, 100ul), (Status.Commit, Status.Applied, Status.Last));
        Assert.Equal(100ul, Transport.Of(RaftMessageType.AppendReply).Last().Index);
        DeliverAppend(Two, term: 3, before: new LogPosition(3, 100), commit: 101, Command(7));
        Assert.Equal((101ul, (byte)7), (Status.Applied, Byte(7)));
    }

    [Fact]
    public void One_that_holds_nothing_new_is_acknowledged_and_changes_nothing()
    {
        StartGroup();
        DeliverAppend(Two, term: 1, before: default, commit: 2, [], Command(7));
        Tick();

        var answer = Take(new LogPosition(1, 2), term: 1);

        Assert.True(Answered(answer));
        Assert.Equal(2ul, Status.Last);
    }

    [Fact]
    public void One_of_an_old_term_is_refused()
    {
        StartGroup();
        DeliverAppend(Two, term: 5, before: default, commit: 0, Command(7));

        var answer = Take(new LogPosition(3, 100), term: 3);

        Assert.False(Answered(answer));
    }

    [Fact]
    public void What_waits_to_be_applied_is_forgotten_with_it()
    {
        Copied(upTo: 100);
        StartGroup();
        Disk.Hold();
        DeliverAppend(Two, term: 1, before: default, commit: 2, [], Command(7));
        var answer = Take(new LogPosition(3, 100));

        Disk.Resume();
        Assert.True(Answered(answer));

        Assert.Equal((100ul, (byte)0), (Status.Applied, Byte(7)));
        Assert.Equal(0, Buffers.Outstanding);
    }

    [Fact]
    public void One_that_cannot_be_taken_in_is_refused_and_what_was_committed_before_is_applied_all_the_same()
    {
        Copied(upTo: 100);
        StartGroup();
        Disk.Hold();
        DeliverAppend(Two, term: 1, before: default, commit: 3, [], Command(7), Command(8));
        Fails = call => call is { Operation: DiskOperation.Sync, Name: ".meta" } ? DiskFault.NoSpace : null;
        var answer = Take(new LogPosition(3, 100));
        Disk.Resume();
        Assert.False(Answered(answer));

        Fails = null;
        Until(() => Status.Applied == 3, "what was committed is applied");

        Assert.Equal((3ul, 2), (Replica.Machine.Applied, Replica.MetaOnDisk.Peers.Count));
        DeliverAppend(Two, term: 3, before: new LogPosition(1, 3), commit: 4, Command(9));
        Assert.Equal(4ul, Replica.Machine.Applied);
    }

    [Fact]
    public void A_group_that_ends_meanwhile_says_no()
    {
        Copied(upTo: 100);
        StartGroup();
        LogDisk.Hold();
        var answer = Take(new LogPosition(3, 100));

        StopGroup();

        Assert.False(Answered(answer));
    }

    [Fact]
    public void An_applied_index_that_cannot_be_written_down_behind_it_is_tried_again_and_keeps_nobody_waiting()
    {
        Copied(upTo: 100);
        StartGroup();
        Fails = call => call is { Operation: DiskOperation.Sync, Name: ".apply" } ? DiskFault.NoSpace : null;

        Assert.True(Answered(Take(new LogPosition(3, 100))));

        Assert.Equal((100ul, 100ul, 0ul), (Status.Applied, Replica.Machine.Applied, Replica.AppliedOnDisk));
        Fails = null;
        Replica.Machine.Save();
        Assert.Equal(100ul, Replica.AppliedOnDisk);
    }

    [Fact]
    public void One_that_skips_what_this_replica_never_had_ends_the_group_unacknowledged_and_marks_the_replica()
    {
        Copied(upTo: 99);
        StartGroup();

        var answer = Take(new LogPosition(3, 100));

        Assert.False(Answered(answer));
        Assert.IsType<UnknownExtentsException>(Failure);
        Assert.Empty(Transport.Of(RaftMessageType.AppendReply));
        Assert.False(Port.IsAlive(Time.GetTimestamp()));
        Assert.Equal((PartitionMeta.ExtentsUnknown, 0ul), (Replica.MetaOnDisk.DiskErrorCount, Replica.AppliedOnDisk));
    }

    [Fact]
    public void One_without_members_is_refused()
    {
        StartGroup();

        Assert.False(Answered(Take(new LogPosition(3, 100), members: [])));

        Assert.Null(Failure);
    }

    [Fact]
    public void Its_members_reach_META_and_one_without_an_address_keeps_the_replica_from_standing_for_election_until_it_has_one()
    {
        Copied(upTo: 100);
        StartGroup();
        Assert.True(Answered(Take(new LogPosition(3, 100), members: [Self, Three])));
        Assert.Equal([Self, Three], Replica.MetaOnDisk.Peers.Select(peer => peer.Id));
        Assert.Equal(["127.0.0.1:17310"], Replica.MetaOnDisk.Hosts);

        Transport.Forget();
        Tick(60);
        Assert.Empty(Transport.Of(RaftMessageType.PreVote));
        CampaignResult? forced = null;
        Port.TryRun(group => forced = group.CampaignByOrder());
        RunUntilIdle();
        Assert.Equal(CampaignResult.AddressesUnknown, forced);

        Replica.Record.Change(meta => ReplicaRecord.WithMember(meta, TestReplica.PeerOf(3), repairing: false));
        Port.TryRun(group => group.MetaMayHaveChanged());
        Tick(60);
        Assert.NotEmpty(Transport.Of(RaftMessageType.PreVote));
    }

    private void Copied(ulong upTo) => Replica.Record.Change(meta => meta with { CopiedUpTo = upTo });

    private bool Answered(Task<bool> answer)
    {
        Until(() => answer.IsCompleted, "the snapshot is answered");
        return answer.Result;
    }

    private Task<bool> Take(LogPosition at, ulong term = 3, NodeId[]? members = null)
    {
        var message = new RaftMessage { Type = RaftMessageType.Snapshot, Group = TestReplica.Partition, From = Two, To = Self, Term = term };
        var answer = Node.InstallSnapshotAsync(message, at, members ?? [Self, Two, Three]);
        RunUntilIdle();
        return answer;
    }
}
