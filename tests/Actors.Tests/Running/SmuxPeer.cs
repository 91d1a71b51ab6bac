using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>One smux frame as it came.</summary>
internal sealed record Frame(SmuxCommand Command, uint Stream, byte[] Payload);

/// <summary>The client end of a smux session, frame by frame.</summary>
internal sealed class SmuxPeer : IDisposable
{
    private readonly Socket _socket;
    private readonly Dictionary<uint, List<byte>> _unread = [];

    private SmuxPeer(Socket socket) => _socket = socket;

    public static async Task<SmuxPeer> ConnectAsync(IPEndPoint endPoint)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(endPoint).Soon();
        return new SmuxPeer(socket);
    }

    public static byte[] Bytes(SmuxCommand command, uint stream, ReadOnlySpan<byte> payload = default)
    {
        var frame = new byte[8 + payload.Length];
        frame[0] = 1;
        frame[1] = (byte)command;
        BinaryPrimitives.WriteUInt16LittleEndian(frame.AsSpan(2), (ushort)payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(4), stream);
        payload.CopyTo(frame.AsSpan(8));
        return frame;
    }

    /// <summary>Frames with the bytes, none longer than <paramref name="frameBytes"/>.</summary>
    public static byte[] Push(uint stream, byte[] bytes, int frameBytes = 32768) =>
        [.. bytes.Chunk(frameBytes).SelectMany(part => Bytes(SmuxCommand.Push, stream, part))];

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty) bytes = bytes[await _socket.SendAsync(bytes, SocketFlags.None).AsTask().Soon()..];
    }

    /// <returns>Null when the session has ended.</returns>
    public async Task<Frame?> ReceiveAsync()
    {
        var head = await TryFillAsync(8);
        if (head is null) return null;
        Assert.Equal(1, head[0]);
        var length = BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(2));
        Assert.True(length <= 32768, "a frame longer than any peer expects");
        var payload = await TryFillAsync(length) ?? throw new EndOfStreamException("the session ended behind the head of a frame");
        return new Frame((SmuxCommand)head[1], BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(4)), payload);
    }

    /// <summary>The next packet on one stream. What other streams get meanwhile is kept for them.</summary>
    public async Task<Packet> ReceivePacketAsync(uint stream)
    {
        while (true)
        {
            if (_unread.TryGetValue(stream, out var unread) && Parse(unread) is { } packet) return packet;
            var frame = await ReceiveAsync() ?? throw new EndOfStreamException("the node ended the session instead of answering");
            if (frame.Command == SmuxCommand.End && frame.Stream == stream) throw new EndOfStreamException("the node ended the stream instead of answering");
            if (frame.Command != SmuxCommand.Push) continue;
            if (!_unread.TryGetValue(frame.Stream, out var list)) _unread[frame.Stream] = list = [];
            list.AddRange(frame.Payload);
        }
    }

    /// <summary>The node ends a stream, without a byte more on it.</summary>
    public async Task ExpectEndAsync(uint stream)
    {
        while (true)
        {
            var frame = await ReceiveAsync() ?? throw new EndOfStreamException("the node ended the session instead of the stream");
            if (frame.Stream != stream) continue;
            Assert.Equal(SmuxCommand.End, frame.Command);
            return;
        }
    }

    public void Dispose() => _socket.Dispose();

    private static Packet? Parse(List<byte> unread)
    {
        byte[] bytes = [.. unread];
        if (PacketHeader.TryRead(bytes, PacketLimits.Replies, out var header, out var headerBytes) != DecodeStatus.Complete) return null;
        var data = headerBytes + (int)header.ArgBytes;
        var end = data + (int)header.DataBytes;
        if (bytes.Length < end) return null;
        unread.RemoveRange(0, end);
        return new Packet(header, bytes[headerBytes..data], bytes[data..end], bytes[..end]);
    }

    private async Task<byte[]?> TryFillAsync(int count)
    {
        var bytes = new byte[count];
        for (var at = 0; at < count;)
        {
            int received;
            try
            {
                received = await _socket.ReceiveAsync(bytes.AsMemory(at), SocketFlags.None).AsTask().Soon();
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
            {
                received = 0; // the session was dropped with our bytes unread
            }

            if (received == 0) return at == 0 ? null : throw new EndOfStreamException("the session ended in a frame");
            at += received;
        }

        return bytes;
    }
}
