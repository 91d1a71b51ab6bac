using CubeActors.Protocol;

namespace CubeActors.Storage;

/// <summary>The sizes of the extent format. Byte tables: docs/formats/extent-store.md.</summary>
/// <remarks>Source of the numbers: CubeFS util/unit.go and datanode/storage/extent_store.go, where nothing else is said.</remarks>
public static class ExtentLimits
{
    /// <summary>128 KiB: what one CRC covers (BlockSize).</summary>
    public const int BlockBytes = 128 * 1024;
    /// <summary>Blocks of a normal extent (BlockCount).</summary>
    public const int BlocksMax = 1024;
    /// <summary>128 MiB: the end of a normal extent, and where data of snapshots would start (ExtentSize).</summary>
    public const long NormalBytesMax = (long)BlocksMax * BlockBytes;
    /// <summary>A write to a tiny extent must end below 4 TiB (datanode/storage/extent.go).</summary>
    public const long TinyBytesMax = 4L << 40;
    /// <summary>Objects in a tiny extent start at multiples of this (PageSize).</summary>
    public const int PageBytes = 4096;
    public const int TinyCount = (int)(ExtentId.TinyLast - ExtentId.TinyFirst + 1);
    /// <summary>No id is handed out at this many extents, the tiny ones included (datanode/wrap_prepare.go, 3 × MaxExtentCount).</summary>
    public const int ExtentCountMax = 60000;
    /// <summary>A partition with this many extents is reported read-only (MaxExtentCount).</summary>
    public const int ReadOnlyExtentCount = 20000;

    internal static long AlignUp(long value) => (value + PageBytes - 1) & ~(long)(PageBytes - 1);

    /// <summary>Blocks that <paramref name="bytes"/> bytes from the start of an extent touch.</summary>
    internal static int BlocksOf(long bytes) => (int)((bytes + BlockBytes - 1) / BlockBytes);

    internal static bool IsNormal(ulong id) => id is > ExtentId.NormalBase and <= ExtentId.NormalLast;
}
