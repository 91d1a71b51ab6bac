using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Raft;

// Giving votes, and the three reasons to keep one: an abstaining replica votes, a rejoining one does not, a promise binds for some ticks.
public sealed partial class RaftCore
{
    private bool _isAbstaining;
    private bool _isRejoining;
    private ulong _rejoinAt;      // the highest index that a leader or our own disk has named
    private bool _isKnown;        // the leader of this term has our acknowledgement of an append, or it is on its way
    private ulong _leaderCommit;  // the highest commit index that a leader has named since the start
    private int _silentTicks;     // since a leader was heard
    private int _promiseTicks;    // so long no unforced vote for anybody but _promisedTo
    private NodeId _promisedTo;   // 0: for nobody at all

    /// <summary>True: it acknowledges and votes but does not stand for election, until it has heard no leader for
    /// <see cref="RaftSettings.AbstentionTicksMax"/> and holds all that a leader has named as committed; a forced campaign is refused
    /// throughout. For a replica that could not serve well as leader.</summary>
    public bool Abstains => _isAbstaining;

    /// <summary>True: it does not stand for election, forced or not and however long there is no leader, because it could not ask all members. It
    /// acknowledges and votes. Does not end a leadership.</summary>
    public bool LacksAddresses { get; set; }

    /// <summary>True: it does not stand for election, forced or not and however long there is no leader, because nothing can be applied here yet. It
    /// acknowledges and votes. Does not end a leadership.</summary>
    public bool LacksState { get; set; }

    /// <summary>Nobody has led for so long that an abstaining replica has to: it may be the only one that holds the whole log. One that lacks what is
    /// committed cannot win.</summary>
    private bool IsNeeded => _silentTicks >= _settings.AbstentionTicksMax && Last.Index >= _leaderCommit;

    /// <summary>It may have lost what it acknowledged: it acknowledges, but neither votes nor stands for election until it holds what a
    /// leader had when that was first heard, or no leader was heard for <see cref="RaftSettings.RejoinTicksMax"/>.</summary>
    public bool IsRejoining => _isRejoining;

    /// <summary>Sets <see cref="Abstains"/>. Does not end a leadership: see <see cref="StepDown"/>.</summary>
    public void Abstain(bool abstains, RaftEffects effects)
    {
        _isAbstaining = abstains;
        if (abstains && Role is RaftRole.PreCandidate or RaftRole.Candidate) BecomeFollower(Term, None, effects);
        if (!abstains && IsAlone) Campaign(forced: false, effects);
        Finish(effects);
    }

    private bool MustWithholdVote(in RaftMessage request)
    {
        if (_isRejoining) return true;
        return !request.IsForced && _promiseTicks > 0 && request.From != _promisedTo;
    }

    private void OnVoteRequest(in RaftMessage request, RaftEffects effects)
    {
        var isReal = request.Type == RaftMessageType.Vote;
        var isFree = _vote == request.From || (_vote == None && Leader == None) || (!isReal && request.Term > Term);
        // Without our last entries it could win and then lose them for all (Raft thesis 3.6.1).
        var isUpToDate = new LogPosition(request.LogTerm, request.Index) >= Last;
        var grants = isFree && isUpToDate;
        if (grants && isReal)
        {
            Invariant.Check(_vote == None || _vote == request.From);
            _elapsed = 0;
            if (_vote == None)
            {
                _vote = request.From;
                _mustSave = true;
            }
        }
        // A granted pre-vote repeats the term that was asked for, as etcd does: with our own, a candidate that is ahead would not count it.
        var term = grants && !isReal ? request.Term : Term;
        var reply = Message(isReal ? RaftMessageType.VoteReply : RaftMessageType.PreVoteReply, request.From, term);
        Send(reply with { IsRejected = !grants }, effects);
    }

    /// <summary>Until the given ticks are over no other leader comes about by our vote, so that this one may answer reads.</summary>
    private void PromiseTo(NodeId leader)
    {
        _promisedTo = _promiseTicks == 0 || _promisedTo == leader ? leader : None;
        _promiseTicks = _settings.PromiseTicks;
    }

    /// <summary>A leader of the current term, or its log, spoke of this index.</summary>
    private void HeardOf(ulong index)
    {
        if (_isRejoining) _rejoinAt = Math.Max(_rejoinAt, index);
    }

    /// <summary>Our log equals that of a current leader up to this index.</summary>
    private void Matched(ulong index)
    {
        if (index >= _rejoinAt) _isRejoining = false;
    }

    /// <summary>An idle leader sends nothing to a member that has, it believes, everything. A rejection of an entry that nobody has makes
    /// it show how far it believes us to be: its next append begins there.</summary>
    /// <remarks>
    /// To be repeated until an append could be acknowledged. That we have heard of the leader is not enough: a round of reads says nothing of its log, and
    /// a rejection of what we had acknowledged may be lost, or be taken for an old one.
    /// </remarks>
    private void AskForContact(RaftEffects effects)
    {
        var ask = Message(RaftMessageType.AppendReply, Leader, Term);
        Send(ask with { IsRejected = true, Index = NumberMax, RejectHint = Last.Index, LogTerm = Last.Term, Commit = Commit }, effects);
    }
}
