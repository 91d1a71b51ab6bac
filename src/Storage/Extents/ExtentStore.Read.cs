using System.Buffers;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Storage;

// Reading, and comparing blocks with their stored CRCs.
public sealed partial class ExtentStore
{
    private long _damagedBlocks;

    /// <summary>Blocks that did not match their stored CRC since the store was opened; hints that were reset count too.</summary>
    public long DamagedBlocks => Interlocked.Read(ref _damagedBlocks);

    /// <summary>Told of each block that does not match its stored CRC, with the extent's lock held: it must return at once and not call back.</summary>
    public Action<ExtentId, int>? Mismatched { get; set; }

    /// <summary>Fills <paramref name="destination"/> from <paramref name="offset"/> on. Each block is compared with its CRC once an opening.</summary>
    /// <param name="crc">The CRC of the bytes just read.</param>
    /// <param name="direct">Past the page cache, blocks that have to be compared too.</param>
    /// <returns>None, BadArgument, OffsetBeyondEnd, EndOfExtent, BlockDamaged, ExtentMissing, ExtentDeleted, Closed.</returns>
    public StorageError Read(ExtentId id, long offset, Span<byte> destination, out uint crc, bool direct = false)
    {
        crc = 0;
        if (_closed) return StorageError.Closed;
        if (!TryFind(id, out var extent)) return Missing(id);
        if (offset < 0) return StorageError.BadArgument;
        while (true)
        {
            var error = Hold(extent, out var file);
            if (error != StorageError.None) return error;
            try
            {
                var outcome = id.IsTiny ? ReadTiny(file, offset, destination, direct, out crc) : ReadNormal(extent, file, offset, destination, direct, out crc);
                if (outcome is { } known) return known;
            }
            finally
            {
                file.LetGo();
            }
        }
    }

    /// <summary>As <see cref="Read"/>, but never waits: for a lock, for the device, or for an extent that is not open.</summary>
    /// <returns>
    /// True if the bytes are in <paramref name="destination"/>. False for every other reason, errors too: the caller calls
    /// <see cref="Read"/> on a thread of the disk and learns it there.
    /// </returns>
    public bool TryReadCached(ExtentId id, long offset, Span<byte> destination, out uint crc)
    {
        crc = 0;
        if (_closed || offset < 0 || destination.IsEmpty || !_extents.TryGetValue(id.Value, out var extent)) return false;
        if (extent.File is not { } file || !IsWithin(extent, offset, destination.Length)) return false;
        if (!id.IsTiny && file.Blocks.NeedsCheck(FirstBlock(offset), LastBlock(offset, destination.Length))) return false;
        if (!file.TryHold()) return false;
        try
        {
            if (!file.File.TryReadCached(offset, destination)) return false;
        }
        finally
        {
            file.LetGo();
        }
        extent.MarkUsed();
        crc = Crc32.Compute(destination);
        return true;
    }

    /// <returns>Null if the extent was closed and opened again meanwhile, which must not be judged by the CRCs of the old opening.</returns>
    private StorageError? ReadNormal(Extent extent, ExtentFile file, long offset, Span<byte> destination, bool direct, out uint crc)
    {
        crc = 0;
        if (offset > extent.Watermark) return StorageError.OffsetBeyondEnd;
        if (!IsWithin(extent, offset, destination.Length)) return StorageError.EndOfExtent;
        if (destination.IsEmpty) return StorageError.None;
        var (first, last) = (FirstBlock(offset), LastBlock(offset, destination.Length));
        if (file.Blocks.NeedsCheck(first, last) && !IsWholeBlock(offset, destination.Length))
        {
            var outcome = CompareBlocks(extent, file, first, last, direct);
            if (outcome != StorageError.None) return outcome;
        }
        var stored = file.Blocks[first];
        if (FromFile(file, offset, destination, direct) < destination.Length) return StorageError.EndOfExtent; // cut by somebody else
        crc = Crc32.Compute(destination);
        if (!file.Blocks.NeedsCheck(first, last)) return StorageError.None;
        // One whole block was read: its bytes need not be read again for the comparison, unless a write came in between.
        if (crc == stored)
        {
            file.Blocks.MarkVerified(first, crc);
            return StorageError.None;
        }
        return CompareBlocks(extent, file, first, last, direct);
    }

    private static StorageError? ReadTiny(ExtentFile file, long offset, Span<byte> destination, bool direct, out uint crc)
    {
        crc = 0;
        if (FromFile(file, offset, destination, direct) < destination.Length) return StorageError.EndOfExtent;
        crc = Crc32.Compute(destination);
        return StorageError.None;
    }

    /// <summary>Compares the blocks of a range with their stored CRCs. Under the lock, so that no write changes one meanwhile.</summary>
    /// <returns>None, BlockDamaged, or null if <paramref name="file"/> is no longer the extent's open file.</returns>
    private StorageError? CompareBlocks(Extent extent, ExtentFile file, int first, int last, bool direct)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ExtentLimits.BlockBytes);
        try
        {
            lock (extent.Gate)
            {
                if (extent.File != file) return null;
                for (var block = first; block <= last; block++)
                {
                    if (!file.Blocks.NeedsCheck(block)) continue;
                    var stored = file.Blocks[block];
                    if (CrcOfPresentBytes(file, block, buffer, direct) == stored)
                    {
                        file.Blocks.MarkVerified(block, stored);
                        continue;
                    }
                    Interlocked.Increment(ref _damagedBlocks);
                    Mismatched?.Invoke(extent.Id, block);
                    if (!_settings.BlockCrcsAreHints) return StorageError.BlockDamaged;
                    _crcs.StoreUnknown(extent.Id, block, block);
                    file.Blocks.Forget(block);
                }
            }
            return StorageError.None;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static uint CrcOfPresentBytes(ExtentFile file, int block, byte[] buffer, bool direct)
    {
        var start = (long)block * ExtentLimits.BlockBytes;
        var present = (int)Math.Clamp(file.FileEnd - start, 0, ExtentLimits.BlockBytes);
        return Crc32.Compute(buffer.AsSpan(0, FromFile(file, start, buffer.AsSpan(0, present), direct)));
    }

    private static int FromFile(ExtentFile file, long offset, Span<byte> destination, bool direct) =>
        direct ? file.File.ReadDirect(offset, destination) : file.File.Read(offset, destination);

    private static bool IsWithin(Extent extent, long offset, int bytes) => bytes <= extent.Watermark - offset;

    private static bool IsWholeBlock(long offset, int bytes) => bytes == ExtentLimits.BlockBytes && offset % ExtentLimits.BlockBytes == 0;

    private static int FirstBlock(long offset) => (int)(offset / ExtentLimits.BlockBytes);

    private static int LastBlock(long offset, int bytes) => (int)((offset + bytes - 1) / ExtentLimits.BlockBytes);
}
