using System.Buffers.Binary;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

public sealed partial class RaftLog
{
    /// <summary>Reads entries into the caller's buffer: as many, up to <paramref name="to"/>, as fit both spans. Any thread.</summary>
    /// <remarks>
    /// Entries that a truncation replaces meanwhile are read as they were or as they are, never mixed: the slices tell their terms. Allocates
    /// nothing where all comes from the last file.
    /// </remarks>
    /// <param name="from">The first entry wanted.</param>
    /// <param name="to">The last one.</param>
    /// <param name="buffer">Where the stored bytes go. 1 MiB holds what one append message may carry.</param>
    /// <param name="slices">Filled from the front, one for each entry read; 1 or more long.</param>
    public RaftLogRead Read(ulong from, ulong to, Span<byte> buffer, Span<RaftLogSlice> slices)
    {
        ArgumentOutOfRangeException.ThrowIfZero(from);
        ArgumentOutOfRangeException.ThrowIfZero(slices.Length);
        while (true)
        {
            ulong cuts;
            lock (_gate) cuts = _cuts;
            var read = ReadOnce(from, to, buffer, slices);
            // What looks broken may have been cut while it was read.
            lock (_gate)
                if (cuts == _cuts) return read;
        }
    }

    private RaftLogRead ReadOnce(ulong from, ulong to, Span<byte> buffer, Span<RaftLogSlice> slices)
    {
        var (count, used) = (0, 0);
        while (true)
        {
            var status = Locate(from, to, out var place);
            if (status != RaftLogReadStatus.Read) return count > 0 ? new RaftLogRead(RaftLogReadStatus.Read, count) : new RaftLogRead(status);
            var part = ReadFile(place, from, to, buffer[used..], used, slices[count..], out var bytes);
            if (part.Status != RaftLogReadStatus.Read) return count > 0 ? new RaftLogRead(RaftLogReadStatus.Read, count) : part;
            (count, used, from) = (count + part.Count, used + bytes, from + (ulong)part.Count);
            // On to the next file only where all that this one has was read.
            if (place.LastInFile + 1 != from || count == slices.Length) return new RaftLogRead(RaftLogReadStatus.Read, count);
        }
    }

    /// <summary>Where an entry is: in the last file (shared, at an offset that is known) or in a finished one (its index knows).</summary>
    private readonly record struct Place(SharedFile? Shared, long Start, long End, string? Path, ulong FirstInFile, ulong LastInFile, long IndexOffset);

    private RaftLogReadStatus Locate(ulong from, ulong to, out Place place)
    {
        place = default;
        lock (_gate)
        {
            ThrowIfUnusable();
            if (from <= _truncated.Index) return RaftLogReadStatus.Truncated;
            if (from > _last.Index || from > to) return RaftLogReadStatus.BehindEnd;
            if (from >= _lastFirst)
            {
                var (first, behind) = ((int)(from - _lastFirst), Math.Min(to, _last.Index) - _lastFirst + 1);
                var end = behind < (ulong)_count ? _offsets[behind] : _end;
                place = new Place(_lastFile.Retain(), _offsets[first], end, null, _lastFirst, _last.Index, -1);
                return RaftLogReadStatus.Read;
            }
            var segment = _finished[SegmentOf(from)];
            place = new Place(null, 0, 0, PathOf(segment.Name), segment.First, segment.Last, segment.IndexOffset);
            return RaftLogReadStatus.Read;
        }
    }

    /// <summary>Under the lock: which finished file holds an entry.</summary>
    private int SegmentOf(ulong index)
    {
        var at = _finished.Count - 1;
        while (at >= 0 && _finished[at].First > index) at--;
        Invariant.Check(at >= 0);
        return at;
    }

    private RaftLogRead ReadFile(in Place place, ulong from, ulong to, Span<byte> buffer, int bufferAt, Span<RaftLogSlice> slices, out int used)
    {
        used = 0;
        if (place.Shared is { } shared)
        {
            try
            {
                return ReadRecords(shared.File, place.Start, place.End, from, buffer, bufferAt, slices, out used);
            }
            finally
            {
                shared.Release();
            }
        }
        using var file = _files.TryOpen(place.Path!);
        if (file is null)
        {
            // Truncated just now, or gone behind our back.
            lock (_gate) return from <= _truncated.Index ? new RaftLogRead(RaftLogReadStatus.Truncated) : Damaged(place.Path!, 0, "the file is missing");
        }
        Span<byte> item = stackalloc byte[LogRecord.IndexItemBytes];
        if (!TryReadItem(file, place, from, item, out var start)) return Damaged(file.Path, LogIndexRecord.ItemOffset(place.IndexOffset, from - place.FirstInFile), "the index is broken");
        uint behind = 0;
        if (to < place.LastInFile && !TryReadItem(file, place, to + 1, item, out behind))
            return Damaged(file.Path, LogIndexRecord.ItemOffset(place.IndexOffset, to + 1 - place.FirstInFile), "the index is broken");
        return ReadRecords(file, start, to < place.LastInFile ? behind : place.IndexOffset, from, buffer, bufferAt, slices, out used);
    }

    private static bool TryReadItem(IFile file, in Place place, ulong index, Span<byte> item, out uint offset)
    {
        offset = 0;
        if (file.Read(LogIndexRecord.ItemOffset(place.IndexOffset, index - place.FirstInFile), item) != item.Length) return false;
        (var found, _, offset) = LogRecord.ReadIndexItem(item);
        return found == index;
    }

    /// <summary>Reads the records between two offsets, in one call, and checks those that are whole in the buffer.</summary>
    private static RaftLogRead ReadRecords(IFile file, long start, long end, ulong from, Span<byte> buffer, int bufferAt, Span<RaftLogSlice> slices, out int used)
    {
        used = 0;
        var count = 0;
        var bytes = buffer[..file.Read(start, buffer[..(int)Math.Min(buffer.Length, end - start)])];
        string? problem = null;
        while (count < slices.Length && start + used < end)
        {
            var rest = bytes[used..];
            if (rest.Length < LogRecord.EntryOverheadBytes) break;
            if (!LogRecord.TryReadHeader(rest, out var type, out var dataBytes) || type != LogRecordType.Entry || dataBytes < RaftEntryHeader.Bytes
                || dataBytes + LogRecord.OverheadBytes > end - start - used) problem = "no record begins here";
            else if (dataBytes + LogRecord.OverheadBytes > rest.Length) break;
            if (problem is not null) break;
            var record = rest[..(int)(dataBytes + LogRecord.OverheadBytes)];
            if (!LogRecord.IsIntact(record)) problem = "the checksum of a record is wrong";
            else if (!LogRecord.TryReadEntry(record, out var entry) || entry.Index != from + (ulong)count) problem = $"this is not entry {from + (ulong)count}";
            else slices[count++] = new RaftLogSlice(entry, bufferAt + used + LogRecord.EntryPrefixBytes);
            if (problem is not null) break;
            used += record.Length;
        }
        // What stands in front of broken bytes is good; the next read begins with them.
        if (count > 0) return new RaftLogRead(RaftLogReadStatus.Read, count);
        if (problem is not null) return Damaged(file.Path, start + used, problem);
        if (bytes.Length < Math.Min(buffer.Length, end - start)) return Damaged(file.Path, start + bytes.Length, "the file ends too early");
        // The first record does not fit: its length tells how large a buffer it needs.
        return new RaftLogRead(RaftLogReadStatus.BufferTooSmall, BytesNeeded: bytes.Length < LogRecord.HeaderBytes ? LogRecord.EntryOverheadBytes
            : BinaryPrimitives.ReadInt64BigEndian(bytes[1..]) + LogRecord.OverheadBytes);
    }

    private static RaftLogRead Damaged(string path, long offset, string problem) =>
        new(RaftLogReadStatus.Damaged, Problem: $"{path}: {problem} at offset {offset}");
}
