using System.Buffers.Binary;
using CubeActors.Protocol;

namespace CubeActors.Simulation.Nodes;

/// <summary>The registers that clients overwrite and read: stretches of one extent, each filled with its value.</summary>
internal static class Registers
{
    public const int ExtentBytes = 150_000;
    private const int ValueBytes = sizeof(ulong);

    /// <summary>A page, an odd place, a short one, and two, longer than what raft copies together, up to the end of a block and from it on.</summary>
    /// <remarks>None crosses the border of two blocks: a read is answered block by block, and an overwrite between two of them is seen by half.</remarks>
    private static readonly (int Offset, int Bytes)[] Places = [(0, 4096), (5003, 704), (9000, 64), (100_000, 31_072), (131_072, 18_000)];

    public static int Count => Places.Length;

    public static (int Offset, int Bytes) PlaceOf(int register) => Places[register];

    public static byte[] Content(int register, ulong value)
    {
        var content = new byte[Places[register].Bytes];
        for (var at = 0; at < content.Length; at += ValueBytes) BinaryPrimitives.WriteUInt64LittleEndian(content.AsSpan(at), value);
        return content;
    }

    public static ulong ValueOf(int register, ReadOnlySpan<byte> content, string who)
    {
        Broken.Unless(content.Length == Places[register].Bytes, $"{who} answers with {content.Length} bytes of register {register}");
        var value = BinaryPrimitives.ReadUInt64LittleEndian(content);
        Broken.Unless(content.SequenceEqual(Content(register, value)), $"{who} answers with a mixture of values in register {register}, the first is {value}");
        return value;
    }
}
