using System.Buffers.Binary;
using CubeActors.Protocol;

namespace CubeActors.LoadGen;

/// <summary>
/// Marks every 4 KiB page of the data with its extent and offset, so that a read of the right length and CRC from a wrong place is seen.
/// </summary>
internal static class PageStamps
{
    public const int PageBytes = 4096;
    private const int StampBytes = 16;

    /// <param name="data">Bytes that will lie at <paramref name="offset"/>; both are whole pages.</param>
    public static void Write(Span<byte> data, ExtentId extent, long offset)
    {
        for (var at = 0; at < data.Length; at += PageBytes)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(data[at..], extent.Value);
            BinaryPrimitives.WriteInt64LittleEndian(data[(at + 8)..], offset + at);
        }
    }

    /// <param name="data">Bytes read from <paramref name="offset"/>, which need not begin or end at a page.</param>
    /// <returns>False if a stamp that lies wholly within the data is not the one of this place.</returns>
    public static bool Match(ReadOnlySpan<byte> data, ExtentId extent, long offset)
    {
        var toPage = (int)(-offset & (PageBytes - 1));
        for (var at = toPage; at + StampBytes <= data.Length; at += PageBytes)
        {
            if (BinaryPrimitives.ReadUInt64LittleEndian(data[at..]) != extent.Value) return false;
            if (BinaryPrimitives.ReadInt64LittleEndian(data[(at + 8)..]) != offset + at) return false;
        }

        return true;
    }
}
