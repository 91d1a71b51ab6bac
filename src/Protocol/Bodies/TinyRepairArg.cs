namespace CubeActors.Protocol;

/// <summary>Arg of every packet that answers a tiny repair read: 17 bytes that tell data from a hole.</summary>
/// <remarks>Source: CubeFS datanode/const.go TinyExtentRepairReadResponseArgLen, EmptyResponse ('E').</remarks>
/// <param name="HoleBytes">Length of the hole, 0 with data. This node sends at most <see cref="HoleBytesMax"/>.</param>
/// <param name="StreamBytes">Bytes, data and holes together, of the whole answer; the same in each of its packets.</param>
public readonly record struct TinyRepairArg(bool IsHole, ulong HoleBytes, ulong StreamBytes)
{
    public const int Bytes = 17;
    public const ulong HoleBytesMax = 128 * 1024 * 1024;
    private const byte HoleMark = (byte)'E';

    /// <remarks>CubeFS keeps to <see cref="HoleBytesMax"/> except for the hole at the end of an extent, which it sends as one.</remarks>
    /// <returns>False for another length, or a hole length where there is no hole or beyond what a tiny extent can be long.</returns>
    public static bool TryRead(ReadOnlySpan<byte> arg, out TinyRepairArg value)
    {
        value = default;
        if (arg.Length != Bytes) return false;
        var reader = new BigEndianReader(arg);
        var read = new TinyRepairArg(reader.U8() == HoleMark, reader.U64(), reader.U64());
        if (read.IsHole ? read.HoleBytes > DataPlane.TinyExtentBytesMax : read.HoleBytes != 0) return false;
        value = read;
        return true;
    }

    /// <summary>Writes <see cref="Bytes"/> to the front of <paramref name="destination"/>.</summary>
    public void Write(Span<byte> destination)
    {
        var writer = new BigEndianWriter(destination[..Bytes]);
        writer.U8(IsHole ? HoleMark : (byte)0);
        writer.U64(HoleBytes);
        writer.U64(StreamBytes);
    }
}
