using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Raft.Tests;

/// <summary>What scripts cannot say well: settings, allocations, garbage from peers, and mistakes of the shell.</summary>
public sealed class RaftCoreTests
{
    private static readonly PartitionId Group = new(101);
    private static readonly NodeId One = new(1);
    private static readonly NodeId Two = new(2);
    private static readonly NodeId Three = new(3);

    private static RaftBoot Boot(params NodeId[] members) => new() { Group = Group, Self = One, Members = members };

    private static RaftCore LeaderOfThree(RaftEffects effects)
    {
        var core = new RaftCore(Boot(One, Two, Three), new RaftSettings { LeaseTicks = 0 }, new Random(1));
        core.Start(effects);
        core.Campaign(forced: true, effects);
        core.Step(From(Two, RaftMessageType.VoteReply), [], effects);
        Assert.Equal(RaftRole.Leader, core.Role);
        return core;
    }

    private static RaftMessage From(NodeId node, RaftMessageType type) => new() { Type = type, Group = Group, From = node, To = One, Term = 1 };

    public static TheoryData<RaftSettings> BadSettings =>
    [
        new RaftSettings { ElectionTicks = 1 },
        new RaftSettings { InFlightMax = 0 },
        new RaftSettings { BacklogInFlightMax = 129 },
        new RaftSettings { EntriesRetained = -1 },
        new RaftSettings { LeaseTicks = 5 },
        new RaftSettings { AbstentionTicksMax = 0 },
        new RaftSettings { RejoinTicksMax = 0 },
        new RaftSettings { StrangersObeyedAfterTicks = -1 },
    ];

    [Theory]
    [MemberData(nameof(BadSettings))]
    public void A_setting_out_of_range_is_refused(RaftSettings settings) =>
        Assert.Throws<ArgumentException>(() => new RaftCore(Boot(One), settings, new Random(1)));

    [Fact]
    public void Applying_what_was_never_handed_over_is_a_mistake_of_the_shell()
    {
        var effects = new RaftEffects();
        var core = LeaderOfThree(effects);
        Assert.Throws<InvariantViolationException>(() => core.AppliedTo(1, effects));
    }

    [Fact]
    public void A_save_of_entries_that_were_cut_in_the_meantime_does_not_count()
    {
        var effects = new RaftEffects();
        var core = new RaftCore(Boot(One, Two, Three), new RaftSettings { LeaseTicks = 0 }, new Random(1));
        core.Start(effects);
        var append = From(Two, RaftMessageType.Append);
        core.Step(append, [new RaftEntryHeader(RaftEntryType.Normal, 1, 1, 0), new RaftEntryHeader(RaftEntryType.Normal, 1, 2, 0)], effects);
        core.Step(append with { From = Three, Term = 2 }, [new RaftEntryHeader(RaftEntryType.Normal, 2, 1, 0)], effects);
        core.LogSaved(new LogPosition(1, 2), effects);
        Assert.Equal(0UL, core.Saved);
        core.LogSaved(new LogPosition(2, 1), effects);
        Assert.Equal(1UL, core.Saved);
    }

    [Fact]
    public void Answers_to_replicate_effects_of_an_earlier_leadership_are_ignored()
    {
        var effects = new RaftEffects();
        var core = LeaderOfThree(effects);
        var replicate = effects.Items.ToArray().Last(e => e.Kind == RaftEffectKind.Replicate && e.Peer == Two);
        Assert.True(core.IsCurrent(replicate));
        core.StepDown(effects);
        Assert.False(core.IsCurrent(replicate));
        effects.Clear();
        core.Replicated(Two, replicate.Term, replicate.Last, effects);
        core.ReplicateFailed(Three, replicate.Term, effects);
        Assert.Equal(0, effects.Count);
    }

    [Fact]
    public void A_member_is_asked_for_one_message_at_a_time()
    {
        var effects = new RaftEffects();
        var core = LeaderOfThree(effects);
        core.Step(From(Two, RaftMessageType.AppendReply) with { Index = 1 }, [], effects);
        effects.Clear();
        core.Propose(RaftEntryType.Normal, 3, effects);
        core.Propose(RaftEntryType.Normal, 3, effects);
        // The first append, of the empty entry, is not answered by the shell yet.
        Assert.DoesNotContain(effects.Items.ToArray(), e => e.Kind == RaftEffectKind.Replicate);
        effects.Clear();
        core.Replicated(Two, 1, 1, effects);
        var next = Assert.Single(effects.Items.ToArray());
        Assert.Equal((RaftEffectKind.Replicate, 2UL, 7UL), (next.Kind, next.First, next.Last));
    }

    [Fact]
    public void What_could_not_be_sent_is_sent_at_the_next_echo()
    {
        var effects = new RaftEffects();
        var core = LeaderOfThree(effects);
        core.ReplicateFailed(Two, 1, effects);
        effects.Clear();
        core.Step(new RaftMessage { Type = RaftMessageType.HeartbeatReply, From = Two }, [], effects);
        Assert.Equal(RaftEffectKind.Replicate, Assert.Single(effects.Items.ToArray()).Kind);
    }

    [Fact]
    public void A_replica_that_does_not_know_where_its_members_are_votes_and_never_stands_for_election()
    {
        var effects = new RaftEffects();
        var core = new RaftCore(Boot(One, Two, Three), new RaftSettings(), new Random(1)) { LacksAddresses = true };
        core.Start(effects);
        for (var tick = 0; tick < 300; tick++) core.Tick(effects);
        Assert.DoesNotContain(effects.Items.ToArray(), effect => effect.Kind == RaftEffectKind.Send);
        Assert.Equal(CampaignResult.AddressesUnknown, core.Campaign(forced: true, effects));
        core.Step(From(Two, RaftMessageType.Vote), [], effects);
        Assert.Contains(effects.Items.ToArray(), effect => effect.Kind == RaftEffectKind.Send && effect.Message is { Type: RaftMessageType.VoteReply, IsRejected: false });

        core.LacksAddresses = false;
        for (var tick = 0; tick < 10; tick++) core.Tick(effects);
        Assert.Equal(RaftRole.PreCandidate, core.Role);
    }

    [Fact]
    public void A_replica_without_a_state_machine_votes_and_acknowledges_and_never_stands_for_election()
    {
        var effects = new RaftEffects();
        var core = new RaftCore(Boot(One, Two, Three), new RaftSettings(), new Random(1)) { LacksState = true };
        core.Start(effects);
        for (var tick = 0; tick < 300; tick++) core.Tick(effects);
        Assert.DoesNotContain(effects.Items.ToArray(), effect => effect.Kind == RaftEffectKind.Send);
        Assert.Equal(CampaignResult.StateMissing, core.Campaign(forced: true, effects));
        core.Step(From(Two, RaftMessageType.Vote), [], effects);
        Assert.Contains(effects.Items.ToArray(), effect => effect.Kind == RaftEffectKind.Send && effect.Message is { Type: RaftMessageType.VoteReply, IsRejected: false });

        core.LacksState = false;
        for (var tick = 0; tick < 10; tick++) core.Tick(effects);
        Assert.Equal(RaftRole.PreCandidate, core.Role);
    }

    [Fact]
    public void An_abstaining_replica_that_lacks_what_is_committed_leaves_it_to_others_however_long_there_is_no_leader()
    {
        var effects = new RaftEffects();
        var core = new RaftCore(Boot(One, Two, Three) with { Abstains = true }, new RaftSettings(), new Random(1));
        core.Start(effects);
        core.Step(From(Two, RaftMessageType.Append) with { Term = 1, Commit = 3 }, [], effects); // entries 1 to 3 were lost on the way
        effects.Clear();
        for (var tick = 0; tick < 100; tick++) core.Tick(effects);
        Assert.Equal(RaftRole.Follower, core.Role);

        var entries = Enumerable.Range(1, 3).Select(index => new RaftEntryHeader(RaftEntryType.Normal, 1, (ulong)index, 0)).ToArray();
        core.Step(From(Two, RaftMessageType.Append) with { Term = 1, Commit = 3 }, entries, effects);
        for (var tick = 0; tick < 40; tick++) core.Tick(effects);
        Assert.Equal(RaftRole.PreCandidate, core.Role);
    }

    [Fact]
    public void A_message_of_another_group_is_dropped()
    {
        var effects = new RaftEffects();
        var core = new RaftCore(Boot(One, Two, Three), new RaftSettings(), new Random(1));
        core.Start(effects);
        core.Step(From(Two, RaftMessageType.Append) with { Group = new PartitionId(7) }, [], effects);
        Assert.Equal(1, core.Counters.Malformed);
        Assert.Equal(0, effects.Count);
    }

    [Fact]
    public void Whatever_a_peer_sends_nothing_is_thrown_and_no_promise_of_ours_breaks()
    {
        ulong[] numbers = [0, 0, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 1000, RaftCore.NumberMax - 1, RaftCore.NumberMax, ulong.MaxValue];
        for (var seed = 1; seed <= 300; seed++)
        {
            var random = new Random(seed);
            var effects = new RaftEffects();
            var core = new RaftCore(Boot(One, Two, Three), new RaftSettings { EntriesRetained = 1, StrangersObeyedAfterTicks = seed % 2 }, random);
            core.Start(effects);
            ulong Number() => numbers[random.Next(numbers.Length)];
            // Mostly what could be: the core must get somewhere.
            ulong Near(ulong value) => random.Next(4) == 0 ? Number() : value + (ulong)random.Next(3) - (ulong)Math.Min(value, (ulong)random.Next(2));
            for (var step = 0; step < 300; step++)
            {
                effects.Clear();
                if (core.IsInstallingSnapshot) InstallOrFail(core, random, effects, Near);
                var message = new RaftMessage
                {
                    Type = (RaftMessageType)random.Next(18),
                    Group = Group,
                    From = new NodeId((ulong)random.Next(5)),
                    Term = Near(core.Term),
                    LogTerm = Near(core.Last.Term),
                    Index = Near(core.Last.Index),
                    Commit = Near(core.Commit),
                    RejectHint = Near(core.Last.Index),
                    IsRejected = random.Next(2) == 0,
                    IsForced = random.Next(2) == 0,
                };
                var entries = new RaftEntryHeader[random.Next(4)];
                for (var i = 0; i < entries.Length; i++)
                {
                    var type = (RaftEntryType)(random.Next(8) == 0 ? random.Next(3) : 0);
                    entries[i] = new RaftEntryHeader(type, Math.Max(1, random.Next(3) > 0 ? message.Term : message.LogTerm), message.Index + 1 + (ulong)i, 0);
                }
                if (message.Type == RaftMessageType.Snapshot) Offer(core, message, effects);
                else core.Step(message, entries, effects);
                if (random.Next(3) == 0) core.Tick(effects);
                if (random.Next(9) == 0) core.Campaign(forced: true, effects);
                if (random.Next(9) == 0) core.Propose(RaftEntryType.Normal, 1, effects);
                if (random.Next(9) == 0) core.RequestRead(effects);
                core.LogSaved(core.Last, effects);
                if (random.Next(3) == 0 && !core.IsInstallingSnapshot) ApplyAll(core, effects);
                if (random.Next(9) == 0) core.Compact(core.Applied, effects);
            }
            Assert.True(core.Counters.Malformed > 0);
        }
    }

    private static void Offer(RaftCore core, in RaftMessage message, RaftEffects effects) =>
        core.StepSnapshot(message, new LogPosition(message.LogTerm, message.Index), effects);

    private static LogPosition InstallingAt(RaftEffects effects, RaftCore core, Func<ulong, ulong> near) =>
        effects.Items.ToArray().LastOrDefault(e => e.Kind == RaftEffectKind.InstallSnapshot) is { Last: > 0 } effect
            ? effect.Position : new LogPosition(Math.Max(1, Math.Min(core.Term, core.Last.Term)), core.Last.Index + 1 + Math.Min(near(1), 9));

    private static void InstallOrFail(RaftCore core, Random random, RaftEffects effects, Func<ulong, ulong> near)
    {
        if (random.Next(2) == 0) core.SnapshotFailed();
        else core.SnapshotInstalled(InstallingAt(effects, core, near), [One, Two, Three], effects);
    }

    private static void ApplyAll(RaftCore core, RaftEffects effects)
    {
        var commits = effects.Items.ToArray().Where(e => e.Kind == RaftEffectKind.Commit).Select(e => e.Last).DefaultIfEmpty().Max();
        if (commits > core.Applied) core.AppliedTo(commits, effects);
    }

    [Fact]
    public void The_steady_state_allocates_nothing()
    {
        var effects = new RaftEffects();
        var leader = LeaderOfThree(effects);
        var follower = new RaftCore(Boot(One, Two, Three), new RaftSettings { LeaseTicks = 0 }, new Random(1));
        follower.Start(effects);
        for (var i = 0; i < 100; i++) Round(leader, follower, effects);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10_000; i++) Round(leader, follower, effects);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(leader.Last.Index, leader.Commit);
        Assert.Equal(follower.Last.Index, follower.Applied);
    }

    private static void Round(RaftCore leader, RaftCore follower, RaftEffects effects)
    {
        effects.Clear();
        leader.Propose(RaftEntryType.Normal, 2, effects);
        leader.LogSaved(leader.Last, effects);
        leader.Replicated(Two, 1, leader.Last.Index, effects);
        leader.Replicated(Three, 1, leader.Last.Index, effects);
        foreach (var node in (ReadOnlySpan<NodeId>)[Two, Three])
        {
            leader.Step(From(node, RaftMessageType.AppendReply) with { Index = leader.Last.Index, Commit = leader.Commit }, [], effects);
            leader.Step(new RaftMessage { Type = RaftMessageType.HeartbeatReply, From = node }, [], effects);
            leader.Replicated(node, 1, leader.Last.Index, effects);
        }
        leader.AppliedTo(leader.Commit, effects);
        leader.RequestRead(effects);
        leader.Step(From(Two, RaftMessageType.CheckQuorumReply) with { Index = 1 }, [], effects);
        leader.Tick(effects);
        effects.Clear();
        var last = follower.Last;
        var append = From(Two, RaftMessageType.Append) with { LogTerm = last.Term, Index = last.Index, Commit = last.Index };
        follower.Step(append, [new(RaftEntryType.Normal, 1, last.Index + 1, 9), new(RaftEntryType.Normal, 1, last.Index + 2, 9)], effects);
        follower.LogSaved(follower.Last, effects);
        follower.Step(append with { Index = follower.Last.Index, LogTerm = 1, Commit = follower.Last.Index }, [], effects);
        follower.AppliedTo(follower.Commit, effects);
        follower.Step(new RaftMessage { Type = RaftMessageType.Heartbeat, From = Two }, [], effects);
        follower.Step(From(Two, RaftMessageType.CheckQuorum) with { Index = 1 }, [], effects);
        follower.Tick(effects);
    }
}
