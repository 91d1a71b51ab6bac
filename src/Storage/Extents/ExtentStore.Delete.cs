using System.Buffers;
using System.Buffers.Binary;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

// Deleting whole extents, and punching deleted objects out of extents.
public sealed partial class ExtentStore
{
    /// <summary>Deletes a normal extent. A missing or already deleted one is success.</summary>
    /// <remarks>
    /// The id is remembered for four hours, so that no repair brings the extent back. After a crash in the middle the file is gone, and at
    /// worst its line in NORMALEXTENT_DELETE is missing and its CRC record stale; both are harmless, since ids are not used again.
    /// So is the id of an extent that is not here: while a replica is filled, a delete may come before the extent that it deletes, and the repair that
    /// brings it was ordered before.
    /// </remarks>
    /// <returns>None, BadArgument (a tiny id), NoSpace (deleted, but not recorded; ask again), Closed.</returns>
    public StorageError Delete(ExtentId id)
    {
        if (_closed) return StorageError.Closed;
        if (id.IsTiny) return StorageError.BadArgument;
        if (!_extents.TryGetValue(id.Value, out var extent))
        {
            if (ExtentLimits.IsNormal(id.Value)) _deletedUnseen.Add(id);
            return StorageError.None;
        }

        ExtentFile? file;
        lock (extent.Gate)
        {
            if (_closed) return StorageError.Closed;
            if (extent.IsDeleted) return StorageError.None;
            _files.DeleteFile(PathOf(id));
            Interlocked.Increment(ref _nameChanges);
            extent.MarkDeleted();
            _tombstones.Add(id);
            _extents.TryRemove(id.Value, out _);
            file = extent.Detach();
        }
        file?.LetGo(); // whoever still reads finishes on the unlinked file
        _openNormal.Remove(extent);
        try
        {
            _normalDeletes.AppendNormal(id);
            _crcs.Clear(id);
            return StorageError.None;
        }
        catch (DiskFaultException fault) when (fault.IsNoSpace)
        {
            return StorageError.NoSpace;
        }
    }

    /// <summary>Which of these normal extents were ever deleted here: known in memory for four hours, from NORMALEXTENT_DELETE for good. Asks the disk.</summary>
    /// <remarks>For repair alone, which must not bring back what a delete has removed; a client's create is never refused because of it.</remarks>
    public IReadOnlySet<ExtentId> FindDeleted(IReadOnlyCollection<ExtentId> ids)
    {
        var found = ids.Where(WasRecentlyDeleted).ToHashSet();
        var wanted = ids.Where(id => !found.Contains(id)).Select(id => id.Value).ToHashSet();
        if (wanted.Count == 0 || _closed) return found;
        var buffer = ArrayPool<byte>.Shared.Rent(DeleteScanBytes);
        try
        {
            var end = _normalDeletes.Length;
            // The newest records: more than eight million deletes ago nothing is repaired any more.
            for (var at = Math.Max(0, (end - DeleteScanBytesMax) / DeleteLog.NormalRecordBytes * DeleteLog.NormalRecordBytes); at < end;)
            {
                var read = _normalDeletes.Read(at, buffer.AsSpan(0, DeleteScanBytes)) / DeleteLog.NormalRecordBytes * DeleteLog.NormalRecordBytes;
                if (read == 0) break; // a torn record at the end
                for (var record = 0; record < read; record += DeleteLog.NormalRecordBytes)
                {
                    var id = BinaryPrimitives.ReadUInt64BigEndian(buffer.AsSpan(record));
                    if (wanted.Contains(id)) found.Add(new ExtentId(id));
                }

                at += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return found;
    }

    private const int DeleteScanBytes = 64 * 1024;
    private const long DeleteScanBytesMax = 64L * 1024 * 1024;

    /// <summary>Within four hours, by a delete that came here, whether the extent was here or not.</summary>
    public bool WasRecentlyDeleted(ExtentId id) => _tombstones.Contains(id) || _deletedUnseen.Contains(id);

    /// <summary>Deletes of extents that were not here: as many as a metanode sends in some minutes. Who asks for more loses the oldest only.</summary>
    private const int DeletedUnseenMax = 65_536;

    /// <summary>Deletes an object in a tiny extent, or a part of a normal one, by a hole. Watermark and file length stay.</summary>
    /// <param name="offset">A multiple of 4096.</param>
    /// <param name="size">The object's size; up to the next multiple of 4096 is punched. A normal extent's whole size from 0 on deletes it.</param>
    /// <returns>None (also if there is no such extent, or the range is a hole already), TinyRecovering (behind the watermark), BadArgument, NoSpace, Closed.</returns>
    public StorageError Punch(ExtentId id, long offset, long size)
    {
        if (_closed) return StorageError.Closed;
        if (!TryFind(id, out var extent)) return StorageError.None;
        if (offset < 0 || size < 0) return StorageError.BadArgument;
        if (!id.IsTiny && offset == 0 && (size == 0 || size == extent.Watermark)) return Delete(id);
        var opened = false;
        try
        {
            lock (extent.Gate)
            {
                var error = OpenLocked(extent, out var file, out opened);
                if (error is StorageError.ExtentMissing or StorageError.ExtentDeleted) return StorageError.None;
                if (error != StorageError.None) return error;
                if (size > extent.Watermark - offset) return StorageError.TinyRecovering;
                if (offset % ExtentLimits.PageBytes != 0) return StorageError.BadArgument;
                return PunchLocked(extent, file, offset, size);
            }
        }
        catch (DiskFaultException fault) when (fault.IsNoSpace)
        {
            return StorageError.NoSpace;
        }
        finally
        {
            if (opened) Admit(extent);
        }
    }

    private StorageError PunchLocked(Extent extent, ExtentFile file, long offset, long size)
    {
        var length = ExtentLimits.AlignUp(size);
        if (file.File.SeekData(offset) is not { } data || data >= offset + length) return StorageError.None;
        if (!extent.Id.IsTiny)
        {
            var error = ForgetBlocks(extent, file, FirstBlock(offset), (int)((offset + length - 1) / ExtentLimits.BlockBytes));
            if (error != StorageError.None) return error;
            extent.SetCrc(0, 0);
        }
        NoteChange(extent, offset, length);
        // First the hole, then its record, as in CubeFS: a record never names bytes that are still there.
        file.File.PunchHole(offset, length);
        file.MarkWritten();
        _tinyDeletes.AppendTiny(extent.Id, offset, size);
        return StorageError.None;
    }
}
