namespace CubeActors.Actors.Tests;

/// <summary>What a <see cref="HostilePeer"/> does instead of the plain right answer.</summary>
internal enum PeerFault
{
    None,

    // Slow, and right all the same.
    Delay,
    SplitDelay,

    // Right, and something else with it.
    Duplicate,
    StaleThenRight,
    Reordered,
    Surplus,
    GoesOn,
    StalePending,

    // The answer to something else, in one field alone; its data are others too, with the CRC that is right for them.
    PreviousAnswer,
    ForeignRequestId,
    ForeignPartition,
    ForeignExtent,
    ForeignOpcode,
    ForeignOffset,
    ForeignError,
    NeitherResult,

    // The right ids, and a frame or data that are not right.
    TooShort,
    TooLong,
    WrongCrc,
    CorruptData,
    StrangeArg,
    EmptyBody,
    NegativeCount,
    ForeignList,
    ChangedPromise,
    EmptyRun,
    VersionList,

    // No packet.
    Garbage,
    OversizedSize,
    OversizedArg,

    // No end.
    ZeroProgress,
    Trickle,
    TricklePackets,
    Stall,
    StallMidFrame,
    Late,

    // An end.
    CloseAtOnce,
    CloseMidFrame,
    Reset,
    RefusedDial,
    SilentDial,

    /// <summary>An honest refusal.</summary>
    ErrorReply,
}
