using CubeActors.Protocol;

namespace CubeActors.Raft;

// What every message passes before its handler: is it possible at all, may its sender say it, and what does its term mean.
public sealed partial class RaftCore
{
    /// <summary>No group counts to 2^62; a peer that says so would make terms overflow.</summary>
    internal const ulong NumberMax = 1UL << 62;

    private bool IsPossible(in RaftMessage message, ReadOnlySpan<RaftEntryHeader> entries)
    {
        if (message.From == None || message.From == Self || message.Term > NumberMax || message.Index > NumberMax) return false;
        if (message.Group != Group && message.Type is not (RaftMessageType.Heartbeat or RaftMessageType.HeartbeatReply)) return false;
        switch (message.Type)
        {
            case RaftMessageType.Append:
                // Term 0 at an index above 0 is what Go falsely takes for a match.
                if (message.Term == 0 || message.LogTerm > message.Term || message.LogTerm == 0 != (message.Index == 0)) return false;
                return AreConsecutive(message, entries);
            case RaftMessageType.Heartbeat or RaftMessageType.HeartbeatReply:
                return true;
            case RaftMessageType.PreVoteReply:
                return true; // of a voter that has no term yet
            case RaftMessageType.PreVote or RaftMessageType.Vote:
                return message.Term > 0 && message.LogTerm <= message.Term;
            case RaftMessageType.AppendReply:
                return message.Term > 0 && (!message.IsRejected || message.RejectHint <= NumberMax);
            case RaftMessageType.VoteReply or RaftMessageType.LeaseOffline or RaftMessageType.LeaseTimeout
                or RaftMessageType.CheckQuorum or RaftMessageType.CheckQuorumReply:
                return message.Term > 0;
            default:
                return false; // 8, 10 and 11 mean something only inside a Go process; 3 has an input of its own
        }
    }

    private static bool AreConsecutive(in RaftMessage message, ReadOnlySpan<RaftEntryHeader> entries)
    {
        var (index, term) = (message.Index, message.LogTerm);
        foreach (ref readonly var entry in entries)
        {
            index++;
            if (entry.Index != index || entry.Term < term || entry.Term == 0 || entry.Term > message.Term) return false;
            if (entry.Type is not (RaftEntryType.Normal or RaftEntryType.Membership)) return false;
            term = entry.Term;
        }
        return true;
    }

    // Go obeys appends and heartbeats of nodes that are no members; we do not (docs/decisions/0004). Asking costs nothing: a replica that
    // missed the change which brought the asker in would otherwise keep it from being elected.
    private bool IsFromWhoMay(in RaftMessage message)
    {
        if (Find(message.From) is not null) return true;
        if (message.Type == RaftMessageType.PreVote) return true;
        if (message.Type is RaftMessageType.Append or RaftMessageType.CheckQuorum && ObeysStranger(message.From)) return true;
        if (message.Type == RaftMessageType.Heartbeat && message.From == _termLeader) return true;
        return message.Type == RaftMessageType.Vote && new LogPosition(message.LogTerm, message.Index) >= Last;
    }

    private bool ObeysStranger(NodeId node)
    {
        if (_settings.StrangersObeyedAfterTicks == 0) return false;
        return node == _termLeader || (Role != RaftRole.Leader && _silentTicks >= _settings.StrangersObeyedAfterTicks);
    }

    /// <returns>False if the message ends here.</returns>
    private bool PassesTerms(in RaftMessage message, RaftEffects effects)
    {
        var isVoteRequest = message.Type is RaftMessageType.PreVote or RaftMessageType.Vote;
        if (isVoteRequest && MustWithholdVote(message))
        {
            Counters.VotesWithheld++;
            return false;
        }
        if (message.Term == 0 || message.Term == Term) return true;
        return message.Term > Term ? PassesHigherTerm(message, isVoteRequest, effects) : PassesLowerTerm(message, effects);
    }

    private bool PassesHigherTerm(in RaftMessage message, bool isVoteRequest, RaftEffects effects)
    {
        if (isVoteRequest && !message.IsForced && IsLedByAnother(message.From))
        {
            Counters.VotesWithheld++;
            return false;
        }
        if (message.Type == RaftMessageType.PreVote) return true;
        if (message.Type == RaftMessageType.PreVoteReply && !message.IsRejected) return true;
        var leads = message.Type is RaftMessageType.Append or RaftMessageType.Heartbeat;
        BecomeFollower(message.Term, leads ? message.From : None, effects);
        return true;
    }

    private bool PassesLowerTerm(in RaftMessage message, RaftEffects effects)
    {
        switch (message.Type)
        {
            case RaftMessageType.PreVoteReply when !message.IsRejected:
                return true; // Go answers with its own term, which may be behind ours
            case RaftMessageType.Append or RaftMessageType.Heartbeat:
                TellOfNewTerm(message.From, effects);
                break;
            case RaftMessageType.PreVote:
                Send(Message(RaftMessageType.PreVoteReply, message.From, Term) with { IsRejected = true }, effects);
                break;
        }
        Counters.OfOldTerms++;
        return false;
    }

    /// <summary>A leader must learn that its time is over, also one that was removed and does not know: nodes go on to echo its heartbeats, so that
    /// it would lead a group of the past for ever. Index 0 acknowledges nothing.</summary>
    private void TellOfNewTerm(NodeId leader, RaftEffects effects) =>
        Send(Message(RaftMessageType.AppendReply, leader, Term) with { Commit = Commit }, effects);

    /// <summary>A live leader's group elects no other, unless it is forced to.</summary>
    private bool IsLedByAnother(NodeId sender)
    {
        if (Leader == None || Leader == sender) return false;
        return Role == RaftRole.Leader || _elapsed < _timeout;
    }
}
