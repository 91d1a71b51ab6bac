using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace CubeActors.EndToEnd;

/// <summary>A place that is overwritten as a whole: a block of one extent.</summary>
/// <param name="Offset">In the extent.</param>
internal readonly record struct BlockPlace(ulong Partition, ulong Extent, long Offset);

/// <summary>What the bytes of a block turned out to be.</summary>
internal enum BlockContent
{
    /// <summary>One write of this place, whole; its sequence tells which.</summary>
    Written,
    /// <summary>One whole write of another place.</summary>
    Misplaced,
    /// <summary>No write as a whole: parts of several, or bytes that never were written here.</summary>
    Mixed,
}

/// <summary>Content of which every byte depends on its place and on the write, so that a block names the write that it holds.</summary>
internal static class StampedBlock
{
    public const int Bytes = 4096;
    private const int WordBytes = sizeof(ulong), StampWords = 4;

    /// <param name="block">Exactly <see cref="Bytes"/>.</param>
    /// <param name="sequence">From 1; another one for each write of the place.</param>
    public static void Write(Span<byte> block, BlockPlace place, ulong sequence)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(block, sequence);
        BinaryPrimitives.WriteUInt64LittleEndian(block[WordBytes..], place.Partition);
        BinaryPrimitives.WriteUInt64LittleEndian(block[(2 * WordBytes)..], place.Extent);
        BinaryPrimitives.WriteInt64LittleEndian(block[(3 * WordBytes)..], place.Offset);
        var words = MemoryMarshal.Cast<byte, ulong>(block[..Bytes]);
        for (var i = StampWords; i < words.Length; i++) words[i] = WordAt(i, place, sequence);
    }

    /// <param name="sequence">Of the write, unless the block is mixed.</param>
    public static BlockContent Read(ReadOnlySpan<byte> block, BlockPlace place, out ulong sequence)
    {
        sequence = BinaryPrimitives.ReadUInt64LittleEndian(block);
        var found = new BlockPlace(
            BinaryPrimitives.ReadUInt64LittleEndian(block[WordBytes..]), BinaryPrimitives.ReadUInt64LittleEndian(block[(2 * WordBytes)..]),
            BinaryPrimitives.ReadInt64LittleEndian(block[(3 * WordBytes)..]));
        var words = MemoryMarshal.Cast<byte, ulong>(block[..Bytes]);
        for (var i = StampWords; i < words.Length; i++)
            if (words[i] != WordAt(i, found, sequence)) return BlockContent.Mixed;
        return found == place ? BlockContent.Written : BlockContent.Misplaced;
    }

    private static ulong WordAt(int index, BlockPlace place, ulong sequence)
    {
        var value = (sequence * 0x9E3779B97F4A7C15) ^ (place.Partition << 48) ^ (place.Extent << 32) ^ (ulong)place.Offset;
        value = (value + (ulong)index) * 0xBF58476D1CE4E5B9;
        return value ^ (value >> 31);
    }
}
