using CubeActors.Protocol;
using CubeActors.Raft;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>A snapshot takes the place of log and state of a follower, or nothing changes.</summary>
public sealed class GroupSnapshotTests : GroupScenario
{
    [Fact]
    public void It_is_acknowledged_when_state_and_log_hold_it_durably()
    {
        StartGroup();
        LogDisk.Hold();
        var answer = Take(new LogPosition(3, 100));
        Assert.False(answer.IsCompleted);
        Assert.Equal(100ul, Replica.AppliedOnDisk); // state first, then log

        LogDisk.Resume();
        Assert.True(Answered(answer));
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
        StartGroup();
        Disk.Hold();
        DeliverAppend(Two, term: 1, before: default, commit: 3, [], Command(7), Command(8));
        Fails = call => call is { Operation: DiskOperation.Sync, Name: ".apply" } ? DiskFault.NoSpace : null;
        var answer = Take(new LogPosition(3, 100));
        Disk.Resume();
        Assert.False(Answered(answer));

        Fails = null;
        Until(() => Status.Applied == 3, "what was committed is applied");

        Assert.Equal((7, 8), (Byte(7), Byte(8)));
        DeliverAppend(Two, term: 3, before: new LogPosition(1, 3), commit: 4, Command(9));
        Assert.Equal((4ul, (byte)9), (Status.Applied, Byte(9)));
    }

    [Fact]
    public void A_group_that_ends_meanwhile_says_no()
    {
        StartGroup();
        LogDisk.Hold();
        var answer = Take(new LogPosition(3, 100));

        StopGroup();

        Assert.False(Answered(answer));
    }

    private bool Answered(Task<bool> answer)
    {
        Until(() => answer.IsCompleted, "the snapshot is answered");
        return answer.Result;
    }

    private Task<bool> Take(LogPosition at, ulong term = 3)
    {
        var message = new RaftMessage { Type = RaftMessageType.Snapshot, Group = TestReplica.Partition, From = Two, To = Self, Term = term };
        var answer = Node.InstallSnapshotAsync(message, at, [Self, Two, Three]);
        RunUntilIdle();
        return answer;
    }
}
