namespace CubeActors.Raft;

/// <summary>What a replica is in its group at this moment. Source of the set: CubeFS depends/tiglabs/raft, raft_fsm.go.</summary>
public enum RaftRole
{
    Follower,
    /// <summary>Asks whether it would be elected; its term and vote are untouched.</summary>
    PreCandidate,
    Candidate,
    Leader,
}
