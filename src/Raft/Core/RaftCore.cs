using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Raft;

/// <summary>One replica's part in the consensus of one group. Pure: the same inputs in the same order, and the same random numbers, give
/// the same effects.</summary>
/// <remarks>
/// It behaves on the wire as tiglabs raft does in CubeFS 3.5.3 (depends/tiglabs/raft); docs/decisions/0004 says where it differs and why
/// nobody sees it. It holds no payloads, reads no clock and performs nothing: each input appends to the caller's effects, which are
/// performed in order. One owner; what it publishes is up to date before its effects are performed.
/// Invariants: term and commit never fall; truncated ≤ applied ≤ handed over ≤ commit ≤ last; one term gives its vote to at most one
/// member; nothing is handed to the state machine before it is saved here.
/// In the steady state no input allocates.
/// </remarks>
public sealed partial class RaftCore
{
    private static NodeId None => default;

    private readonly RaftSettings _settings;
    private readonly Random _random;
    private readonly TermRuns _log;
    private NodeId _vote;
    private HardState _recorded; // as the last SaveHardState said
    private bool _mustSave;      // term or vote are not recorded yet
    private ulong _saved;        // entries up to here are saved
    private ulong _handedOver;   // Commit effects went up to here
    private bool _isInstalling;

    /// <exception cref="ArgumentException">The settings are out of range, or the boot record describes no log.</exception>
    public RaftCore(RaftBoot boot, RaftSettings settings, Random random)
    {
        settings.Check();
        _settings = settings;
        _random = random;
        _log = new TermRuns(boot.Truncated, boot.Runs, boot.LastIndex);
        Group = boot.Group;
        Self = boot.Self;
        _recorded = boot.State;
        // META may be older than the log after a power cut. A term without entries of our own in it was never voted in twice: its vote is
        // void.
        Term = Math.Max(boot.State.Term, _log.Last.Term);
        _vote = Term == boot.State.Term ? boot.State.Vote : None;
        Applied = Math.Min(Math.Max(boot.Applied, boot.Truncated.Index), boot.LastIndex);
        Commit = Math.Min(Math.Max(boot.State.Commit, Applied), boot.LastIndex);
        _handedOver = Applied;
        _saved = boot.LastIndex;
        _copiedUpTo = boot.CopiedUpTo;
        foreach (var index in boot.MembershipEntries) if (index > Applied && index <= boot.LastIndex) _changes.Add(index);
        SetMembers(boot.Members);
        _isAbstaining = boot.Abstains;
        _isRejoining = boot.MayHaveLost || boot.State.Commit > boot.LastIndex || boot.Applied > boot.LastIndex;
        _rejoinAt = Math.Max(boot.State.Commit, boot.Applied);
        // Before a restart it may have confirmed a leader that still answers reads.
        _promiseTicks = settings.PromiseTicks;
        DrawTimeout();
        CheckPromises();
    }

    public PartitionId Group { get; }
    public NodeId Self { get; }
    public RaftRole Role { get; private set; }
    public ulong Term { get; private set; }
    /// <summary>0 if nobody is known to lead.</summary>
    public NodeId Leader { get; private set; }
    /// <summary>Entries up to here can never be lost by the group. <see cref="Commit"/> may be ahead of what is saved here.</summary>
    public ulong Commit { get; private set; }
    public ulong Applied { get; private set; }
    public LogPosition Last => _log.Last;
    /// <summary>The last entry that is not in the log any more.</summary>
    public LogPosition Truncated => _log.Truncated;
    /// <summary>Entries up to here are as durable as the setting asks.</summary>
    public ulong Saved => _saved;
    public HardState State => new(Term, _vote, Commit);
    /// <summary>Ticks since the start.</summary>
    public ulong Ticks { get; private set; }
    public bool IsInstallingSnapshot => _isInstalling;
    public RaftCounters Counters { get; } = new();

    /// <summary>The first input, once: saves what the start corrected, hands over what is committed and not applied, and makes the only
    /// member leader.</summary>
    public void Start(RaftEffects effects)
    {
        if (_recorded != State) _mustSave = true;
        if (IsAlone) Campaign(forced: false, effects);
        Finish(effects);
    }

    /// <summary>Time passes. Never earlier than one interval after the tick before, also to make up for lost ones: promises are counted
    /// in ticks.</summary>
    public void Tick(RaftEffects effects)
    {
        if (_isInstalling) return;
        Ticks++;
        if (_promiseTicks > 0) _promiseTicks--;
        if (_termLeader != None) _termLeaderTicks++;
        if (Role == RaftRole.Leader) TickAsLeader(effects);
        else TickWithoutLeading(effects);
        Finish(effects);
    }

    /// <summary>A message of a peer. Never throws: whatever it says is checked, and counted if it is not obeyed.</summary>
    /// <param name="entries">Of an append, in order; their data stay with the caller, who keeps them until the effects are
    /// performed.</param>
    /// <remarks>The front of a snapshot goes to <see cref="StepSnapshot"/>. A heartbeat of many groups is stepped into each.</remarks>
    public void Step(in RaftMessage message, ReadOnlySpan<RaftEntryHeader> entries, RaftEffects effects)
    {
        if (!IsPossible(message, entries)) { Counters.Malformed++; return; }
        if (_isInstalling) { Counters.WhileInstalling++; return; }
        if (!IsFromWhoMay(message))
        {
            Counters.FromStrangers++;
            if (message.Type == RaftMessageType.Append && message.Term < Term) TellOfNewTerm(message.From, effects);
            Finish(effects);
            return;
        }
        if (!PassesTerms(message, effects)) { Finish(effects); return; }
        switch (message.Type)
        {
            case RaftMessageType.Append: OnAppend(message, entries, effects); break;
            case RaftMessageType.Heartbeat: OnHeartbeat(message, effects); break;
            case RaftMessageType.PreVote or RaftMessageType.Vote: OnVoteRequest(message, effects); break;
            case RaftMessageType.PreVoteReply or RaftMessageType.VoteReply: OnVoteReply(message, effects); break;
            case RaftMessageType.AppendReply: OnAppendReply(message, effects); break;
            case RaftMessageType.HeartbeatReply: OnHeartbeatReply(message, effects); break;
            case RaftMessageType.LeaseOffline: OnLeaseOffline(effects); break;
            case RaftMessageType.LeaseTimeout: OnLeaseTimeout(message, effects); break;
            case RaftMessageType.CheckQuorum: OnCheckQuorum(message, effects); break;
            case RaftMessageType.CheckQuorumReply: OnCheckQuorumReply(message, effects); break;
        }
        Finish(effects);
    }

    /// <summary>Adds entries to the leader's log.</summary>
    /// <param name="count">Of type Normal as many as are wanted, of type Membership one.</param>
    public ProposeResult Propose(RaftEntryType type, int count, RaftEffects effects)
    {
        Invariant.Check(count > 0 && (type == RaftEntryType.Normal || count == 1));
        if (Role != RaftRole.Leader) return new ProposeResult(ProposeRefusal.NotLeader, default);
        if (_holdsProposals) return new ProposeResult(ProposeRefusal.Transferring, default);
        if (type == RaftEntryType.Membership)
        {
            if (_changes.Count > 0) return new ProposeResult(ProposeRefusal.MembershipPending, default);
            if (Commit < _termStart) return new ProposeResult(ProposeRefusal.NothingCommittedYet, default);
        }
        var first = Last.Index + 1;
        _log.Append(Term, (ulong)count);
        if (type == RaftEntryType.Membership) _changes.Add(first);
        effects.Add(RaftEffect.AppendLog(first, Last.Index));
        AskAll(effects);
        Finish(effects);
        return new ProposeResult(ProposeRefusal.None, new LogPosition(Term, first));
    }

    /// <summary>The log is as durable as the setting asks up to this entry, and so is everything that was to be written before
    /// it.</summary>
    /// <remarks>A position that the log holds no more (it was cut and written anew) is ignored.</remarks>
    public void LogSaved(LogPosition upTo, RaftEffects effects)
    {
        if (upTo.Index <= _saved || !_log.Holds(upTo)) return;
        _saved = upTo.Index;
        if (Role == RaftRole.Leader)
        {
            if (Find(Self) is { } self) self.Match = _saved;
            TryCommit(effects);
        }
        Finish(effects);
    }

    /// <summary>The state machine has applied all entries up to here.</summary>
    public void AppliedTo(ulong index, RaftEffects effects)
    {
        Invariant.Check(index <= _handedOver);
        if (index <= Applied) return; // e.g. what was under way when a snapshot came
        Applied = index;
        AnnounceReads(effects);
        Finish(effects);
    }

    /// <summary>Cuts the front of the log as far as is wanted and sensible: not what is not applied, not the newest
    /// <see cref="RaftSettings.EntriesRetained"/>, not behind a snapshot that is on its way. Effect: TruncateFront.</summary>
    /// <returns>The index up to which the log is truncated now.</returns>
    public ulong Compact(ulong upTo, RaftEffects effects)
    {
        var retained = (ulong)_settings.EntriesRetained;
        if (_isInstalling || Last.Index <= retained) return Truncated.Index;
        upTo = Math.Min(Math.Min(upTo, Applied), Last.Index - retained);
        foreach (var member in _members)
        {
            // Behind the snapshot it needs the entries; cut away, it would need the next snapshot.
            if (Role == RaftRole.Leader && member.State == ProgressState.Snapshot) upTo = Math.Min(upTo, member.PendingSnapshot);
        }
        if (upTo <= Truncated.Index) return Truncated.Index;
        _log.CutFront(upTo);
        effects.Add(RaftEffect.TruncateFront(Truncated));
        Finish(effects);
        return upTo;
    }

    /// <summary>Every input ends here: what became committed is recorded and handed over, and our promises are checked.</summary>
    private void Finish(RaftEffects effects)
    {
        Save(effects);
        var ready = Math.Min(Commit, _saved);
        if (ready > _handedOver && !_isInstalling)
        {
            _handedOver = ready;
            effects.Add(RaftEffect.Commit(ready));
        }
        CheckPromises();
    }

    private void CheckPromises()
    {
        Invariant.Check(_log.Truncated.Index <= Applied && Applied <= _handedOver);
        Invariant.Check(_handedOver <= Commit && Commit <= Last.Index && _saved <= Last.Index);
        Invariant.Check(Last.Term <= Term);
        Invariant.Check(Role != RaftRole.Leader || Leader == Self);
    }

    /// <summary>Once for all that one input changes, and before anything leaves that depends on it.</summary>
    private void Save(RaftEffects effects)
    {
        if (!_mustSave && Commit <= _recorded.Commit) return;
        // The vote is not taken back within its term, and neither term nor commit falls.
        Invariant.Check(Term >= _recorded.Term && Commit >= Math.Min(_recorded.Commit, Last.Index));
        Invariant.Check(Term > _recorded.Term || _recorded.Vote == None || _recorded.Vote == _vote);
        _recorded = State;
        effects.Add(RaftEffect.SaveHardState(_recorded, _mustSave));
        _mustSave = false;
    }

    private void Advance(ulong commit)
    {
        Invariant.Check(commit <= Last.Index);
        if (commit > Commit) Commit = commit;
    }

    private RaftMessage Message(RaftMessageType type, NodeId to, ulong term) =>
        new() { Type = type, Group = Group, From = Self, To = to, Term = term };

    private void Send(in RaftMessage message, RaftEffects effects)
    {
        if (_mustSave) Save(effects); // a commit index alone need not be waited for
        effects.Add(RaftEffect.Send(message, afterSave: true));
    }
}
