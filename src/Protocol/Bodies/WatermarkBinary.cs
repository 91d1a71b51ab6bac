namespace CubeActors.Protocol;

/// <summary>The binary list of <see cref="Watermark"/>: 'M', i32 count, 57 bytes an extent; it carries no CRC.</summary>
/// <remarks>CubeFS 3.5 offers it but, through a slip, never asks for it.</remarks>
public static class WatermarkBinary
{
    public const byte Mark = (byte)'M';
    public const int ExtentBytes = 57;
    private const int FrontBytes = 5;

    /// <inheritdoc cref="Watermarks.TryRead"/>
    public static bool TryRead(ReadOnlySpan<byte> data, out List<Watermark> extents, int extentsMax = Watermarks.ExtentsMax)
    {
        extents = [];
        if (data.Length < FrontBytes || data[0] != Mark) return false;
        var reader = new BigEndianReader(data[1..]);
        var count = reader.I32();
        if (count < 0 || count > extentsMax || data.Length != FrontBytes + (long)count * ExtentBytes) return false;
        extents = new List<Watermark>(count);
        for (var i = 0; i < count; i++)
        {
            var extent = new Watermark
            {
                Extent = new ExtentId(reader.U64()),
                Size = reader.U64(),
                IsDeleted = reader.U8() != 0,
                ModifiedAt = reader.I64(),
            };
            reader.U64(); // once the access time
            extents.Add(extent with { SnapshotPreAllocated = reader.U64(), SnapshotEnd = reader.U64(), ApplyId = reader.U64() });
        }
        return true;
    }

    public static byte[] Write(IReadOnlyList<Watermark> extents)
    {
        var data = new byte[FrontBytes + extents.Count * ExtentBytes];
        var writer = new BigEndianWriter(data);
        writer.U8(Mark);
        writer.I32(extents.Count);
        foreach (var extent in extents)
        {
            writer.U64(extent.Extent.Value);
            writer.U64(extent.Size);
            writer.U8(extent.IsDeleted ? (byte)1 : (byte)0);
            writer.I64(extent.ModifiedAt);
            writer.U64(0);
            writer.U64(extent.SnapshotPreAllocated);
            writer.U64(extent.SnapshotEnd);
            writer.U64(extent.ApplyId);
        }
        return data;
    }
}
