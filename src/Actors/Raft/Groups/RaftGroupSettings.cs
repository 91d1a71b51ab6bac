namespace CubeActors.Actors;

/// <summary>How groups are run. Read and validated by Node; no default stands here.</summary>
/// <param name="Tick">Of all groups of the node; equal on all nodes of a cluster. Key tickInterval of datanode.json, at least 300 ms.</param>
/// <param name="MessagesMax">Messages of peers that wait for one group; more are dropped. CubeFS: 2,048.</param>
/// <param name="ProposalBytesMax">Bytes of overwrites of one group that are under way; more are refused.</param>
/// <param name="CacheBytesMax">Bytes of entries that a leader keeps for followers that are behind; older ones are read from the log.</param>
/// <param name="TurnOverdue">A group that has not taken its turn for so long is not echoed. Two ticks.</param>
/// <param name="LogWriteOverdue">A log write that is out for longer stops the echo.</param>
/// <param name="ApplyOverdue">A leader whose state machine stands still for longer is not listed as leading.</param>
/// <param name="AppliedSavePeriod">How often the applied index is made durable. CubeFS: 10 s.</param>
/// <param name="ExchangePeriod">How often a leader asks all replicas for their applied index. CubeFS: 60 s.</param>
/// <param name="TruncateDelay">From the start to the first truncation of the log. CubeFS: 10 min; then every <paramref name="ExchangePeriod"/>.</param>
public sealed record RaftGroupSettings(
    TimeSpan Tick, int MessagesMax, long ProposalBytesMax, long CacheBytesMax, TimeSpan TurnOverdue, TimeSpan LogWriteOverdue,
    TimeSpan ApplyOverdue, TimeSpan AppliedSavePeriod, TimeSpan ExchangePeriod, TimeSpan TruncateDelay);
