using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace CubeActors.Runtime;

/// <summary>CRC-32/IEEE, the value of zlib's <c>crc32</c>, as CubeFS uses it on the wire and on disk. Empty input gives 0.</summary>
/// <remarks>
/// Served by the .NET runtime's own zlib (vectorised, tens of GB/s). That entry point is not a public API, so it is tried
/// against known vectors at start and a managed table takes over if it is missing or wrong.
/// </remarks>
public static partial class Crc32
{
    private static readonly uint[] Table = BuildTable();
    private static readonly bool Native = SelfTest();

    /// <summary>True if the runtime's native code serves; false if the managed table does (about fifty times slower).</summary>
    public static bool IsNative => Native;

    public static uint Compute(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>The CRC of the bytes behind <paramref name="crc"/> followed by <paramref name="more"/>.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> more) => Native ? AppendNative(crc, more) : AppendManaged(crc, more);

    internal static uint AppendManaged(uint crc, ReadOnlySpan<byte> data)
    {
        crc = ~crc;
        while (data.Length >= 8) // slicing by eight: one table look-up a byte, without a dependency between them
        {
            var low = BinaryPrimitives.ReadUInt32LittleEndian(data) ^ crc;
            crc = Table[0x700 + (low & 0xFF)] ^ Table[0x600 + ((low >> 8) & 0xFF)] ^ Table[0x500 + ((low >> 16) & 0xFF)] ^ Table[0x400 + (low >> 24)]
                ^ Table[0x300 + data[4]] ^ Table[0x200 + data[5]] ^ Table[0x100 + data[6]] ^ Table[data[7]];
            data = data[8..];
        }

        foreach (var b in data) crc = Table[(crc ^ b) & 0xFF] ^ (crc >> 8);
        return ~crc;
    }

    private static unsafe uint AppendNative(uint crc, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty) return crc; // zlib takes a null buffer as "start anew"
        fixed (byte* p = data) return CompressionNative_Crc32(crc, p, data.Length);
    }

    private static uint[] BuildTable()
    {
        var table = new uint[8 * 256];
        for (uint i = 0; i < 256; i++)
        {
            var crc = i;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
            table[i] = crc;
        }

        for (var i = 256; i < table.Length; i++) table[i] = table[table[i - 256] & 0xFF] ^ (table[i - 256] >> 8);
        return table;
    }

    private static bool SelfTest()
    {
        try
        {
            Span<byte> sample = stackalloc byte[1024 + 7]; // odd, so that vector heads and tails run too
            for (var i = 0; i < sample.Length; i++) sample[i] = (byte)((7 * i) + 3);
            return AppendNative(0, "123456789"u8) == 0xCBF43926
                && AppendNative(0, sample) == AppendManaged(0, sample)
                && AppendNative(AppendNative(0, sample[..100]), sample[100..]) == AppendManaged(0, sample);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return false; // seen by IsNative, which the node logs at start
        }
    }

    [LibraryImport("libSystem.IO.Compression.Native")]
    private static unsafe partial uint CompressionNative_Crc32(uint crc, byte* buffer, int length);
}
