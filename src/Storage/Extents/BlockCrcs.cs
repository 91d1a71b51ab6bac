namespace CubeActors.Storage;

/// <summary>The block CRCs of one open extent, and which of them were seen to match the bytes. 0 means unknown.</summary>
/// <remarks>
/// Changed under the extent's lock, read without it. One word holds a block's CRC and its verified mark, so that a reader never pairs
/// an old CRC with a new mark. The table grows with the extent, up to 8 KiB.
/// </remarks>
internal sealed class BlockCrcs
{
    private const ulong Verified = 1UL << 32;
    private ulong[] _blocks = [];

    public uint this[int block] => (uint)Word(block);

    /// <summary>The block has a CRC that nobody has compared with the bytes since the extent was opened.</summary>
    public bool NeedsCheck(int block) => Word(block) is > 0 and < Verified;

    public bool NeedsCheck(int first, int last)
    {
        for (var block = first; block <= last; block++)
            if (NeedsCheck(block)) return true;
        return false;
    }

    /// <summary>What the disk says; not verified.</summary>
    public void Load(int block, uint crc)
    {
        if (crc != 0) Slot(block) = crc;
    }

    /// <summary>The bytes were just written, so the CRC needs no comparison while the extent stays open.</summary>
    public void SetWritten(int block, uint crc)
    {
        if (crc != 0) Volatile.Write(ref Slot(block), crc | Verified);
        else Forget(block);
    }

    /// <summary>The block is about to hold bytes of this CRC: until <see cref="SetWritten"/> every reader compares it.</summary>
    public void SetUnproven(int block, uint crc)
    {
        if (crc != 0) Volatile.Write(ref Slot(block), crc);
        else Forget(block);
    }

    public void Forget(int block)
    {
        if (block < _blocks.Length) Volatile.Write(ref _blocks[block], 0);
    }

    /// <summary>Marks a block as compared, unless its CRC has changed meanwhile. Needs no lock.</summary>
    public void MarkVerified(int block, uint crc)
    {
        var blocks = Volatile.Read(ref _blocks);
        if (block < blocks.Length) Interlocked.CompareExchange(ref blocks[block], crc | Verified, crc);
    }

    private ulong Word(int block)
    {
        var blocks = Volatile.Read(ref _blocks);
        return block < blocks.Length ? Volatile.Read(ref blocks[block]) : 0;
    }

    private ref ulong Slot(int block)
    {
        if (block >= _blocks.Length)
        {
            // A reader may still mark a block in the old array as verified: that mark is lost, and the block compared once more.
            var grown = new ulong[Math.Min(ExtentLimits.BlocksMax, Math.Max(16, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)block + 1)))];
            _blocks.CopyTo(grown, 0);
            Volatile.Write(ref _blocks, grown);
        }
        return ref _blocks[block];
    }
}
