namespace CubeActors.Protocol;

/// <summary>Data of the reply to 0x07, in the form that its first byte tells: 'M' is binary, anything else JSON.</summary>
public static class Watermarks
{
    /// <summary>What a reader accepts. A partition stops creating at 60,000 extents (3 times MaxExtentCount in CubeFS datanode/storage/extent_store.go).</summary>
    public const int ExtentsMax = 256 * 1024;

    /// <returns>False for an error text, a damaged list, or more than <paramref name="extentsMax"/> extents.</returns>
    public static bool TryRead(ReadOnlySpan<byte> data, out List<Watermark> extents, int extentsMax = ExtentsMax) =>
        data is [WatermarkBinary.Mark, ..]
            ? WatermarkBinary.TryRead(data, out extents, extentsMax)
            : WatermarkJson.TryRead(data, out extents, extentsMax);
}
