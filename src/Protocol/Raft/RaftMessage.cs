namespace CubeActors.Protocol;

/// <summary>What every raft message has in common: 68 bytes behind the frame's length. Byte table: docs/formats/raft.md.</summary>
/// <remarks>Entries, snapshot meta and the context of heartbeats follow it on the wire and are no part of it.</remarks>
/// <param name="IsForced">Votes: break the lease. Go leaks old values into the other types, so it has a meaning in votes and pre-votes only.</param>
/// <param name="RejectHint">Append replies that reject: where the follower's log may agree.</param>
/// <param name="Group">The data partition; 0 in heartbeats.</param>
/// <param name="To">Never checked by a receiver.</param>
/// <param name="Term">0 in heartbeats, which skips all term checks.</param>
/// <param name="LogTerm">Of the entry at <paramref name="Index"/>. Never 0 with an index above 0 in a request.</param>
/// <param name="Index">By type: the index before the first entry, the last log index, or the index acknowledged or refused.</param>
/// <param name="Commit">Appends: the leader's commit index. Append replies: the follower's; a Go leader repeats itself until it is filled.</param>
public readonly record struct RaftMessage(
    RaftMessageType Type, bool IsForced, bool IsRejected, ulong RejectHint, PartitionId Group, NodeId From, NodeId To,
    ulong Term, ulong LogTerm, ulong Index, ulong Commit);
