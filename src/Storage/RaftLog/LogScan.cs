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
    /// <summary>A broken record with intact ones behind it, or an intact one in a wrong place: no interrupted write leaves that.</summary>
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
            if (End == LogScanEnd.Clean) End = WhatFollows(EntriesEnd + 1);
            return;
        }
    }

    private bool TryTakeEntry(out long bytes)
    {
        bytes = 0;
        if (Length - EntriesEnd < LogRecord.OverheadBytes) return Fails("the file ends within a record");
        if (!LogRecord.TryReadHeader(Window(EntriesEnd, LogRecord.HeaderBytes), out var type, out var dataBytes)) return Fails("no record begins here");
        bytes = dataBytes + LogRecord.OverheadBytes;
        if (bytes > Length - EntriesEnd || bytes > int.MaxValue) return Fails("the file ends within a record");
        var record = Window(EntriesEnd, (int)bytes);
        if (!LogRecord.IsIntact(record)) return Fails("the checksum of a record is wrong");
        if (type is not LogRecordType.Entry)
        {
            End = LogScanEnd.Finished;
            return false;
        }
        if (!LogRecord.TryReadEntry(record, out var entry)) return IsWrong("a record holds no entry");
        if (EntriesEnd > uint.MaxValue) return IsWrong("the file is longer than the format allows");
        if (Offsets.Count == 0) First = entry.Index;
        else if (entry.Index != First + (ulong)Offsets.Count) return IsWrong($"entry {entry.Index} stands where {First + (ulong)Offsets.Count} belongs");
        if (Runs.Count > 0 && entry.Term < Runs[^1].Term) return IsWrong($"entry {entry.Index} has an older term than the entry before it");
        if (Runs.Count == 0 || Runs[^1].Term < entry.Term) Runs.Add(new TermRun(entry.Index, entry.Term));
        Offsets.Add((uint)EntriesEnd);
        return true;
    }

    /// <summary>Looks for an intact record from <paramref name="from"/> on, at every byte: the length of the broken one means nothing.</summary>
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
        var at = from;
        while (at <= Length - LogRecord.EntryOverheadBytes)
        {
            var ahead = WindowFrom(at, LogRecord.EntryPrefixBytes);
            // From one byte of the right type to the next, as far as a whole prefix is in sight.
            var hit = ahead[..^(LogRecord.EntryPrefixBytes - 1)].IndexOf((byte)LogRecordType.Entry);
            at += hit < 0 ? ahead.Length - (LogRecord.EntryPrefixBytes - 1) : hit;
            if (hit >= 0 && IsEntryThatFollows(at++, ahead[hit..], indexMin, indexMax)) return LogScanEnd.Damaged;
        }
        return LogScanEnd.Torn;
    }

    private bool IsEntryThatFollows(long at, ReadOnlySpan<byte> prefix, ulong indexMin, ulong indexMax)
    {
        var dataBytes = BinaryPrimitives.ReadInt64BigEndian(prefix[1..]);
        var index = BinaryPrimitives.ReadUInt64BigEndian(prefix[(LogRecord.HeaderBytes + 9)..]);
        return dataBytes >= RaftEntryHeader.Bytes && dataBytes <= Length - at - LogRecord.OverheadBytes && dataBytes <= int.MaxValue - LogRecord.OverheadBytes
            && index >= indexMin && index <= indexMax && LogRecord.IsIntact(Window(at, (int)dataBytes + LogRecord.OverheadBytes));
    }

    /// <summary>A record that is intact and does not belong here: whoever wrote it was wrong, and no write was interrupted.</summary>
    private bool IsWrong(string problem)
    {
        End = LogScanEnd.Damaged;
        return Fails(problem);
    }

    private bool Fails(string problem)
    {
        Problem = problem;
        return false;
    }

    /// <summary>All that the buffer has from there on, and so much at least.</summary>
    private ReadOnlySpan<byte> WindowFrom(long at, int countMin)
    {
        Window(at, countMin);
        return _buffer.AsSpan((int)(at - _bufferAt), (int)(_bufferAt + _buffered - at));
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
