using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using CubeActors.Runtime;

namespace CubeActors.Storage;

/// <summary>The checksum of log records: CRC-32C (Castagnoli), then rotated and shifted, as LevelDB does.</summary>
/// <remarks>
/// The mask keeps a checksum that is stored among the data it covers from looking like data. Source: CubeFS
/// depends/tiglabs/raft/storage/wal and RFC 3720 B.4. Runs on the CPU's crc32 instruction where there is one.
/// </remarks>
internal static class MaskedCrc
{
    private const uint MaskDelta = 0xA282EAD8;
    private const int MaskRotation = 15;

    static MaskedCrc() => Invariant.Check(Gives("123456789"u8, 0xC78AB0E5) && Gives(default, MaskDelta));

    public static uint Compute(ReadOnlySpan<byte> data) => Finish(Append(Start, data));

    /// <summary>A checksum in parts: <c>Finish(Append(Append(Start, a), b))</c> is that of a followed by b.</summary>
    public const uint Start = 0xFFFFFFFF;

    public static uint Append(uint state, ReadOnlySpan<byte> data)
    {
        while (data.Length >= 8)
        {
            state = BitOperations.Crc32C(state, BinaryPrimitives.ReadUInt64LittleEndian(data));
            data = data[8..];
        }
        foreach (var b in data) state = BitOperations.Crc32C(state, b);
        return state;
    }

    public static uint Finish(uint state) => BitOperations.RotateRight(~state, MaskRotation) + MaskDelta;

    // Not inlined: the compiler of ReadyToRun code (crossgen2 10.0.12) would compute the checksum of nothing itself, and gets the comparison
    // of that constant with an equal one wrong. The checksums are right there too.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool Gives(ReadOnlySpan<byte> data, uint expected) => Compute(data) == expected;
}
