using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>What is done about a failure of the source. Pure.</summary>
internal static class RepairReactions
{
    /// <summary>How often a source may say that its disk reads for somebody else; two minutes in all.</summary>
    public const int TokenTriesMax = 24;

    /// <param name="tries">Of this extent, the failed one included.</param>
    /// <param name="tokenTries">Of them, those that met a busy source.</param>
    /// <returns>How long to wait before the next try; null to leave the extent to the next task.</returns>
    public static TimeSpan? PauseAfter(RepairFailureKind kind, ResultCode code, int tries, int tokenTries, RepairSettings settings)
    {
        if (kind == RepairFailureKind.Refused)
        {
            if (code == ResultCode.ReadRepairAgain) return tokenTries < TokenTriesMax ? settings.TokenPause : null;
            // It was deleted there, or this is no partition of that node any more: asking again changes nothing.
            if (code is ResultCode.NotExist or ResultCode.TryOtherAddress or ResultCode.ArgMismatch) return null;
        }

        if (tries - tokenTries >= settings.TriesPerExtent) return null;
        var pause = settings.RetryMin * Math.Pow(2, Math.Min(20, tries - tokenTries - 1));
        return pause < settings.RetryMax ? pause : settings.RetryMax;
    }

    /// <summary>The source has deleted the extent: that is no failure of the repair.</summary>
    public static bool IsDeletedThere(RepairFailureKind kind, ResultCode code) => kind == RepairFailureKind.Refused && code == ResultCode.NotExist;
}
