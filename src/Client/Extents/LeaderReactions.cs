using CubeActors.Protocol;

namespace CubeActors.Client;

/// <summary>What follows from a reply of a replica that was asked as the raft leader.</summary>
internal enum LeaderReaction
{
    Done,

    /// <summary>It passes by itself: the same host once more, after a pause.</summary>
    SameHost,

    /// <summary>It does not lead, and there is no hint who does: the hosts one after the other.</summary>
    NextHost,

    /// <summary>Overwrites: an error for the caller, without a retry. Reads: the replicas that are furthest are asked instead.</summary>
    NotFromLeader,

    /// <summary>An error for the caller; every replica would say the same.</summary>
    GiveUp,
}

/// <summary>Columns "SDK overwrite" and "SDK read, leader" of the table of reactions: data-plane 2.4. Pure.</summary>
/// <remarks>
/// One code differs: 0x3F (another version of a volume with snapshots) lets the SDK refresh its version and start again. This client has no
/// versions, and an error says so.
/// </remarks>
internal static class LeaderReactions
{
    public static LeaderReaction ToOverwrite(ResultCode code) => Common(code) ?? LeaderReaction.GiveUp;

    public static LeaderReaction ToRead(ResultCode code) =>
        // The number has two meanings; to readers it says "forbidden".
        Common(code) ?? (code == ResultCode.ReadRepairAgain ? LeaderReaction.GiveUp : LeaderReaction.NotFromLeader);

    private static LeaderReaction? Common(ResultCode code) => code switch
    {
        ResultCode.Ok => LeaderReaction.Done,
        ResultCode.Again or ResultCode.LimitedIo => LeaderReaction.SameHost,
        ResultCode.TryOtherAddress => LeaderReaction.NextHost,
        _ => null,
    };
}
