using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

// Adding bytes at the watermark, and replacing bytes below it.
public sealed partial class ExtentStore
{
    /// <summary>Adds bytes at the watermark. All of them are added or none.</summary>
    /// <param name="crc">The CRC of <paramref name="data"/>, which the caller has compared. It is stored if the data is exactly one block.</param>
    /// <param name="sync">Return only when the bytes and the extent's name survive a power cut.</param>
    /// <param name="watermark">Where the extent ends now, also when refused; 0 if there is no such extent.</param>
    /// <returns>None, NotAtWatermark, BadArgument, ExtentFull, ExtentMissing, ExtentDeleted, NoSpace, Closed.</returns>
    public StorageError Append(ExtentId id, long offset, ReadOnlySpan<byte> data, uint crc, bool sync, out long watermark)
    {
        watermark = 0;
        if (_closed) return StorageError.Closed;
        if (!TryFind(id, out var extent)) return Missing(id);
        extent.MarkUsed();
        ExtentFile file;
        StorageError error;
        var opened = false;
        try
        {
            lock (extent.Gate)
            {
                error = OpenLocked(extent, out file, out opened);
                if (error == StorageError.None) error = CheckAppend(extent, offset, data.Length);
                if (error == StorageError.None) error = id.IsTiny ? WriteTiny(extent, file, offset, data) : AppendNormal(extent, file, offset, data, crc);
                if (error == StorageError.None && sync) Invariant.Check(file.TryHold());
                watermark = extent.Watermark;
            }
        }
        finally
        {
            if (opened) Admit(extent);
        }
        if (error == StorageError.None && sync) SyncAndLetGo(extent, file);
        return error;
    }

    /// <summary>Replaces bytes of an extent. Applied from the raft log: every replica does the same, so nothing but the size of an extent bounds it.</summary>
    /// <remarks>
    /// As in CubeFS a write behind the watermark lengthens the file and not the watermark; after a restart the file's length counts. The
    /// modify time stays. Tiny extents have no block CRCs, and their size is that of the file.
    /// </remarks>
    /// <returns>None, BadArgument, ExtentMissing, ExtentDeleted, NoSpace, Closed.</returns>
    public StorageError Overwrite(ExtentId id, long offset, ReadOnlySpan<byte> data, uint crc, bool sync)
    {
        if (_closed) return StorageError.Closed;
        if (!id.IsTiny && !ExtentLimits.IsNormal(id.Value)) return StorageError.BadArgument;
        if (offset < 0 || data.IsEmpty || offset > (id.IsTiny ? ExtentLimits.TinyBytesMax : ExtentLimits.NormalBytesMax) - data.Length) return StorageError.BadArgument;
        if (!TryFind(id, out var extent)) return Missing(id);
        extent.MarkUsed();
        ExtentFile file;
        StorageError error;
        var opened = false;
        try
        {
            lock (extent.Gate)
            {
                error = OpenLocked(extent, out file, out opened);
                if (error == StorageError.None) NoteChange(extent, offset, data.Length);
                if (error == StorageError.None)
                    error = id.IsTiny ? WriteData(extent, file, offset, data) : WriteNormal(extent, file, offset, data, crc, extent.Watermark);
                if (error == StorageError.None && sync) Invariant.Check(file.TryHold());
            }
        }
        finally
        {
            if (opened) Admit(extent);
        }
        if (error == StorageError.None && sync) SyncAndLetGo(extent, file);
        return error;
    }

    private static StorageError CheckAppend(Extent extent, long offset, int bytes)
    {
        if (bytes == 0 || offset < 0) return StorageError.BadArgument;
        // A tiny extent must stay below its limit, a normal one may reach it.
        var endMax = extent.Id.IsTiny ? ExtentLimits.TinyBytesMax - 1 : ExtentLimits.NormalBytesMax;
        if (offset > endMax - bytes) return StorageError.ExtentFull;
        return offset == extent.Watermark ? StorageError.None : StorageError.NotAtWatermark;
    }

    private StorageError AppendNormal(Extent extent, ExtentFile file, long offset, ReadOnlySpan<byte> data, uint crc)
    {
        var error = WriteNormal(extent, file, offset, data, crc, offset + data.Length);
        if (error == StorageError.None) extent.ModifiedSeconds = Now();
        return error;
    }

    /// <summary>Writes bytes and CRCs in the order that keeps "a stored CRC is true or 0" through a crash at any point.</summary>
    /// <param name="watermark">Where the watermark stands once the bytes are written.</param>
    private StorageError WriteNormal(Extent extent, ExtentFile file, long offset, ReadOnlySpan<byte> data, uint crc, long watermark)
    {
        var end = offset + data.Length;
        // A write behind the end also changes the block that the file ended in: it is filled up with zeros.
        var first = (int)(Math.Min(offset, file.FileEnd) / ExtentLimits.BlockBytes);
        var last = (int)((end - 1) / ExtentLimits.BlockBytes);
        var error = ForgetBlocks(extent, file, first, last);
        if (error != StorageError.None) return error;
        extent.SetCrc(0, 0);
        error = WriteData(extent, file, offset, data);
        if (error != StorageError.None) return error;
        // From here the bytes are in the file, so the watermark moves whatever fails later, as in CubeFS: memory and file stay equal.
        extent.AdvanceTo(watermark);
        StoreBlocks(extent, file, offset, data, crc);
        return StorageError.None;
    }

    /// <summary>The data itself. If it does not fit, the file is cut back to where it ended: nothing of a refused write stays.</summary>
    /// <remarks>
    /// CubeFS leaves the front part of such a write in the file. That is harmless until a restart, when the file's length becomes the
    /// watermark and bytes that were never acknowledged spread to the other replicas; in a tiny extent no hole can be taken any more.
    /// The cut only removes what this very call has added: below the old end it may have replaced bytes, but never below the watermark.
    /// </remarks>
    private static StorageError WriteData(Extent extent, ExtentFile file, long offset, ReadOnlySpan<byte> data)
    {
        try
        {
            file.File.Write(offset, data);
        }
        catch (DiskFaultException fault) when (fault.IsNoSpace)
        {
            file.File.SetLength(file.FileEnd);
            file.MarkWritten();
            return StorageError.NoSpace;
        }
        catch (DiskFaultException)
        {
            // What the disk now holds above the watermark is not known: look again when the extent is used next.
            extent.Detach()?.LetGo();
            throw;
        }
        file.MarkWritten();
        file.FileEnd = Math.Max(file.FileEnd, offset + data.Length);
        return StorageError.None;
    }

    /// <summary>Sets the stored CRCs of the blocks that a write is about to touch to unknown. Costs a write only where one is known.</summary>
    private StorageError ForgetBlocks(Extent extent, ExtentFile file, int first, int last)
    {
        while (first <= last && file.Blocks[first] == 0) first++;
        while (last >= first && file.Blocks[last] == 0) last--;
        if (first > last) return StorageError.None;
        try
        {
            _crcs.StoreUnknown(extent.Id, first, last);
        }
        catch (DiskFaultException fault) when (fault.IsNoSpace)
        {
            return StorageError.NoSpace; // the data is not touched yet
        }
        for (var block = first; block <= last; block++) file.Blocks.Forget(block);
        return StorageError.None;
    }

    /// <summary>Stores the CRCs of the blocks that a write covered wholly; the others stay unknown.</summary>
    private void StoreBlocks(Extent extent, ExtentFile file, long offset, ReadOnlySpan<byte> data, uint crc)
    {
        var first = ExtentLimits.BlocksOf(offset);
        var count = (int)((offset + data.Length) / ExtentLimits.BlockBytes) - first;
        if (count <= 0) return;
        Span<uint> crcs = stackalloc uint[Math.Min(count, CrcsAtOnce)];
        for (var done = 0; done < count; done += crcs.Length)
        {
            if (crcs.Length > count - done) crcs = crcs[..(count - done)];
            for (var i = 0; i < crcs.Length; i++) crcs[i] = CrcOfBlock(first + done + i, offset, data, crc);
            try
            {
                _crcs.Store(extent.Id, first + done, crcs);
            }
            catch (DiskFaultException fault) when (fault.IsNoSpace)
            {
                return; // the data is written and acknowledged; its CRC stays unknown, which is always allowed
            }
            for (var i = 0; i < crcs.Length; i++) file.Blocks.SetWritten(first + done + i, crcs[i]);
        }
    }

    /// <summary>CRCs written with one call; a client's write has at most eight whole blocks.</summary>
    private const int CrcsAtOnce = 16;

    private static uint CrcOfBlock(int block, long offset, ReadOnlySpan<byte> data, uint crcOfData) =>
        data.Length == ExtentLimits.BlockBytes
            ? crcOfData
            : Crc32.Compute(data.Slice((int)((long)block * ExtentLimits.BlockBytes - offset), ExtentLimits.BlockBytes));

    private void SyncAndLetGo(Extent extent, ExtentFile file)
    {
        try
        {
            file.Sync();
            if (extent.NameIsDurable) return;
            _files.SyncDirectory(_directory);
            extent.NameIsDurable = true;
        }
        finally
        {
            file.LetGo();
        }
    }
}
