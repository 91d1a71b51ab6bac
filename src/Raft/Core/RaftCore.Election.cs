using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Raft;

// Roles: when a replica stands for election, how it wins, and how it goes back to following.
public sealed partial class RaftCore
{
    private int _elapsed;          // ticks since the timer was set back; as a leader since the quorum was counted
    private int _timeout;
    private NodeId _termLeader;    // proved itself in this term by an append or a round; 0 before
    private ulong _termLeaderTicks;
    private NodeId _formerLeader;  // of the term that a forced campaign ends, if it has led long enough; else 0
    private bool _isForced;        // the campaign under way
    private ulong _termStart;      // as a leader: the index of its first entry
    private int _silenceTicks;     // as a leader by force: so long nothing is committed
    private bool _holdsProposals;
    private ulong _announcedTerm;

    /// <summary>Stands for election. Forced (0x69): at once, against a living leader too.</summary>
    public CampaignResult Campaign(bool forced, RaftEffects effects)
    {
        var hindrance = WhyNotCampaign(forced);
        if (hindrance != CampaignResult.Started) return hindrance;
        if (forced || IsAlone) StartElection(forced, effects);
        else StartPreVote(effects);
        Finish(effects);
        return CampaignResult.Started;
    }

    /// <summary>Gives leadership up by omission: follower of nobody in the same term, and nobody is told.</summary>
    public void StepDown(RaftEffects effects)
    {
        if (Role == RaftRole.Leader) BecomeFollower(Term, None, effects);
        Finish(effects);
    }

    /// <summary>While true, a leader takes no proposals: it is about to hand over. Ends with the leadership.</summary>
    public void HoldProposals(bool hold) => _holdsProposals = hold && Role == RaftRole.Leader;

    private CampaignResult WhyNotCampaign(bool forced)
    {
        if (Role == RaftRole.Leader) return CampaignResult.AlreadyLeader;
        if (_isInstalling) return CampaignResult.InstallingSnapshot;
        if (Find(Self) is null) return CampaignResult.NotMember;
        if (_changes.Count > 0 && _changes[0] <= Commit) return CampaignResult.MembershipUnapplied;
        if (_isRejoining) return CampaignResult.Rejoining;
        if (LacksAddresses) return CampaignResult.AddressesUnknown;
        if (LacksState) return CampaignResult.StateMissing;
        if (_isAbstaining && (forced || !IsNeeded)) return CampaignResult.Abstains;
        if (!forced && _promiseTicks > 0 && !IsAlone) return CampaignResult.Promised;
        return Term >= NumberMax ? CampaignResult.TermsExhausted : CampaignResult.Started;
    }

    private void TickWithoutLeading(RaftEffects effects)
    {
        _silentTicks++;
        if (Find(Self) is null)
        {
            _elapsed = 0;
            return;
        }
        _elapsed++;
        if (_isRejoining && _silentTicks >= _settings.RejoinTicksMax) _isRejoining = false;
        var timeout = Role switch
        {
            RaftRole.PreCandidate => _settings.ElectionTicks,
            RaftRole.Follower when Leader != None => 2 * _settings.ElectionTicks,
            _ => _timeout,
        };
        if (_elapsed < timeout && !IsAlone) return;
        var result = Campaign(forced: false, effects);
        if (result is CampaignResult.Started or CampaignResult.Promised) return; // a promise is short: the timer need not start anew
        if (Role != RaftRole.Follower || Leader != None) BecomeFollower(Term, None, effects);
        else ResetTimer();
    }

    private void StartPreVote(RaftEffects effects)
    {
        Become(RaftRole.PreCandidate, None, effects);
        StartVotes();
        RequestVotes(RaftMessageType.PreVote, Term + 1, forced: false, effects);
    }

    private void StartElection(bool forced, RaftEffects effects)
    {
        var hasLedLongEnough = _termLeaderTicks >= (ulong)_settings.PromiseTicks;
        _formerLeader = hasLedLongEnough ? _termLeader : None;
        _isForced = forced;
        EnterTerm(Term + 1);
        _vote = Self;
        Become(RaftRole.Candidate, None, effects);
        StartVotes();
        if (Quorum == 1) BecomeLeader(effects);
        else RequestVotes(RaftMessageType.Vote, Term, forced, effects);
    }

    private void StartVotes()
    {
        foreach (var member in _members) member.Vote = null;
        Find(Self)!.Vote = true;
    }

    private void RequestVotes(RaftMessageType type, ulong term, bool forced, RaftEffects effects)
    {
        foreach (var member in _members)
        {
            if (member.Member == Self) continue;
            var request = Message(type, member.Member, term);
            Send(request with { IsForced = forced, LogTerm = Last.Term, Index = Last.Index }, effects);
        }
    }

    private void OnVoteReply(in RaftMessage reply, RaftEffects effects)
    {
        var awaited = reply.Type == RaftMessageType.VoteReply ? RaftRole.Candidate : RaftRole.PreCandidate;
        if (Role == RaftRole.Leader) EndSilence(reply, effects);
        // A granted pre-vote comes with any term up to the one that was asked for; beyond, it answers somebody else's question.
        if (Role != awaited || reply.Term > Term + 1) return;
        var voter = Find(reply.From)!;
        voter.Vote ??= !reply.IsRejected;
        var (granted, rejected) = (0, 0);
        foreach (var member in _members)
        {
            if (member.Vote == true) granted++;
            if (member.Vote == false) rejected++;
        }
        if (granted >= Quorum)
        {
            if (Role == RaftRole.PreCandidate) StartElection(forced: false, effects);
            else BecomeLeader(effects);
        }
        else if (rejected >= Quorum)
        {
            BecomeFollower(Term, None, effects);
        }
    }

    /// <summary>The leader that was put down by force has voted for this one, if late: it answers no more reads.</summary>
    private void EndSilence(in RaftMessage reply, RaftEffects effects)
    {
        if (_silenceTicks == 0 || reply.Type != RaftMessageType.VoteReply || reply.IsRejected || reply.From != _formerLeader) return;
        _silenceTicks = 0;
        TryCommit(effects);
    }

    private void BecomeLeader(RaftEffects effects)
    {
        Invariant.Check(_vote == Self);
        // A leader that was put down by force may answer reads until its lease ends: nothing new may become visible before. Not if it
        // granted its vote, for then it leads no more, and the leases of those before it ended while it led.
        var mayBeRead = _isForced && !IsAlone && _formerLeader != Self && Find(_formerLeader)?.Vote != true;
        _silenceTicks = mayBeRead ? _settings.PromiseTicks : 0;
        _isForced = false;
        Become(RaftRole.Leader, Self, effects);
        (_termLeader, _termLeaderTicks) = (Self, 0);
        foreach (var member in _members) member.Reset(Last.Index + 1);
        if (_mustSave) Save(effects); // alone it asks nobody: the term is written before its first entry
        _log.Append(Term, 1);
        _termStart = Last.Index;
        if (Find(Self) is { } self) self.Match = _saved;
        StartReads();
        effects.Add(RaftEffect.AppendEmpty(Last));
        AskAll(effects);
    }

    /// <summary>Follower of <paramref name="leader"/>, 0 for nobody, in this term or a later one.</summary>
    private void BecomeFollower(ulong term, NodeId leader, RaftEffects effects)
    {
        if (term > Term) EnterTerm(term);
        Become(RaftRole.Follower, leader, effects);
    }

    private void EnterTerm(ulong term)
    {
        Invariant.Check(term > Term);
        Term = term;
        _vote = None;
        _mustSave = true;
        (_termLeader, _termLeaderTicks) = (None, 0);
        _isKnown = false;
    }

    private void Become(RaftRole role, NodeId leader, RaftEffects effects)
    {
        var wasLeader = Role == RaftRole.Leader;
        var isNews = Leader != leader || wasLeader != (role == RaftRole.Leader) || (leader != None && _announcedTerm != Term);
        Role = role;
        Leader = leader;
        ResetTimer();
        if (wasLeader && role != RaftRole.Leader)
        {
            _holdsProposals = false;
            _silenceTicks = 0;
            _silentTicks = 0;
            EndReads(effects);
        }
        if (!isNews) return;
        _announcedTerm = Term;
        effects.Add(RaftEffect.LeadershipChanged(Term, leader));
    }

    /// <summary>A message that only the leader of the current term sends: from now on it is the only one.</summary>
    /// <returns>False, and counted, if another has led this term; in a sound group never.</returns>
    private bool AcceptLeader(NodeId leader, RaftEffects effects)
    {
        if (Role == RaftRole.Leader || (_termLeader != None && _termLeader != leader))
        {
            Counters.RivalLeaders++;
            return false;
        }
        Follow(leader, effects);
        if (_termLeader == None) (_termLeader, _termLeaderTicks) = (leader, 0);
        return true;
    }

    /// <summary>A sign of life of the node that we follow.</summary>
    private void Follow(NodeId leader, RaftEffects effects)
    {
        if (Role != RaftRole.Follower || Leader != leader) Become(RaftRole.Follower, leader, effects);
        _elapsed = 0;
        _silentTicks = 0;
    }

    private void OnHeartbeat(in RaftMessage heartbeat, RaftEffects effects)
    {
        // Heartbeats name no term. Once a leader of this term has proved itself, another one's are those of the past.
        if (Role == RaftRole.Leader || (_termLeader != None && _termLeader != heartbeat.From))
        {
            Counters.FalseHeartbeats++;
            return;
        }
        Follow(heartbeat.From, effects);
        if (_isRejoining && !_isKnown) AskForContact(effects);
    }

    private void OnLeaseOffline(RaftEffects effects)
    {
        if (Role != RaftRole.Leader) return;
        foreach (var member in _members)
        {
            if (member.Member != Self) Send(Message(RaftMessageType.LeaseTimeout, member.Member, Term), effects);
        }
        BecomeFollower(Term, None, effects);
    }

    private void OnLeaseTimeout(in RaftMessage order, RaftEffects effects)
    {
        if (Role != RaftRole.Follower || Leader != order.From) return;
        // Who gives leadership up answers no more reads.
        if (_promisedTo == order.From) _promiseTicks = 0;
        _elapsed = 0;
        Campaign(forced: false, effects);
    }

    private void ResetTimer()
    {
        _elapsed = 0;
        DrawTimeout();
    }

    private void DrawTimeout() => _timeout = _settings.ElectionTicks + _random.Next(_settings.ElectionTicks);
}
