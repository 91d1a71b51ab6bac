using System.Buffers.Binary;
using CubeActors.Protocol;

namespace CubeActors.Decommission;

/// <summary>The bytes that a trial writes: what lies at a place follows from the place, so that whatever is found there can be judged. Pure.</summary>
internal static class Pattern
{
    private const int WordBytes = sizeof(ulong);

    /// <summary>Of a normal extent: as often as its id is given out, its bytes are others.</summary>
    public static ulong KeyOf(PartitionId partition, ExtentId extent, int generation) => Mix((partition.Value << 40) ^ (extent.Value << 8) ^ (ulong)generation);

    /// <param name="key">What is written.</param>
    /// <param name="offset">Of the first byte, in what is written.</param>
    public static void Fill(Span<byte> bytes, ulong key, long offset)
    {
        Span<byte> word = stackalloc byte[WordBytes];
        for (var at = 0; at < bytes.Length;)
        {
            var place = offset + at;
            BinaryPrimitives.WriteUInt64LittleEndian(word, Mix(key + (ulong)(place / WordBytes)) | 0x0101010101010101); // no byte of it is 0, which is what a hole reads as
            var skip = (int)(place % WordBytes);
            var count = Math.Min(WordBytes - skip, bytes.Length - at);
            word.Slice(skip, count).CopyTo(bytes[at..]);
            at += count;
        }
    }

    /// <returns>Offset of the first byte that is another one; -1 if all are as written.</returns>
    public static long FirstDifference(ReadOnlySpan<byte> found, ulong key, long offset)
    {
        var expected = new byte[found.Length];
        Fill(expected, key, offset);
        var same = found.CommonPrefixLength(expected);
        return same == found.Length ? -1 : offset + same;
    }

    /// <summary>SplitMix64 (Steele, Lea, Flood 2014).</summary>
    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
