namespace CubeActors.Protocol;

/// <summary>The kinds of raft messages that cross the wire. Numbers that mean something only inside a Go process (8, 10, 11) are missing on purpose.</summary>
/// <remarks>Source: CubeFS depends/tiglabs/raft/proto/proto.go. A receiver drops every other number.</remarks>
public enum RaftMessageType : byte
{
    Append = 0,
    PreVote = 1,
    /// <summary>Between nodes, not groups: the context lists the groups that the sender leads. Term 0.</summary>
    Heartbeat = 2,
    /// <summary>The front of a snapshot stream, on a connection of its own.</summary>
    Snapshot = 3,
    Vote = 4,
    AppendReply = 5,
    PreVoteReply = 6,
    /// <summary>The context lists the groups of the heartbeat that the sender knows and that are alive. Term 0.</summary>
    HeartbeatReply = 7,
    VoteReply = 9,
    /// <summary>An order to a leader to step down. CubeFS 3.5 never sends it.</summary>
    LeaseOffline = 12,
    /// <summary>"Campaign now", from the leader. CubeFS 3.5 obeys it and never sends it.</summary>
    LeaseTimeout = 13,
    /// <summary>Asks whether the sender is still followed; the index comes back as sent.</summary>
    CheckQuorum = 14,
    CheckQuorumReply = 15,
}
