using System.Buffers.Binary;

namespace CubeActors.Protocol;

/// <summary>The kinds of smux version 1 frames.</summary>
public enum SmuxCommand : byte
{
    /// <summary>Opens a stream.</summary>
    Open = 0,
    /// <summary>No more data from the sender; also what closing a stream sends.</summary>
    End = 1,
    /// <summary>Bytes of a stream.</summary>
    Push = 2,
    /// <summary>Keeps the session alive; stream 0.</summary>
    KeepAlive = 3,
}

/// <summary>The eight bytes in front of every piece of a smux session; little-endian, unlike all else. Byte table: docs/formats/smux.md.</summary>
/// <remarks>Source: smux protocol version 1, as CubeFS carries it in depends/xtaci/smux.</remarks>
/// <param name="PayloadBytes">Bytes that follow; only <see cref="SmuxCommand.Push"/> has any.</param>
public readonly record struct SmuxFrame(SmuxCommand Command, ushort PayloadBytes, uint StreamId)
{
    public const int Bytes = 8;
    public const byte Version = 1;
    /// <summary>The longest payload to send. A receiver takes up to 65,535.</summary>
    public const int PayloadBytesMax = 32 * 1024;

    /// <summary>Reads one frame header. Never throws, never allocates.</summary>
    /// <returns>Malformed (version, command, or a payload where none may be): drop the session. Else NeedMore or Complete.</returns>
    public static DecodeStatus TryRead(ReadOnlySpan<byte> source, out SmuxFrame frame)
    {
        frame = default;
        if (source.Length > 0 && source[0] != Version) return DecodeStatus.Malformed;
        if (source.Length > 1 && source[1] > (byte)SmuxCommand.KeepAlive) return DecodeStatus.Malformed; // 4 is of version 2
        if (source.Length < Bytes) return DecodeStatus.NeedMore;
        var read = new SmuxFrame((SmuxCommand)source[1],
            BinaryPrimitives.ReadUInt16LittleEndian(source[2..]), BinaryPrimitives.ReadUInt32LittleEndian(source[4..]));
        if (read.Command != SmuxCommand.Push && read.PayloadBytes != 0) return DecodeStatus.Malformed;
        frame = read;
        return DecodeStatus.Complete;
    }

    /// <summary>Writes <see cref="Bytes"/> to the front of <paramref name="destination"/>.</summary>
    public int Write(Span<byte> destination)
    {
        destination[0] = Version;
        destination[1] = (byte)Command;
        BinaryPrimitives.WriteUInt16LittleEndian(destination[2..], PayloadBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[4..], StreamId);
        return Bytes;
    }
}
