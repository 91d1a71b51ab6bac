using CubeActors.Protocol;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>The one table from what a store refuses to what the wire says. The texts' tokens are protocol (data-plane 2.3).</summary>
internal static class StorageRefusals
{
    /// <param name="header">The request, for the texts that name its range.</param>
    /// <param name="watermark">Where the extent stands, for an append at another offset.</param>
    public static string Text(StorageError error, in PacketHeader header, long watermark) => error switch
    {
        StorageError.NotAtWatermark =>
            $"{ErrorTexts.ArgMismatch}: extent current size={watermark} write param(offset={header.ExtentOffset} size={header.Size} extent={header.Extent})",
        StorageError.BadArgument or StorageError.ExtentFull or StorageError.OffsetBeyondEnd =>
            $"{ErrorTexts.ArgMismatch}: offset={header.ExtentOffset} size={header.Size} extent={header.Extent} current size={watermark}",
        StorageError.ExtentExists => ErrorTexts.ExtentExists,
        StorageError.ExtentMissing => ErrorTexts.ExtentMissing,
        StorageError.ExtentDeleted => ErrorTexts.ExtentDeleted,
        StorageError.EndOfExtent => ErrorTexts.EndOfExtent,
        StorageError.NoTinyExtent => $"checkPacketAndPrepare partition {header.Partition} {ErrorTexts.NoTinyExtent} error no available extent",
        StorageError.TinyRecovering => ErrorTexts.TinyRecovering,
        StorageError.NoSpace => ErrorTexts.NoSpace,
        StorageError.ExtentLimit => ErrorTexts.ExtentLimitReached,
        StorageError.Closed => ErrorTexts.StoreClosed,
        _ => throw new ArgumentOutOfRangeException(nameof(error), error, "no text"),
    };
}
