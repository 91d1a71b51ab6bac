using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Raft;

// A follower's log: what an append adds, what it cuts, and what it is answered with.
public sealed partial class RaftCore
{
    private void OnAppend(in RaftMessage append, ReadOnlySpan<RaftEntryHeader> entries, RaftEffects effects)
    {
        if (!AcceptLeader(append.From, effects)) return;
        var end = append.Index + (ulong)entries.Length;
        HeardOf(end);
        HeardOf(Math.Min(append.Commit, NumberMax));
        _leaderCommit = Math.Max(_leaderCommit, Math.Min(append.Commit, NumberMax));
        if (IsCopyWithoutLog && append.Index > 0) JoinAsCopy(append, effects);
        else if (append.Index < Commit) Acknowledge(append.From, Commit, effects);
        else if (_log.Holds(new LogPosition(append.LogTerm, append.Index)))
        {
            Write(entries, effects);
            Advance(Math.Min(append.Commit, end));
            Acknowledge(append.From, end, effects);
        }
        else Reject(append, effects);
    }

    private readonly ulong _copiedUpTo;

    /// <summary>The state is there, and no entry of the log yet.</summary>
    private bool IsCopyWithoutLog => _copiedUpTo > 0 && Last.Index == 0;

    /// <summary>Begins the log of a copy behind the entry that the append follows, where the copy holds that entry: it was committed, so the term that a leader gives it is
    /// its term. Where the append lies behind the copy, the leader is told where to begin.</summary>
    /// <remarks>
    /// Otherwise a leader that has cut its log would send a snapshot. That of a CubeFS leader stands for all that it has applied by then, the overwrites since the copy
    /// included, which no log would bring here any more.
    /// </remarks>
    private void JoinAsCopy(in RaftMessage append, RaftEffects effects)
    {
        if (LacksState) return; // the leader tries again
        if (append.Index > _copiedUpTo)
        {
            Counters.AppendsRejected++;
            var reply = Message(RaftMessageType.AppendReply, append.From, Term);
            Send(reply with { IsRejected = true, Index = append.Index, RejectHint = _copiedUpTo, LogTerm = append.LogTerm, Commit = Commit }, effects);
            return;
        }

        Install(append.From, new LogPosition(append.LogTerm, append.Index), effects);
    }

    private void Acknowledge(NodeId leader, ulong index, RaftEffects effects)
    {
        Matched(index);
        _isKnown = true;
        Send(Message(RaftMessageType.AppendReply, leader, Term) with { Index = index, Commit = Commit }, effects);
    }

    /// <summary>Keeps what is there already and cuts only where it differs: an append that comes late must not take back what a later one
    /// brought.</summary>
    private void Write(ReadOnlySpan<RaftEntryHeader> entries, RaftEffects effects)
    {
        var known = 0;
        while (known < entries.Length && _log.Holds(entries[known].Position)) known++;
        if (known == entries.Length) return;
        // A log must not name a term that META does not know: killed between the two, the replica would take its vote for forgotten.
        if (_mustSave) Save(effects);
        var first = entries[known].Index;
        if (first <= Last.Index) CutBack(first, effects);
        foreach (ref readonly var entry in entries[known..])
        {
            _log.Append(entry.Term, 1);
            if (entry.Type == RaftEntryType.Membership) _changes.Add(entry.Index);
        }
        effects.Add(RaftEffect.AppendLog(first, Last.Index));
    }

    private void CutBack(ulong from, RaftEffects effects)
    {
        Invariant.Check(from > Commit);
        _log.CutBack(from);
        _saved = Math.Min(_saved, from - 1);
        while (_changes.Count > 0 && _changes[^1] >= from) _changes.RemoveAt(_changes.Count - 1);
        effects.Add(RaftEffect.TruncateLog(from));
    }

    private void Reject(in RaftMessage append, RaftEffects effects)
    {
        Counters.AppendsRejected++;
        var hint = _log.LastAtMost(Math.Min(append.Index, Last.Index), append.LogTerm);
        _ = _log.TryTermAt(hint, out var hintTerm);
        var reply = Message(RaftMessageType.AppendReply, append.From, Term);
        Send(reply with { IsRejected = true, Index = append.Index, RejectHint = hint, LogTerm = hintTerm, Commit = Commit }, effects);
    }
}
