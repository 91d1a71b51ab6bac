using CubeActors.Protocol;
using CubeActors.Raft;
using CubeActors.TestKit;
using CubeActors.TestKit.Network;
using CubeActors.TestKit.Work;

namespace CubeActors.Actors.Tests;

/// <summary>Logs are cut only where every replica has applied what is cut, and durably. Source: raft.md 4.7.</summary>
public sealed class AppliedIdKeeperTests : ActorTest
{
    /// <summary>Longer than a peer has for its answer: so the next timer tells whether an exchange has ended.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(90);

    private const string Self = "127.0.0.1:17310", Two = "127.0.0.2:17310", Three = "127.0.0.3:17310";

    private readonly TestReplica _replica;
    private readonly SimulatedNetwork _network;
    private readonly ManualDiskThreads _disk;
    private readonly RaftGroupPort _port;
    private readonly ScriptedPeer _two, _three;

    public AppliedIdKeeperTests()
    {
        _replica = new TestReplica(Time);
        _replica.Record.Change(meta => meta with { Hosts = [Self, Two, Three] });
        _network = new SimulatedNetwork(Time);
        _disk = new ManualDiskThreads(Loop);
        _port = new RaftGroupPort(TestReplica.Partition, new NodeId(1), RaftWorld.Groups, Time);
        (_two, _three) = (new ScriptedPeer(_network, Two), new ScriptedPeer(_network, Three));
    }

    [Fact]
    public void A_leader_asks_all_others_and_tells_them_the_least()
    {
        ApplyDurably(9);
        (_two.Applied, _three.Applied) = (7, 8);
        Start(RaftRole.Leader);
        Advance(TimeSpan.FromSeconds(1));

        Until(() => _three.Questions.Count == 2);

        foreach (var peer in (ScriptedPeer[])[_two, _three])
            Assert.Equal([(Opcode.GetAppliedId, ""), (Opcode.BroadcastMinAppliedId, "0000000000000007")], peer.Questions);
        Assert.Equal(7ul, _replica.Machine.LeastApplied);
    }

    [Fact]
    public void It_asks_again_once_a_period()
    {
        ApplyDurably(9);
        (_two.Applied, _three.Applied) = (7, 8);
        Start(RaftRole.Leader);
        Advance(TimeSpan.FromSeconds(1));
        Until(() => _three.Questions.Count == 2 && Time.NextDue == TimeSpan.FromSeconds(1) + Period);

        _two.Applied = 9;
        Advance(Period - TimeSpan.FromSeconds(1));
        Assert.Equal(2, _two.Questions.Count);
        Advance(TimeSpan.FromSeconds(1));
        Until(() => _three.Questions.Count == 4);

        Assert.Equal(8ul, _replica.Machine.LeastApplied);
    }

    [Theory]
    [InlineData((int)RaftRole.Follower)]
    [InlineData((int)RaftRole.Candidate)]
    public void Only_the_leader_asks(int role)
    {
        ApplyDurably(9);
        Start((RaftRole)role);

        Advance(TimeSpan.FromMinutes(5));

        Assert.Empty(_network.Links);
    }

    [Fact]
    public void A_leader_that_has_applied_nothing_asks_nobody()
    {
        Start(RaftRole.Leader);

        Advance(TimeSpan.FromMinutes(5));

        Assert.Empty(_network.Links);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void If_one_replica_does_not_answer_nobody_is_told_and_nobody_cuts(bool unreachable)
    {
        ApplyDurably(9);
        _two.Applied = 9;
        if (unreachable) _network.Refuse(Three);
        else _three.Refuses.Add(Opcode.GetAppliedId);
        Start(RaftRole.Leader);
        for (var exchange = 1; exchange <= 3; exchange++)
        {
            Advance(exchange == 1 ? TimeSpan.FromSeconds(1) : Period);
            Until(() => _two.Questions.Count == exchange && Time.NextDue == Time.Elapsed + Period); // it goes on asking
        }

        Assert.All(_two.Questions, question => Assert.Equal(Opcode.GetAppliedId, question.Opcode));
        Assert.Equal(0ul, _replica.Machine.LeastApplied);
        Advance(TimeSpan.FromMinutes(20));
        Assert.Equal(0, Cuts());
    }

    [Fact]
    public void What_is_applied_here_and_not_durable_does_not_count()
    {
        ApplyDurably(4);
        Apply(9);
        (_two.Applied, _three.Applied) = (9, 9);
        Start(RaftRole.Leader);
        Advance(TimeSpan.FromSeconds(1));
        Until(() => _three.Questions.Count == 2);

        Assert.Equal("0000000000000004", _two.Questions[1].Body);
    }

    [Fact]
    public void A_new_replica_keeps_the_logs_of_all()
    {
        ApplyDurably(9);
        (_two.Applied, _three.Applied) = (9, 0);
        Start(RaftRole.Leader);
        Advance(TimeSpan.FromSeconds(1));
        Until(() => _three.Questions.Count == 2);

        Assert.Equal("0000000000000000", _two.Questions[1].Body);
        Assert.Equal(0ul, _replica.Machine.LeastApplied);
    }

    [Fact]
    public void Whoever_is_behind_one_that_does_not_listen_hears_it_the_next_time()
    {
        ApplyDurably(9);
        (_two.Applied, _three.Applied) = (9, 9);
        _two.Refuses.Add(Opcode.BroadcastMinAppliedId);
        Start(RaftRole.Leader);
        Advance(TimeSpan.FromSeconds(1));
        Until(() => _two.Questions.Count == 2 && Time.NextDue == TimeSpan.FromSeconds(1) + Period);

        Assert.Equal([(Opcode.GetAppliedId, "")], _three.Questions);
        Assert.Equal(9ul, _replica.Machine.LeastApplied); // here it counts
    }

    [Fact]
    public void A_replica_on_the_same_machine_is_another_one()
    {
        using var neighbour = new ScriptedPeer(_network, "127.0.0.1:27310") { Applied = 3 };
        _replica.Record.Change(meta => meta with { Hosts = [Self, "127.0.0.1:27310"] });
        ApplyDurably(9);
        Start(RaftRole.Leader);
        Advance(TimeSpan.FromSeconds(1));
        Until(() => neighbour.Questions.Count == 2);

        Assert.Equal(3ul, _replica.Machine.LeastApplied);
    }

    [Fact]
    public void The_log_is_cut_where_all_have_applied_after_that_is_written_down()
    {
        ApplyDurably(4);
        Apply(9);
        _replica.Machine.LearnLeastApplied(7);
        Start(RaftRole.Follower);

        Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromTicks(1));
        Assert.Equal((0, 4ul), (Cuts(), _replica.AppliedOnDisk));
        Advance(TimeSpan.FromTicks(1));

        Assert.Equal(1, Cuts());
        Assert.Equal((9ul, 7ul, 9ul), (_replica.AppliedOnDisk, _replica.MetaOnDisk.LastTruncateId, _replica.MetaOnDisk.ApplyId));
        Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(0, Cuts()); // nothing new
        _replica.Machine.LearnLeastApplied(8);
        Advance(Period);
        Assert.Equal((1, 8ul), (Cuts(), _replica.MetaOnDisk.LastTruncateId));
        _replica.Machine.LearnLeastApplied(5); // a replica that fell back
        Advance(Period);
        Assert.Equal((0, 8ul), (Cuts(), _replica.MetaOnDisk.LastTruncateId));
    }

    [Fact]
    public void No_more_is_cut_than_is_applied_here()
    {
        ApplyDurably(6);
        _replica.Machine.LearnLeastApplied(100); // a leader that is mistaken
        Start(RaftRole.Follower);

        Advance(TimeSpan.FromMinutes(10));

        Assert.Equal(6ul, _replica.MetaOnDisk.LastTruncateId);
    }

    [Fact]
    public void A_disk_that_cannot_write_it_down_keeps_the_log_and_is_tried_again()
    {
        ApplyDurably(4);
        Apply(9);
        _replica.Machine.LearnLeastApplied(7);
        _replica.Files.Fault = call => call is { Operation: DiskOperation.Sync, Name: ".apply" } ? DiskFault.NoSpace : null;
        Start(RaftRole.Follower);
        Advance(TimeSpan.FromMinutes(10));
        Assert.Equal((0, 0ul), (Cuts(), _replica.MetaOnDisk.LastTruncateId));

        _replica.Files.Fault = null;
        Advance(Period);
        Assert.Equal((1, 7ul), (Cuts(), _replica.MetaOnDisk.LastTruncateId));
    }

    protected override void AfterAll()
    {
        foreach (var peer in (ScriptedPeer[])[_two, _three])
        {
            peer.Dispose();
            Assert.True(Loop.RunUntil(() => peer.Running.IsCompleted, Patience.Long));
            Assert.True(peer.Running.IsCompletedSuccessfully, peer.Running.Exception?.ToString());
        }
    }

    private void Start(RaftRole role)
    {
        _port.Publish(new RaftGroupStatus(role, default, 1, 0, 0, 0, default, []), leaseEnd: 0);
        ActorOf(AppliedIdKeeper.PropsFor(new PartitionRaft(_port, _replica.Machine), new PeerQuestion(_network, Time, new RecordedEvents()), Self, RaftWorld.Groups with { ExchangePeriod = Period }, _disk));
        RunUntilIdle();
    }

    private void Apply(ulong index) => _replica.Apply(index, TestReplica.Overwrite(new ExtentId(1025), 0, []));

    private void ApplyDurably(ulong index)
    {
        Apply(index);
        _replica.Machine.Save();
    }

    /// <summary>How often the group was told to cut since the last look.</summary>
    private int Cuts()
    {
        var inputs = _port.Take();
        var cuts = inputs.Count(input => input.Kind == RaftInputKind.Order);
        inputs.Clear(); // as the group does
        return cuts;
    }

    /// <summary>Peers answer on other threads; virtual time stands still meanwhile.</summary>
    private void Until(Func<bool> condition) =>
        Assert.True(Loop.RunUntil(condition, Patience.Long), $"2: {string.Join(",", _two.Questions)}; 3: {string.Join(",", _three.Questions)}; next timer at {Time.NextDue}");
}
