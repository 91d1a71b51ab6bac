using System.Buffers.Binary;

namespace CubeActors.Protocol;

/// <summary>Data that is one big-endian u64, or two: applied ids, extent ids, sizes, the inode of a create.</summary>
public static class NumberBody
{
    public const int OneBytes = 8;
    public const int TwoBytes = 16;

    /// <returns>False if there are fewer than 8 bytes; more are ignored.</returns>
    public static bool TryReadOne(ReadOnlySpan<byte> data, out ulong number) => BinaryPrimitives.TryReadUInt64BigEndian(data, out number);

    /// <summary>The answer to 0x11 and 0x16.</summary>
    /// <param name="second">0 in the old form of 8 bytes.</param>
    public static bool TryReadTwo(ReadOnlySpan<byte> data, out ulong first, out ulong second)
    {
        second = 0;
        if (!TryReadOne(data, out first)) return false;
        if (data.Length >= TwoBytes) second = BinaryPrimitives.ReadUInt64BigEndian(data[OneBytes..]);
        return true;
    }

    public static void WriteOne(Span<byte> destination, ulong number) => BinaryPrimitives.WriteUInt64BigEndian(destination, number);

    public static void WriteTwo(Span<byte> destination, ulong first, ulong second)
    {
        WriteOne(destination, first);
        WriteOne(destination[OneBytes..], second);
    }
}
