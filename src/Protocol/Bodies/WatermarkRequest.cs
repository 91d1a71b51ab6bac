using System.Text.Json;

namespace CubeActors.Protocol;

/// <summary>Data of a 0x07 request: nothing or 'B' for normal extents, a JSON list of ids for tiny ones.</summary>
/// <param name="WantsBinary">Data began with 'B': answer with <see cref="WatermarkBinary"/>.</param>
/// <param name="TinyExtents">The tiny extents asked for; empty in a request for normal ones.</param>
public readonly record struct WatermarkRequest(bool WantsBinary, IReadOnlyList<ExtentId> TinyExtents)
{
    private const byte BinaryMark = (byte)'B';

    /// <returns>False if a request for tiny extents holds no list of at most 64 ids.</returns>
    public static bool TryRead(in PacketHeader header, ReadOnlySpan<byte> data, out WatermarkRequest request)
    {
        request = new WatermarkRequest(data is [BinaryMark, ..], []);
        if (header.IsNormalExtent || request.WantsBinary) return true;
        if (!GoJson.TryReadList(data, (int)ExtentId.TinyLast, BodyJson.Default.ExtentId, out var ids)) return false;
        request = new WatermarkRequest(false, ids);
        return true;
    }

    public static byte[] WriteTiny(IReadOnlyList<ExtentId> ids) => JsonSerializer.SerializeToUtf8Bytes(ids, BodyJson.Default.IReadOnlyListExtentId);
}
