using System.Buffers;
using System.Buffers.Binary;
using CubeActors.Protocol;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

/// <summary>The index record of a finished file: every entry with term and offset, in order.</summary>
/// <param name="First">Index of the first entry; 0 without entries.</param>
/// <param name="Runs">Terms of the entries.</param>
/// <param name="IndexOffset">Where the record begins: where the entries end.</param>
internal sealed record LogIndexRecord(ulong First, uint[] Offsets, List<TermRun> Runs, long IndexOffset)
{
    /// <summary>The data of an index record of so many entries.</summary>
    public static long DataBytes(int entries) => LogRecord.IndexCountBytes + (long)LogRecord.IndexItemBytes * entries;

    /// <summary>Where item <paramref name="number"/> of an index record stands in the file.</summary>
    public static long ItemOffset(long indexOffset, ulong number) =>
        indexOffset + LogRecord.HeaderBytes + LogRecord.IndexCountBytes + LogRecord.IndexItemBytes * (long)number;

    /// <returns>Null if the file does not end with a whole, consistent index and footer.</returns>
    public static LogIndexRecord? TryLoad(IFile file)
    {
        var length = file.Length;
        Span<byte> footer = stackalloc byte[LogRecord.FooterBytes];
        if (length < footer.Length || file.Read(length - footer.Length, footer) != footer.Length
            || !LogRecord.TryReadFooter(footer, out var indexOffset)) return null;
        var recordBytes = length - footer.Length - indexOffset;
        if (indexOffset > uint.MaxValue || recordBytes < LogRecord.OverheadBytes + LogRecord.IndexCountBytes || recordBytes > int.MaxValue) return null;
        var rented = ArrayPool<byte>.Shared.Rent((int)recordBytes);
        try
        {
            var record = rented.AsSpan(0, (int)recordBytes);
            return file.Read(indexOffset, record) == record.Length ? TryParse(record, indexOffset) : null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static LogIndexRecord? TryParse(ReadOnlySpan<byte> record, long indexOffset)
    {
        if (!LogRecord.TryReadHeader(record, out var type, out var dataBytes) || type != LogRecordType.Index
            || dataBytes != record.Length - LogRecord.OverheadBytes || !LogRecord.IsIntact(record)) return null;
        var count = BinaryPrimitives.ReadUInt32BigEndian(record[LogRecord.HeaderBytes..]);
        if (dataBytes != LogRecord.IndexCountBytes + LogRecord.IndexItemBytes * (long)count) return null;
        if (count == 0) return indexOffset == 0 ? new LogIndexRecord(0, [], [], 0) : null;
        var (first, offsets, runs) = (0UL, new uint[count], new List<TermRun>());
        for (var i = 0; i < offsets.Length; i++)
        {
            var (index, term, offset) = LogRecord.ReadIndexItem(record[(int)ItemOffset(0, (ulong)i)..]);
            if (i == 0) first = index;
            var inOrder = i == 0 ? offset == 0 && index > 0
                : index == first + (ulong)i && offset >= offsets[i - 1] + LogRecord.EntryOverheadBytes && term >= runs[^1].Term;
            if (!inOrder || offset + LogRecord.EntryOverheadBytes > indexOffset) return null;
            offsets[i] = offset;
            if (runs.Count == 0 || runs[^1].Term < term) runs.Add(new TermRun(index, term));
        }
        return new LogIndexRecord(first, offsets, runs, indexOffset);
    }
}
