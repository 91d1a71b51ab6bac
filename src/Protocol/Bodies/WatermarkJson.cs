using System.Text.Json;

namespace CubeActors.Protocol;

/// <summary>The JSON array of <see cref="Watermark"/>: what CubeFS 3.5 asks for, 110 to 170 bytes an extent.</summary>
public static class WatermarkJson
{
    /// <inheritdoc cref="Watermarks.TryRead"/>
    public static bool TryRead(ReadOnlySpan<byte> data, out List<Watermark> extents, int extentsMax = Watermarks.ExtentsMax) =>
        GoJson.TryReadList(data, extentsMax, BodyJson.Default.Watermark, out extents);

    /// <summary><c>[]</c> when there are none.</summary>
    public static byte[] Write(IReadOnlyList<Watermark> extents) =>
        JsonSerializer.SerializeToUtf8Bytes(extents, BodyJson.Default.IReadOnlyListWatermark);
}
