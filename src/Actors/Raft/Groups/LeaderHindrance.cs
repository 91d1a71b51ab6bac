namespace CubeActors.Actors;

/// <summary>Why a leader cannot serve.</summary>
internal enum LeaderHindrance
{
    None,

    /// <summary>Its group takes no turns. It is not listed as leading meanwhile; there is nobody who could do more.</summary>
    NoTurns,

    /// <summary>A write of its log is out for too long: <see cref="RaftGroupSettings.LogWriteOverdue"/>.</summary>
    LogStalled,

    /// <summary>Its state machine stands still with work waiting: <see cref="RaftGroupSettings.ApplyOverdue"/>.</summary>
    ApplyStalled,
}
