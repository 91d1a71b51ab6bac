using CubeActors.Protocol;

namespace CubeActors.Storage;

/// <summary>One block of an extent as it was at one moment, with what it takes to see later that it still is.</summary>
/// <param name="Block">Number of the block of 128 KiB.</param>
/// <param name="Bytes">Bytes of it that count: of a normal extent those below the watermark, of a tiny one whole pages of its file.</param>
/// <param name="Crc">Of these bytes.</param>
/// <param name="Stored">The stored CRC; 0 where none is known, as of all tiny extents.</param>
/// <param name="IsDamaged">There is a stored CRC, and it is not that of the block. It covers the block as far as the file goes, which may be further than <paramref name="Bytes"/>.</param>
/// <param name="Changes">Differs as soon as a byte of the extent below its watermark was written or deleted; of a block that is watched, a byte of the block.</param>
/// <param name="IsDirect">Read past the page cache: what the disk holds. Otherwise what readers get. The two may differ where memory or disk went bad.</param>
public readonly record struct BlockState(ExtentId Extent, int Block, int Bytes, uint Crc, uint Stored, bool IsDamaged, uint Changes, bool IsDirect)
{
    public long Offset => (long)Block * ExtentLimits.BlockBytes;
}

/// <summary>What became of the order to set a block right.</summary>
public enum BlockOutcome
{
    /// <summary>It is done, and durable.</summary>
    Done,

    /// <summary>The block is not what it was when it was looked at. Nothing was changed.</summary>
    Changed,

    /// <summary>The extent or the store is not there any more.</summary>
    Gone,

    /// <summary>As many replaced blocks are kept as may be. Nothing was changed.</summary>
    KeptFull,

    /// <summary>The disk has no room to keep the old block. Nothing was changed.</summary>
    NoSpace,
}
