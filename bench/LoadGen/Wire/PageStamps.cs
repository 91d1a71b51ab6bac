using System.Buffers.Binary;
using System.Runtime.InteropServices;
using CubeActors.Protocol;

namespace CubeActors.LoadGen;

/// <summary>
/// Marks every 4 KiB page of the data with its extent and offset, so that a read of the right length and CRC from a wrong place is seen.
/// </summary>
internal static class PageStamps
{
    public const int PageBytes = 4096;
    private const int StampBytes = 16;
    private const int WholeStampBytes = 24;

    /// <param name="data">Bytes that will lie at <paramref name="offset"/>; both are whole pages.</param>
    public static void Write(Span<byte> data, ExtentId extent, long offset)
    {
        for (var at = 0; at < data.Length; at += PageBytes)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(data[at..], extent.Value);
            BinaryPrimitives.WriteInt64LittleEndian(data[(at + 8)..], offset + at);
        }
    }

    /// <summary>Fills the pages so that every byte depends on its place and on the write: a stale, crossed or torn page is told apart.</summary>
    /// <param name="data">Bytes that will lie at <paramref name="offset"/>; both are whole pages.</param>
    /// <param name="sequence">Another one for each write of the place.</param>
    public static void WriteWhole(Span<byte> data, ExtentId extent, long offset, ulong sequence)
    {
        Write(data, extent, offset);
        for (var at = 0; at < data.Length; at += PageBytes)
        {
            var page = data.Slice(at, PageBytes);
            BinaryPrimitives.WriteUInt64LittleEndian(page[StampBytes..], sequence);
            var words = MemoryMarshal.Cast<byte, ulong>(page[WholeStampBytes..]);
            var state = StateOf(offset + at, sequence);
            for (var i = 0; i < words.Length; i++) words[i] = Mix(state + (ulong)i);
        }
    }

    /// <returns>False if a byte is not what <see cref="WriteWhole"/> writes.</returns>
    public static bool MatchWhole(ReadOnlySpan<byte> data, ExtentId extent, long offset, ulong sequence)
    {
        if (data.Length % PageBytes != 0 || !Match(data, extent, offset)) return false;
        for (var at = 0; at < data.Length; at += PageBytes)
        {
            var page = data.Slice(at, PageBytes);
            if (BinaryPrimitives.ReadUInt64LittleEndian(page[StampBytes..]) != sequence) return false;
            var words = MemoryMarshal.Cast<byte, ulong>(page[WholeStampBytes..]);
            var state = StateOf(offset + at, sequence);
            for (var i = 0; i < words.Length; i++)
                if (words[i] != Mix(state + (ulong)i)) return false;
        }

        return true;
    }

    private static ulong StateOf(long offset, ulong sequence) => (sequence * 0x9E3779B97F4A7C15) ^ ((ulong)offset << 20);

    // One multiplication and a shift a word: the generator must not be what is measured.
    private static ulong Mix(ulong value)
    {
        value *= 0xBF58476D1CE4E5B9;
        return value ^ (value >> 31);
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
