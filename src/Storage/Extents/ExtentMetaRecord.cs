using System.Buffers.Binary;
using CubeActors.Runtime;

namespace CubeActors.Storage;

/// <summary>EXTENT_META, 20 bytes: base id, end of the reserved CRC records, CRC of the two. Big-endian.</summary>
/// <param name="BaseId">No id up to this one is handed out again.</param>
/// <param name="ReservedEnd">EXTENT_CRC has space reserved for the ids below this one.</param>
internal readonly record struct ExtentMetaRecord(ulong BaseId, ulong ReservedEnd)
{
    public const string Name = "EXTENT_META";
    public const int Bytes = 20;
    private const int CrcOffset = 16;

    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, BaseId);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], ReservedEnd);
        BinaryPrimitives.WriteUInt32BigEndian(destination[CrcOffset..], Crc32.Compute(destination[..CrcOffset]));
    }

    /// <returns>False if the record is short or its CRC wrong. An empty file is how every new partition starts.</returns>
    public static bool TryRead(ReadOnlySpan<byte> source, out ExtentMetaRecord record)
    {
        record = default;
        if (source.Length < Bytes || Crc32.Compute(source[..CrcOffset]) != BinaryPrimitives.ReadUInt32BigEndian(source[CrcOffset..])) return false;
        record = new ExtentMetaRecord(BinaryPrimitives.ReadUInt64BigEndian(source), BinaryPrimitives.ReadUInt64BigEndian(source[8..]));
        return true;
    }
}
