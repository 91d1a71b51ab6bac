using System.Buffers;
using System.Buffers.Binary;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

// Looking at blocks for damage, and setting right what other replicas agree on.
public sealed partial class ExtentStore
{
    /// <summary>Directory of a partition that holds the blocks which were replaced in it.</summary>
    public const string KeptDirectoryName = KeptBlocks.DirectoryName;

    /// <summary>Stored CRCs may be stale, see <see cref="ExtentStoreSettings.BlockCrcsAreHints"/>.</summary>
    public bool BlockCrcsAreHints => _settings.BlockCrcsAreHints;

    /// <summary>Reads one block and compares it with its stored CRC. Changes nothing, and opens nothing for longer than the call.</summary>
    /// <param name="destination">At least 128 KiB; holds the block afterwards.</param>
    /// <param name="direct">Past the page cache: what lies on the disk, and nothing that clients need is driven out. Otherwise what a reader would get.</param>
    /// <returns>None, BadArgument (no extent's id, or one with data of snapshots), EndOfExtent, ExtentMissing, ExtentDeleted, Closed.</returns>
    public StorageError Examine(ExtentId id, int block, Span<byte> destination, bool direct, out BlockState state)
    {
        state = default;
        if (_closed) return StorageError.Closed;
        if (block < 0 || destination.Length < ExtentLimits.BlockBytes || !(id.IsTiny || ExtentLimits.IsNormal(id.Value))) return StorageError.BadArgument;
        if (!TryFind(id, out var extent)) return Missing(id);
        // Under the lock, so that no write is half done: a cold extent is written to so seldom that nobody waits for it.
        lock (extent.Gate)
        {
            if (_closed) return StorageError.Closed;
            if (extent.IsDeleted) return StorageError.ExtentDeleted;
            if (extent.SnapshotEnd != ExtentLimits.NormalBytesMax) return StorageError.BadArgument;
            if (extent.File is { } open)
            {
                var error = Examine(extent, block, open.File, open.FileEnd, id.IsTiny ? 0 : open.Blocks[block], destination, direct, out state, out _);
                if (error == StorageError.None && !direct && state is { Stored: not 0, IsDamaged: false }) open.Blocks.MarkVerified(block, state.Stored);
                return error;
            }

            // A file of its own: a walk through cold extents must not close those that clients use.
            if (_files.TryOpen(PathOf(id)) is not { } file) return StorageError.ExtentMissing;
            using (file) return Examine(extent, block, file, file.Length, id.IsTiny ? 0 : _crcs.Read(id, block), destination, direct, out state, out _);
        }
    }

    /// <summary>Stores the CRC of a block whose bytes were found right. The record becomes durable with the next sync.</summary>
    public BlockOutcome StoreCrc(in BlockState seen)
    {
        if (_closed || seen.Extent.IsTiny || !TryFind(seen.Extent, out var extent)) return BlockOutcome.Gone;
        lock (extent.Gate)
        {
            if (_closed || extent.IsDeleted) return BlockOutcome.Gone;
            var end = extent.File is { } file ? file.FileEnd : _files.Stat(PathOf(extent.Id))?.Length ?? 0;
            // The record covers the block as far as the file goes: of what was added since, nothing is known.
            if (ChangesOf(extent, seen.Block) != seen.Changes || PresentBytes(seen.Block, end) != seen.Bytes) return BlockOutcome.Changed;
            _crcs.Store(extent.Id, seen.Block, [seen.Crc]);
            extent.File?.Blocks.SetWritten(seen.Block, seen.Crc);
            return BlockOutcome.Done;
        }
    }

    /// <summary>Puts other bytes in the place of a block, if it still is what it was. What it held is kept first, durably.</summary>
    /// <remarks>
    /// The order makes every crash harmless: the old bytes are safe before anything changes; then the stored CRC becomes that of the new
    /// bytes, durably; then the pages that differ are written. In between the block does not match its CRC, so that it is refused to readers
    /// as before, and is compared and replaced anew. Bytes behind the part that was looked at stay.
    /// </remarks>
    /// <param name="replacement">As long as the part that was looked at.</param>
    /// <exception cref="DiskFaultException">The disk failed.</exception>
    public BlockOutcome Replace(in BlockState seen, ReadOnlySpan<byte> replacement, KeepRules rules)
    {
        if (_closed || !TryFind(seen.Extent, out var extent)) return BlockOutcome.Gone;
        Invariant.Check(replacement.Length == seen.Bytes);
        var buffer = ArrayPool<byte>.Shared.Rent(ExtentLimits.BlockBytes);
        var opened = false;
        try
        {
            var error = Examine(seen.Extent, seen.Block, buffer, seen.IsDirect, out var now);
            if (error != StorageError.None) return error == StorageError.EndOfExtent ? BlockOutcome.Changed : BlockOutcome.Gone;
            if (!IsSame(seen, now, buffer)) return BlockOutcome.Changed;
            var kept = new KeptBlocks(_files, _directory, rules);
            if (kept.TryKeep(seen.Extent, seen.Block, buffer.AsSpan(0, seen.Bytes), _settings.Clock.GetUtcNow()) is not { } path) return BlockOutcome.KeptFull;
            BlockOutcome outcome;
            lock (extent.Gate)
            {
                outcome = OpenLocked(extent, out var file, out opened) == StorageError.None ? ReplaceLocked(extent, file, seen, replacement, buffer) : BlockOutcome.Gone;
            }

            if (outcome is BlockOutcome.Changed or BlockOutcome.Gone) kept.Drop(path);
            return outcome;
        }
        catch (DiskFaultException fault) when (fault.IsNoSpace)
        {
            return BlockOutcome.NoSpace;
        }
        finally
        {
            if (opened) Admit(extent);
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Tells the other replicas, by the lists that they compare, what the bytes of a normal extent are: the CRC over its big-endian block CRCs.</summary>
    /// <param name="crcs">Of all blocks, as the looks at them found them.</param>
    /// <param name="size">The watermark then.</param>
    /// <param name="changes">As it was with every one of these blocks.</param>
    /// <param name="applyId">The applied index that the CRC stands for.</param>
    /// <param name="stores">The bytes were found to be those of other replicas: blocks without a stored CRC get theirs.</param>
    /// <returns>How many got one; -1 if the extent has changed meanwhile, and nothing was done.</returns>
    public int PublishCrc(ExtentId id, ReadOnlySpan<uint> crcs, long size, uint changes, ulong applyId, bool stores)
    {
        if (_closed || id.IsTiny || !TryFind(id, out var extent)) return -1;
        var table = new byte[crcs.Length * sizeof(uint)];
        for (var block = 0; block < crcs.Length; block++) BinaryPrimitives.WriteUInt32BigEndian(table.AsSpan(block * sizeof(uint)), crcs[block]);
        lock (extent.Gate)
        {
            if (_closed || extent.IsDeleted || extent.Watermark != size || extent.Changes != changes || crcs.Length != ExtentLimits.BlocksOf(size)) return -1;
            var filled = stores ? StoreUnknown(extent, crcs) : 0;
            extent.SetCrc(Crc32.Compute(table), applyId);
            return filled;
        }
    }

    /// <summary>From now on <see cref="BlockState.Changes"/> of this block tells whether the block itself was written to, whatever is done to the rest of the extent.</summary>
    public void Watch(ExtentId id, int block) => _watches.Begin(id, block);

    /// <summary>The end of <see cref="Watch"/>.</summary>
    public void EndWatch(ExtentId id, int block) => _watches.End(id, block);

    /// <summary>What <see cref="BlockState.Changes"/> of the block would be now; null if the extent is gone.</summary>
    public uint? ChangesOf(ExtentId id, int block)
    {
        if (!_extents.TryGetValue(id.Value, out var extent)) return null;
        lock (extent.Gate) return extent.IsDeleted ? null : ChangesOf(extent, block);
    }

    private uint ChangesOf(Extent extent, int block) => _watches.TryGet(extent.Id, block, out var version) ? version : extent.Changes;

    /// <summary>Called with the extent's lock held, before bytes below its watermark are touched.</summary>
    private void NoteChange(Extent extent, long offset, long bytes)
    {
        extent.NoteChange();
        _watches.Touch(extent.Id, offset / ExtentLimits.BlockBytes, (offset + bytes - 1) / ExtentLimits.BlockBytes);
    }

    private int StoreUnknown(Extent extent, ReadOnlySpan<uint> crcs)
    {
        var blocks = extent.File?.Blocks;
        if (blocks is null) _crcs.Load(extent.Id, blocks = new BlockCrcs());
        var filled = 0;
        for (var block = 0; block < crcs.Length; block++)
        {
            if (blocks[block] != 0 || crcs[block] == 0) continue;
            try
            {
                _crcs.Store(extent.Id, block, crcs.Slice(block, 1));
            }
            catch (DiskFaultException fault) when (fault.IsNoSpace)
            {
                return filled; // unknown is always allowed
            }

            blocks.SetWritten(block, crcs[block]);
            filled++;
        }

        return filled;
    }

    private BlockOutcome ReplaceLocked(Extent extent, ExtentFile file, in BlockState seen, ReadOnlySpan<byte> replacement, byte[] buffer)
    {
        var error = Examine(extent, seen.Block, file.File, file.FileEnd, extent.Id.IsTiny ? 0 : file.Blocks[seen.Block], buffer, seen.IsDirect, out var now, out var present);
        if (error != StorageError.None || !IsSame(seen, now, buffer)) return BlockOutcome.Changed;
        NoteChange(extent, seen.Offset, seen.Bytes);
        extent.SetCrc(0, 0);
        var crc = 0u;
        if (!extent.Id.IsTiny)
        {
            crc = Crc32.Append(Crc32.Compute(replacement), buffer.AsSpan(seen.Bytes, present - seen.Bytes));
            _crcs.Store(extent.Id, seen.Block, [crc]);
            _crcs.Sync();
            file.Blocks.SetUnproven(seen.Block, crc);
        }

        foreach (var (start, bytes) in DifferingRuns(buffer.AsSpan(0, seen.Bytes), replacement))
            if (WriteData(extent, file, seen.Offset + start, replacement.Slice(start, bytes)) != StorageError.None) return BlockOutcome.NoSpace;
        file.Sync();
        if (crc != 0) file.Blocks.SetWritten(seen.Block, crc);
        return BlockOutcome.Done;
    }

    /// <summary>Runs of whole pages that differ: a hole of a tiny extent stays one, and what is right is not written again.</summary>
    private static List<(int Start, int Bytes)> DifferingRuns(ReadOnlySpan<byte> now, ReadOnlySpan<byte> wanted)
    {
        var runs = new List<(int Start, int Bytes)>();
        for (var at = 0; at < wanted.Length; at += ExtentLimits.PageBytes)
        {
            var bytes = Math.Min(ExtentLimits.PageBytes, wanted.Length - at);
            if (now.Slice(at, bytes).SequenceEqual(wanted.Slice(at, bytes))) continue;
            if (runs.Count > 0 && runs[^1].Start + runs[^1].Bytes == at) runs[^1] = (runs[^1].Start, runs[^1].Bytes + bytes);
            else runs.Add((at, bytes));
        }

        return runs;
    }

    private static bool IsSame(in BlockState seen, in BlockState now, ReadOnlySpan<byte> bytes) =>
        now.Changes == seen.Changes && now.Bytes >= seen.Bytes && Crc32.Compute(bytes[..seen.Bytes]) == seen.Crc;

    /// <param name="fileEnd">Length of the file.</param>
    /// <param name="present">Bytes that were read: of a normal extent all that the file has of the block.</param>
    private StorageError Examine(Extent extent, int block, IFile file, long fileEnd, uint stored, Span<byte> destination, bool direct, out BlockState state, out int present)
    {
        state = default;
        var start = (long)block * ExtentLimits.BlockBytes;
        // The last page of a tiny extent's file may be longer on a replica that was repaired: it is the one that nobody compares.
        present = extent.Id.IsTiny ? PresentBytes(block, Math.Min(fileEnd, extent.Watermark) / ExtentLimits.PageBytes * ExtentLimits.PageBytes) : PresentBytes(block, fileEnd);
        var bytes = extent.Id.IsTiny ? present : PresentBytes(block, extent.Watermark);
        if (bytes == 0 || present < bytes || (direct ? file.ReadDirect(start, destination[..present]) : file.Read(start, destination[..present])) < present) return StorageError.EndOfExtent;
        var crc = Crc32.Compute(destination[..bytes]);
        var whole = present == bytes ? crc : Crc32.Append(crc, destination[bytes..present]);
        state = new BlockState(extent.Id, block, bytes, crc, stored, stored != 0 && stored != whole, ChangesOf(extent, block), direct);
        return StorageError.None;
    }

    private static int PresentBytes(int block, long end) => (int)Math.Clamp(end - (long)block * ExtentLimits.BlockBytes, 0, ExtentLimits.BlockBytes);
}
