using CubeActors.Protocol;

namespace CubeActors.Storage;

/// <summary>What is known of one extent: the row of the lists that replicas compare.</summary>
/// <param name="Size">The watermark in bytes; of a tiny extent rounded up to 4 KiB.</param>
/// <param name="ModifiedSeconds">Unix seconds of the last append (overwrites do not count), after a restart the file's mtime.</param>
/// <param name="Crc">0, or the extent CRC as of <paramref name="CrcApplyId"/>.</param>
/// <param name="SnapshotEnd">128 MiB, or the file's end if it carries snapshot data behind 128 MiB. Never less: a Go peer would take the
/// extent for a snapshot extent.</param>
public readonly record struct ExtentRecord(ExtentId Id, long Size, long ModifiedSeconds, uint Crc, ulong CrcApplyId, long SnapshotEnd)
{
    /// <summary>Watermark plus snapshot bytes.</summary>
    public long TotalBytes => Size + (SnapshotEnd - ExtentLimits.NormalBytesMax);
}
