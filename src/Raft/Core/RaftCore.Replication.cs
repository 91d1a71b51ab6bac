using CubeActors.Protocol;

namespace CubeActors.Raft;

// A leader's view of its members: what to send to whom, what their answers mean, and what is committed.
public sealed partial class RaftCore
{
    private void TickAsLeader(RaftEffects effects)
    {
        foreach (var member in _members) member.SilentTicks++;
        if (++_elapsed >= _settings.QuorumCheckTicks)
        {
            _elapsed = 0;
            if (!HasHeardQuorum())
            {
                Counters.QuorumsLost++;
                BecomeFollower(Term, None, effects);
                return;
            }
        }
        foreach (var member in _members) member.IsPaused = false;
        if (_silenceTicks > 0 && --_silenceTicks == 0) TryCommit(effects);
        TickReads(effects);
    }

    private bool HasHeardQuorum()
    {
        var heard = 0;
        foreach (var member in _members)
        {
            if (member.Member == Self || member.IsActive || member.State == ProgressState.Snapshot) heard++;
            member.IsActive = false;
        }
        return heard >= Quorum;
    }

    /// <summary>The answer to a Replicate effect: a message with the entries up to <paramref name="last"/> is on its way.</summary>
    /// <param name="term">Of the effect. An answer that comes after the leadership has ended is ignored.</param>
    /// <param name="last">One below the effect's First if the message carried only the commit index.</param>
    public void Replicated(NodeId to, ulong term, ulong last, RaftEffects effects)
    {
        if (Role != RaftRole.Leader || term != Term || Find(to) is not { AskedFrom: > 0 } member) return;
        var from = member.AskedFrom;
        member.AskedFrom = 0;
        // An answer of the member came in between and says more, or it was removed, added again and asked for anew.
        var hasMoved = member.Next != from || last < from - 1 || last > Last.Index;
        if (last >= from && !hasMoved)
        {
            if (member.State == ProgressState.Probe) member.IsPaused = true;
            if (member.State == ProgressState.Replicate && !member.InFlight.IsFull)
            {
                member.InFlight.Add(last);
                member.Next = last + 1;
            }
        }
        var isBehind = member.State == ProgressState.Replicate && member.Next <= Last.Index;
        if (hasMoved || member.AskAgain || (isBehind && member.InFlightCount < _settings.BacklogInFlightMax)) Ask(member, effects);
        Finish(effects);
    }

    /// <summary>The answer to a Replicate effect that could not be performed, e.g. because the peer's queue is full. The member is asked
    /// for again with the next proposal, acknowledgement or echo.</summary>
    public void ReplicateFailed(NodeId to, ulong term, RaftEffects effects)
    {
        if (Role != RaftRole.Leader || term != Term || Find(to) is not { AskedFrom: > 0 } member) return;
        (member.AskedFrom, member.AskAgain, member.SentSinceEcho) = (0, false, false);
        Finish(effects);
    }

    /// <summary>False once a Replicate or SendSnapshot effect must not be performed any more: what it names may be gone from the
    /// log.</summary>
    public bool IsCurrent(in RaftEffect effect) => Role == RaftRole.Leader && Term == effect.Term && Find(effect.Peer) is not null;

    /// <summary>The answer to a SendSnapshot effect.</summary>
    public void SnapshotEnded(NodeId to, ulong term, bool succeeded, RaftEffects effects)
    {
        if (Role != RaftRole.Leader || term != Term) return;
        if (Find(to) is not { State: ProgressState.Snapshot } member) return;
        var matched = succeeded ? Math.Max(member.Match, member.PendingSnapshot) : member.Match;
        member.EnterProbe(matched + 1);
        member.IsPaused = true; // until the next heartbeat; its acknowledgement comes before
        Finish(effects);
    }

    private void OnAppendReply(in RaftMessage reply, RaftEffects effects)
    {
        if (Role != RaftRole.Leader) return;
        var member = Find(reply.From)!;
        member.Heard();
        if (reply.IsRejected) OnRejected(member, reply, effects);
        else OnAcknowledged(member, reply, effects);
    }

    private void OnAcknowledged(Progress member, in RaftMessage reply, RaftEffects effects)
    {
        if (reply.Index > Last.Index)
        {
            Counters.Malformed++; // nobody can have what the leader of this term has not
            return;
        }
        member.Committed = Math.Max(member.Committed, reply.Commit);
        if (reply.Index <= member.Match) return;
        var couldNotSend = !member.MaySend;
        member.Match = reply.Index;
        member.Next = Math.Max(member.Next, reply.Index + 1);
        switch (member.State)
        {
            case ProgressState.Probe: member.EnterReplicate(); break;
            case ProgressState.Replicate: member.InFlight.FreeUpTo(reply.Index); break;
            case ProgressState.Snapshot when member.Match >= member.PendingSnapshot:
                member.EnterProbe(Math.Max(member.Match, member.PendingSnapshot) + 1);
                break;
        }
        if (TryCommit(effects)) return; // which has asked for everybody
        var isBehind = member.Next <= Last.Index && member.InFlightCount < _settings.BacklogInFlightMax;
        if (couldNotSend || isBehind) Ask(member, effects);
    }

    private void OnRejected(Progress member, in RaftMessage reply, RaftEffects effects)
    {
        switch (member.State)
        {
            case ProgressState.Replicate:
                if (reply.Index <= member.Match) return; // said before it acknowledged
                member.EnterProbe(member.Match + 1);
                break;
            case ProgressState.Probe when reply.Index > Last.Index:
                break; // it wants to be told where it stands, see AskForContact
            case ProgressState.Probe:
                if (reply.Index != member.Next - 1) return;
                var hint = Math.Min(reply.RejectHint, Last.Index);
                var agreed = reply.LogTerm == 0 ? hint : _log.LastAtMost(hint, reply.LogTerm);
                member.Next = Math.Max(1, Math.Min(reply.Index, agreed + 1));
                member.Committed = Math.Min(reply.Commit, Commit);
                member.IsPaused = false;
                // It had acknowledged what it now has not, or the rejection comes late. Counting on it could commit what one replica
                // alone holds, and without a new match its next acknowledgement would say nothing.
                if (member.Match >= member.Next)
                {
                    member.Match = member.Next - 1;
                    Counters.MembersRewound++;
                }
                break;
            default:
                return;
        }
        Ask(member, effects);
    }

    private void OnHeartbeatReply(in RaftMessage reply, RaftEffects effects)
    {
        if (Role != RaftRole.Leader) return;
        var member = Find(reply.From)!;
        member.Heard();
        if (member.State == ProgressState.Snapshot) return;
        if (member.State == ProgressState.Replicate && member.InFlight.IsFull) member.InFlight.FreeOldest();
        var lacks = member.Match < Last.Index || member.Committed < Commit;
        if (!member.SentSinceEcho && lacks) Ask(member, effects);
        member.SentSinceEcho = false;
    }

    private void AskAll(RaftEffects effects)
    {
        foreach (var member in _members) Ask(member, effects);
    }

    /// <summary>Sends what the member lacks, or only the commit index; later, if the last message to it is still being made.</summary>
    private void Ask(Progress member, RaftEffects effects)
    {
        if (member.Member == Self || !member.MaySend) return;
        if (member.AskedFrom > 0)
        {
            member.AskAgain = true;
            return;
        }
        var previous = member.Next - 1;
        if (!_log.TryTermAt(previous, out var previousTerm))
        {
            SendSnapshot(member, effects);
            return;
        }
        (member.AskedFrom, member.AskAgain, member.SentSinceEcho) = (member.Next, false, true);
        var append = Message(RaftMessageType.Append, member.Member, Term);
        effects.Add(RaftEffect.Replicate(append with { LogTerm = previousTerm, Index = previous, Commit = Commit }, Last.Index));
    }

    // The truncation point, not what is applied: the entries behind it are in the log and follow as appends, so nothing that was
    // overwritten while a new replica copied its extents is missed. Source of the idea: CubeFS streams no state in a data partition's
    // snapshot.
    private void SendSnapshot(Progress member, RaftEffects effects)
    {
        if (!member.IsActive) return;
        member.EnterSnapshot(Truncated.Index);
        member.SentSinceEcho = true;
        var front = Message(RaftMessageType.Snapshot, member.Member, Term);
        effects.Add(RaftEffect.SendSnapshot(front with { LogTerm = Truncated.Term, Index = Truncated.Index }));
    }

    /// <summary>Commits what a quorum holds, if its last entry is of this term (Raft 5.4.2).</summary>
    /// <returns>True if the commit index moved; everybody is told then.</returns>
    private bool TryCommit(RaftEffects effects)
    {
        if (_silenceTicks > 0 || _members.Count == 0) return false;
        for (var i = 0; i < _members.Count; i++) _matches[i] = _members[i].Match;
        Array.Sort(_matches, 0, _members.Count);
        var index = _matches[_members.Count - Quorum];
        if (index <= Commit || !_log.TryTermAt(index, out var term) || term != Term) return false;
        Advance(index);
        AskAll(effects);
        return true;
    }
}
