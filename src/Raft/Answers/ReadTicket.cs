namespace CubeActors.Raft;

/// <summary>What a leader read has to wait for.</summary>
public enum ReadStatus
{
    NotLeader,
    /// <summary>For the effect ReadReady or ReadFailed that reaches <see cref="ReadTicket.Round"/>.</summary>
    Waiting,
    /// <summary>For nothing, while <see cref="RaftCore.HoldsLease"/> is true; it is asked again after the read.</summary>
    Ready,
}

/// <param name="Round">The round of messages that has to be confirmed; readers that come together share one.</param>
public readonly record struct ReadTicket(ReadStatus Status, ulong Round);
