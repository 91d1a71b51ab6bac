using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

// Tiny extents: who may write to which, and the write itself.
public sealed partial class ExtentStore
{
    public int TinyAvailable => _tiny.AvailableCount;

    public int TinyBroken => _tiny.BrokenCount;

    /// <summary>A tiny extent has no file here. Reported to the master, as CubeFS reports ids that no replica lists.</summary>
    public bool LacksTiny
    {
        get
        {
            for (var id = ExtentId.TinyFirst; id <= ExtentId.TinyLast; id++)
                if (!_extents.ContainsKey(id)) return true;
            return false;
        }
    }

    /// <summary>Takes a tiny extent for one write, which must be made at <paramref name="offset"/>. <see cref="ReleaseTiny"/> ends it.</summary>
    /// <returns>None, NoTinyExtent, Closed.</returns>
    public StorageError AcquireTiny(out ExtentId id, out long offset)
    {
        (id, offset) = (default, 0);
        if (_closed) return StorageError.Closed;
        while (_tiny.TryTake(out id))
        {
            var extent = _extents[id.Value];
            if (!extent.IsAssumed)
            {
                offset = extent.Watermark;
                return StorageError.None;
            }

            _tiny.Settle(id, sound: false); // nobody has looked at its file yet, and this is no place to ask the disk: it is compared again
        }

        return StorageError.NoTinyExtent;
    }

    /// <param name="succeeded">The write was made on every replica. Otherwise the extent waits for repair to compare it.</param>
    public void ReleaseTiny(ExtentId id, bool succeeded) => _tiny.Settle(id, succeeded);

    /// <summary>Lets broken tiny extents take writes: their sizes were found equal on all replicas. Others in the list stay as they are.</summary>
    public void PromoteTiny(IEnumerable<ExtentId> ids)
    {
        foreach (var id in ids) _tiny.Promote(id);
    }

    /// <summary>Moves up to <paramref name="countMax"/> available tiny extents to broken, to be compared again.</summary>
    /// <returns>How many were moved.</returns>
    public int DemoteTiny(int countMax) => _tiny.Demote(countMax);

    /// <summary>Takes a broken tiny extent for repair; <see cref="ReleaseTiny"/> ends it.</summary>
    public bool TryTakeBrokenTiny(out ExtentId id) => _tiny.TryTakeBroken(out id);

    /// <summary>The length of an extent's file; of a tiny one up to a page below its watermark.</summary>
    /// <returns>None, ExtentMissing, ExtentDeleted, Closed.</returns>
    public StorageError FileLength(ExtentId id, out long length)
    {
        length = 0;
        if (_closed) return StorageError.Closed;
        if (!TryFind(id, out var extent)) return Missing(id);
        var error = Hold(extent, out var file);
        if (error != StorageError.None) return error;
        try
        {
            length = file.File.Length;
            return StorageError.None;
        }
        finally
        {
            file.LetGo();
        }
    }

    /// <summary>Tells data from holes in an extent, from <paramref name="offset"/> on.</summary>
    /// <param name="isHole">What lies at the offset.</param>
    /// <param name="length">How far it goes on; 0 at the end of the file.</param>
    /// <returns>None, BadArgument, ExtentMissing, ExtentDeleted, Closed.</returns>
    public StorageError FindRun(ExtentId id, long offset, out bool isHole, out long length)
    {
        (isHole, length) = (false, 0);
        if (_closed) return StorageError.Closed;
        if (offset < 0) return StorageError.BadArgument;
        if (!TryFind(id, out var extent)) return Missing(id);
        var error = Hold(extent, out var file);
        if (error != StorageError.None) return error;
        try
        {
            var end = file.File.Length;
            if (offset >= end) return StorageError.None;
            var data = file.File.SeekData(offset) ?? end;
            isHole = data > offset;
            length = (isHole ? data : file.File.SeekHole(offset) ?? end) - offset;
            return StorageError.None;
        }
        finally
        {
            file.LetGo();
        }
    }

    /// <summary>Adds a hole at the watermark of a tiny extent: what another replica has already deleted.</summary>
    /// <param name="length">A multiple of 4096.</param>
    /// <returns>None, NotAtWatermark, BadArgument, ExtentFull, ExtentMissing, NoSpace, Closed.</returns>
    public StorageError AppendTinyHole(ExtentId id, long offset, long length, out long watermark)
    {
        watermark = 0;
        if (_closed) return StorageError.Closed;
        if (!id.IsTiny || length <= 0 || length % ExtentLimits.PageBytes != 0) return StorageError.BadArgument;
        if (!TryFind(id, out var extent)) return StorageError.ExtentMissing;
        extent.MarkUsed();
        var opened = false;
        try
        {
            lock (extent.Gate)
            {
                var error = OpenLocked(extent, out var file, out opened);
                watermark = extent.Watermark;
                if (error != StorageError.None) return error;
                if (offset < 0 || length >= ExtentLimits.TinyBytesMax - offset) return StorageError.ExtentFull;
                if (offset != watermark) return StorageError.NotAtWatermark;
                try
                {
                    // The length first: it makes the hole. Only a file that is longer than its watermark has bytes to punch there.
                    if (file.FileEnd > offset) file.File.PunchHole(offset, length);
                    if (file.FileEnd < offset + length) file.File.SetLength(offset + length);
                    file.MarkWritten();
                }
                catch (DiskFaultException fault) when (fault.IsNoSpace)
                {
                    return StorageError.NoSpace;
                }
                file.FileEnd = Math.Max(file.FileEnd, offset + length);
                extent.AdvanceTo(offset + length);
                watermark = extent.Watermark;
                return StorageError.None;
            }
        }
        finally
        {
            if (opened) Admit(extent);
        }
    }

    private static StorageError WriteTiny(Extent extent, ExtentFile file, long offset, ReadOnlySpan<byte> data)
    {
        var error = WriteData(extent, file, offset, data);
        // The file keeps its odd end; the rest of its last page is never used. The modify time stays, as in CubeFS.
        if (error == StorageError.None) extent.AdvanceTo(ExtentLimits.AlignUp(offset + data.Length));
        return error;
    }
}
