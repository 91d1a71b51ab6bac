using System.Buffers.Binary;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

public sealed partial class RaftLog
{
    /// <summary>64 KiB of offsets: a file of 2 KiB entries. More of them are seldom, and then the array is made anew.</summary>
    private const int OffsetsMin = 16, OffsetsKeptMax = 16 * 1024;

    private void AppendCore(ReadOnlySpan<RaftLogEntry> entries, RaftLogStaging staging)
    {
        var written = 0; // of the entries, those in the last file that Publish has not seen
        var term = _last.Term;
        staging.Begin(_lastFile.File, _end);
        for (var i = 0; i < entries.Length; i++)
        {
            var header = entries[i].Header;
            Invariant.Check(header.Index == _last.Index + (ulong)written + 1);
            Invariant.Check(header.DataBytes == entries[i].Data.Length && header.Term >= term);
            term = header.Term;
            if (MustRotate(staging.Position, LogRecord.EntryOverheadBytes + header.DataBytes, _count + written))
            {
                staging.Flush();
                Publish(entries.Slice(i - written, written), staging.Position);
                Rotate(staging);
                written = 0;
            }
            SetOffset(_count + written++, (uint)staging.Position);
            Stage(staging, header, entries[i].Data.Span);
        }
        staging.Flush();
        Publish(entries[^written..], staging.Position);
        if (_commit > _stored.Commit) WriteHardState(_stored);
    }

    private static void Stage(RaftLogStaging staging, in RaftEntryHeader header, ReadOnlySpan<byte> data)
    {
        var direct = data.Length >= RaftLogStaging.DirectBytes || !staging.Holds(LogRecord.EntryOverheadBytes + data.Length);
        var room = staging.Take(direct ? LogRecord.EntryPrefixBytes : LogRecord.EntryOverheadBytes + data.Length);
        LogRecord.WriteHeader(room, LogRecordType.Entry, header.EncodedBytes);
        LogRecord.WriteEntryHeader(room[LogRecord.HeaderBytes..], header);
        var crc = MaskedCrc.Append(MaskedCrc.Start, room[LogRecord.HeaderBytes..LogRecord.EntryPrefixBytes]);
        crc = MaskedCrc.Finish(MaskedCrc.Append(crc, data));
        if (direct) staging.WriteDirect(data);
        else data.CopyTo(room[LogRecord.EntryPrefixBytes..]);
        var trailer = direct ? staging.Take(LogRecord.TrailerBytes) : room[^LogRecord.TrailerBytes..];
        BinaryPrimitives.WriteUInt32BigEndian(trailer, crc);
    }

    // Source of the rule: CubeFS depends/tiglabs/raft/storage/wal; but a file without entries is never ended, however large the entry is.
    private bool MustRotate(long position, int recordBytes, int count) => count > 0 && (position + recordBytes > _settings.FileBytesMax
        || (position > _settings.AgingFileBytesMin && _settings.Clock.GetElapsedTime(_begunAt) > _settings.FileAgeMax));

    private void SetOffset(int number, uint offset)
    {
        if (number == _offsets.Length)
        {
            var larger = new uint[Math.Max(OffsetsMin, 2 * number)];
            _offsets.CopyTo(larger, 0);
            lock (_gate) _offsets = larger;
        }
        _offsets[number] = offset; // behind what readers look at
    }

    /// <summary>Lets readers see entries that are in the file now.</summary>
    private void Publish(ReadOnlySpan<RaftLogEntry> entries, long end)
    {
        if (entries.IsEmpty) return;
        lock (_gate)
        {
            foreach (ref readonly var entry in entries)
                Invariant.Check(_terms.TryAdd(entry.Header.Index, entry.Header.Term));
            _count += entries.Length;
            _last = entries[^1].Header.Position;
            _end = end;
            _logWrites++;
        }
    }

    /// <summary>Ends the last file with index and footer and begins the next one. Durable on return.</summary>
    private void Rotate(RaftLogStaging staging)
    {
        Finish(_lastFile.File, _lastFirst, _offsets.AsSpan(0, _count), _terms, _end, staging);
        // The finished file is durable before its successor has a name, and that name before anything is in it: no power cut
        // leaves a file without index in front of another, or takes a whole file away.
        BeginFile(_last.Index + 1, snapshot: null);
        staging.Begin(_lastFile.File, _end);
    }

    /// <summary>Writes index and footer behind the entries and syncs.</summary>
    private static void Finish(IFile file, ulong first, ReadOnlySpan<uint> offsets, StoredTerms terms, long indexOffset, RaftLogStaging staging)
    {
        staging.Begin(file, indexOffset);
        LogRecord.WriteHeader(staging.Take(LogRecord.HeaderBytes), LogRecordType.Index, LogIndexRecord.DataBytes(offsets.Length));
        var count = staging.Take(LogRecord.IndexCountBytes);
        BinaryPrimitives.WriteUInt32BigEndian(count, (uint)offsets.Length);
        var crc = MaskedCrc.Append(MaskedCrc.Start, count);
        for (var i = 0; i < offsets.Length; i++)
        {
            var item = staging.Take(LogRecord.IndexItemBytes);
            LogRecord.WriteIndexItem(item, first + (ulong)i, terms.TermOf(first + (ulong)i), offsets[i]);
            crc = MaskedCrc.Append(crc, item);
        }
        BinaryPrimitives.WriteUInt32BigEndian(staging.Take(LogRecord.TrailerBytes), MaskedCrc.Finish(crc));
        LogRecord.WriteFooter(staging.Take(LogRecord.FooterBytes), indexOffset);
        staging.Flush();
        file.Sync();
    }

    /// <summary>Makes a new last file, its name durable.</summary>
    /// <param name="snapshot">Null: the file before it was finished. Else all earlier entries are given up for a snapshot that ends there.</param>
    private void BeginFile(ulong first, LogPosition? snapshot)
    {
        var name = new LogFileName(_lastName.Sequence + 1, first);
        var file = Create(_files, PathOf(name));
        try
        {
            _files.SyncDirectory(_directory);
        }
        catch
        {
            file.Dispose();
            throw;
        }
        SharedFile before;
        lock (_gate)
        {
            if (snapshot is { } position)
            {
                _cuts++;
                _finished.Clear();
                _terms.CutFront(ulong.MaxValue, 0);
                (_truncated, _last) = (position, position);
            }
            else
            {
                _finished.Add(new LogSegment(_lastName, _lastFirst, _last.Index, _end));
            }
            (before, _lastFile, _lastName) = (_lastFile, new SharedFile(file), name);
            // Kept for the next file, where about as many entries will go; nobody reads the array outside of the lock.
            if (_offsets.Length > OffsetsKeptMax) _offsets = [];
            (_count, _lastFirst, _end) = (0, first, 0);
            _logSynced = _logWrites;
        }
        _begunAt = _settings.Clock.GetTimestamp();
        before.Release();
    }

    /// <summary>A new file; one of the same name is the empty remainder of a creation that a crash has cut short.</summary>
    private static IFile Create(IFileSystem files, string path) => files.OpenOrCreate(path, FilePermission.Private, truncate: true);
}
