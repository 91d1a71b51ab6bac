using System.Buffers.Binary;
using CubeActors.Protocol;

namespace CubeActors.Storage;

internal enum LogRecordType : byte
{
    Entry = 1,
    Index = 2,
    Footer = 3,
}

/// <summary>What a log file consists of: type, length, data, checksum of the data. Byte table: docs/formats/raft-log.md.</summary>
/// <remarks>Source: CubeFS depends/tiglabs/raft/storage/wal, record and footer.</remarks>
internal static class LogRecord
{
    /// <summary>Type and length in front of the data.</summary>
    public const int HeaderBytes = 9;
    /// <summary>The checksum behind it.</summary>
    public const int TrailerBytes = 4;
    public const int OverheadBytes = HeaderBytes + TrailerBytes;
    /// <summary>What stands in an entry record in front of the entry's data.</summary>
    public const int EntryPrefixBytes = HeaderBytes + RaftEntryHeader.Bytes;
    /// <summary>An entry record without data.</summary>
    public const int EntryOverheadBytes = OverheadBytes + RaftEntryHeader.Bytes;
    public const int IndexCountBytes = 4;
    /// <summary>Index, term and offset of one entry in an index record.</summary>
    public const int IndexItemBytes = 20;
    public const int FooterBytes = OverheadBytes + 16;
    private const ulong FooterMagic = 0xF9BF3E0AD3C5CC3F;

    public static void WriteHeader(Span<byte> destination, LogRecordType type, long dataBytes)
    {
        destination[0] = (byte)type;
        BinaryPrimitives.WriteInt64BigEndian(destination[1..], dataBytes);
    }

    public static void WriteEntryHeader(Span<byte> destination, in RaftEntryHeader header)
    {
        destination[0] = (byte)header.Type;
        BinaryPrimitives.WriteUInt64BigEndian(destination[1..], header.Term);
        BinaryPrimitives.WriteUInt64BigEndian(destination[9..], header.Index);
    }

    public static void WriteIndexItem(Span<byte> destination, ulong index, ulong term, uint offset)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, index);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], term);
        BinaryPrimitives.WriteUInt32BigEndian(destination[16..], offset);
    }

    public static (ulong Index, ulong Term, uint Offset) ReadIndexItem(ReadOnlySpan<byte> source) => (
        BinaryPrimitives.ReadUInt64BigEndian(source), BinaryPrimitives.ReadUInt64BigEndian(source[8..]),
        BinaryPrimitives.ReadUInt32BigEndian(source[16..]));

    public static void WriteFooter(Span<byte> destination, long indexOffset)
    {
        WriteHeader(destination, LogRecordType.Footer, FooterBytes - OverheadBytes);
        var data = destination[HeaderBytes..(FooterBytes - TrailerBytes)];
        BinaryPrimitives.WriteInt64BigEndian(data, indexOffset);
        BinaryPrimitives.WriteUInt64BigEndian(data[8..], FooterMagic);
        BinaryPrimitives.WriteUInt32BigEndian(destination[(FooterBytes - TrailerBytes)..], MaskedCrc.Compute(data));
    }

    /// <param name="source">The last <see cref="FooterBytes"/> of a file.</param>
    public static bool TryReadFooter(ReadOnlySpan<byte> source, out long indexOffset)
    {
        indexOffset = 0;
        if (source.Length != FooterBytes || !TryReadHeader(source, out var type, out var dataBytes)) return false;
        if (type != LogRecordType.Footer || dataBytes != FooterBytes - OverheadBytes || !IsIntact(source)) return false;
        indexOffset = BinaryPrimitives.ReadInt64BigEndian(source[HeaderBytes..]);
        return indexOffset >= 0 && BinaryPrimitives.ReadUInt64BigEndian(source[(HeaderBytes + 8)..]) == FooterMagic;
    }

    /// <returns>False if the type is unknown or the length none that a file could have.</returns>
    public static bool TryReadHeader(ReadOnlySpan<byte> source, out LogRecordType type, out long dataBytes)
    {
        type = (LogRecordType)source[0];
        dataBytes = BinaryPrimitives.ReadInt64BigEndian(source[1..]);
        return type is LogRecordType.Entry or LogRecordType.Index or LogRecordType.Footer && dataBytes is >= 0 and <= uint.MaxValue;
    }

    /// <summary>Compares a whole record's checksum. The checksum covers the data only.</summary>
    public static bool IsIntact(ReadOnlySpan<byte> record) =>
        MaskedCrc.Compute(record[HeaderBytes..^TrailerBytes]) == BinaryPrimitives.ReadUInt32BigEndian(record[^TrailerBytes..]);

    /// <param name="record">A whole entry record whose checksum is right.</param>
    /// <returns>False if it holds no entry that raft knows.</returns>
    public static bool TryReadEntry(ReadOnlySpan<byte> record, out RaftEntryHeader header)
    {
        header = default;
        if (record.Length < EntryOverheadBytes || record[HeaderBytes] > (byte)RaftEntryType.Membership) return false;
        header = new RaftEntryHeader((RaftEntryType)record[HeaderBytes], BinaryPrimitives.ReadUInt64BigEndian(record[(HeaderBytes + 1)..]),
            BinaryPrimitives.ReadUInt64BigEndian(record[(HeaderBytes + 9)..]), record.Length - EntryOverheadBytes);
        return header.Index > 0;
    }
}
