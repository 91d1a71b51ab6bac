using System.Buffers;
using System.Buffers.Binary;
using CubeActors.Protocol;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

internal enum LogScanEnd
{
    /// <summary>The file ends with its last entry.</summary>
    Clean,
    /// <summary>An index or footer record follows the last entry: the file was finished.</summary>
    Finished,
    /// <summary>Behind the last entry stand bytes that are no record, and no record follows them.</summary>
    Torn,
    /// <summary>A broken record, with intact ones behind it: no interrupted write leaves that.</summary>
    Damaged,
}

/// <summary>Reads a log file record by record, from its start to the first one that is no good entry.</summary>
internal sealed class LogScan
{
    private const int ChunkBytes = 256 * 1024;

    private readonly IFile _file;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
    private long _bufferAt;
    private int _buffered;

    private LogScan(IFile file) => (_file, Length) = (file, file.Length);

    public long Length { get; }

    /// <summary>Where each entry's record begins.</summary>
    public List<uint> Offsets { get; } = [];

    public List<TermRun> Runs { get; } = [];

    /// <summary>Index of the first entry; meaningless without entries.</summary>
    public ulong First { get; private set; }

    /// <summary>Where the last good entry ends.</summary>
    public long EntriesEnd { get; private set; }

    public LogScanEnd End { get; private set; }

    /// <summary>What is wrong at <see cref="EntriesEnd"/>, with Torn and Damaged.</summary>
    public string Problem { get; private set; } = "";

    public static LogScan Run(IFile file)
    {
        var scan = new LogScan(file);
        try
        {
            scan.Walk();
            return scan;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scan._buffer);
            scan._buffer = [];
        }
    }

    private void Walk()
    {
        while (EntriesEnd < Length)
        {
            if (TryTakeEntry(out var bytes))
            {
                EntriesEnd += bytes;
                continue;
            }
            if (End != LogScanEnd.Finished) End = WhatFollows(EntriesEnd + 1);
            return;
        }
        End = LogScanEnd.Clean;
    }

    private bool TryTakeEntry(out long bytes)
    {
        bytes = 0;
        if (Length - EntriesEnd < LogRecord.OverheadBytes) return Fails("the file ends within a record");
        if (!LogRecord.TryReadHeader(Window(EntriesEnd, LogRecord.HeaderBytes), out var type, out var dataBytes)) return Fails("no record begins here");
        bytes = dataBytes + LogRecord.OverheadBytes;
        if (bytes > Length - EntriesEnd) return Fails("the file ends within a record");
        var record = Window(EntriesEnd, (int)bytes);
        if (!LogRecord.IsIntact(record)) return Fails("the checksum of a record is wrong");
        if (type is not LogRecordType.Entry)
        {
            End = LogScanEnd.Finished;
            return false;
        }
        if (!LogRecord.TryReadEntry(record, out var entry)) return Fails("a record holds no entry");
        if (EntriesEnd > uint.MaxValue) return Fails("the file is longer than the format allows");
        if (Offsets.Count == 0) First = entry.Index;
        else if (entry.Index != First + (ulong)Offsets.Count) return Fails($"entry {entry.Index} stands where {First + (ulong)Offsets.Count} belongs");
        if (Runs.Count > 0 && entry.Term < Runs[^1].Term) return Fails($"entry {entry.Index} has an older term than the entry before it");
        if (Runs.Count == 0 || Runs[^1].Term < entry.Term) Runs.Add(new TermRun(entry.Index, entry.Term));
        Offsets.Add((uint)EntriesEnd);
        return true;
    }

    /// <summary>Looks for an intact record from <paramref name="from"/> on, at every byte: the length of the broken one means nothing.</summary>
    /// <remarks>
    /// The entry that is broken itself has already been refused, so a contiguous successor is looked for as well as a mere checksum: the few
    /// bytes that look like a header cost one checksum each.
    /// </remarks>
    private LogScanEnd WhatFollows(long from)
    {
        // A broken index record in front of an intact footer concerns no entry.
        Span<byte> footer = stackalloc byte[LogRecord.FooterBytes];
        if (Length - LogRecord.FooterBytes >= from && _file.Read(Length - LogRecord.FooterBytes, footer) == footer.Length
            && LogRecord.TryReadFooter(footer, out var indexOffset))
        {
            return indexOffset == EntriesEnd ? LogScanEnd.Finished : LogScanEnd.Damaged;
        }

        // A record that follows is neither as old as the last good entry nor further on than there is room for.
        var indexMin = Offsets.Count == 0 ? 1 : First + (ulong)Offsets.Count;
        var indexMax = Offsets.Count == 0 ? ulong.MaxValue : indexMin + (ulong)((Length - EntriesEnd) / LogRecord.EntryOverheadBytes);
        for (var at = from; at <= Length - LogRecord.EntryOverheadBytes; at++)
        {
            var head = Window(at, LogRecord.EntryPrefixBytes);
            // Most bytes end here: the type, and a length whose upper half is zero.
            if (head[0] != (byte)LogRecordType.Entry || BinaryPrimitives.ReadUInt32BigEndian(head[1..]) != 0) continue;
            long dataBytes = BinaryPrimitives.ReadUInt32BigEndian(head[5..]);
            var index = BinaryPrimitives.ReadUInt64BigEndian(head[(LogRecord.HeaderBytes + 9)..]);
            if (dataBytes < RaftEntryHeader.Bytes || dataBytes + LogRecord.OverheadBytes > Length - at || index < indexMin || index > indexMax) continue;
            if (LogRecord.IsIntact(Window(at, (int)dataBytes + LogRecord.OverheadBytes))) return LogScanEnd.Damaged;
        }
        return LogScanEnd.Torn;
    }

    private bool Fails(string problem)
    {
        Problem = problem;
        return false;
    }

    /// <summary>Bytes of the file in the buffer; they lie before its end.</summary>
    private ReadOnlySpan<byte> Window(long at, int count)
    {
        if (at < _bufferAt || at + count > _bufferAt + _buffered)
        {
            if (count > _buffer.Length)
            {
                ArrayPool<byte>.Shared.Return(_buffer);
                _buffer = [];
                _buffer = ArrayPool<byte>.Shared.Rent(count);
            }
            (_bufferAt, _buffered) = (at, _file.Read(at, _buffer.AsSpan(0, (int)Math.Min(_buffer.Length, Length - at))));
            if (_buffered < count) throw new StorageCorruptException(_file.Path, "the file shrinks while it is read", "Stop the other process");
        }
        return _buffer.AsSpan((int)(at - _bufferAt), count);
    }
}
