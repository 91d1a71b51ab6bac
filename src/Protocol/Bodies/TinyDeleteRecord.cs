namespace CubeActors.Protocol;

/// <summary>One punched slot: 24 bytes in the log of tiny deletes and in the stream that answers 0x14.</summary>
/// <remarks>Source: CubeFS datanode/storage/extent_store.go DeleteTinyRecordSize.</remarks>
/// <param name="Size">As asked for, not rounded to the slot.</param>
public readonly record struct TinyDeleteRecord(ExtentId Extent, ulong Offset, ulong Size)
{
    public const int Bytes = 24;

    public static DecodeStatus TryRead(ReadOnlySpan<byte> source, out TinyDeleteRecord record)
    {
        record = default;
        if (source.Length < Bytes) return DecodeStatus.NeedMore;
        var reader = new BigEndianReader(source);
        record = new TinyDeleteRecord(new ExtentId(reader.U64()), reader.U64(), reader.U64());
        return DecodeStatus.Complete;
    }

    public void Write(Span<byte> destination)
    {
        var writer = new BigEndianWriter(destination[..Bytes]);
        writer.U64(Extent.Value);
        writer.U64(Offset);
        writer.U64(Size);
    }
}
