using CubeActors.Protocol;

namespace CubeActors.Raft;

/// <summary>Why a proposal was not taken.</summary>
public enum ProposeRefusal
{
    None,
    NotLeader,
    /// <summary>Leadership is being handed over, see <see cref="RaftCore.HoldProposals"/>.</summary>
    Transferring,
    /// <summary>A change of the members is in the log and not yet applied here. CubeFS drops the second one and reports success.</summary>
    MembershipPending,
    /// <summary>A change of the members has to wait for the first commit of this term: before it, the leader cannot know of changes that
    /// an earlier one began (Ongaro, "bug in single-server membership changes", raft-dev 2015).</summary>
    NothingCommittedYet,
}

/// <summary>What became of a proposal.</summary>
/// <param name="First">Where its first entry stands. What is committed at that index with another term is somebody else's.</param>
public readonly record struct ProposeResult(ProposeRefusal Refusal, LogPosition First)
{
    public bool IsAccepted => Refusal == ProposeRefusal.None;
}
