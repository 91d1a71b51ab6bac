using System.Net;
using System.Net.Sockets;
using System.Text;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors.Tests;

/// <summary>One packet as it came.</summary>
/// <param name="Raw">All of its bytes.</param>
internal sealed record Packet(PacketHeader Header, byte[] Arg, byte[] Data, byte[] Raw)
{
    /// <summary>Data as text: the body of an error.</summary>
    public string Text => Encoding.UTF8.GetString(Data);

    public string Hex => Tests.Hex.Text(Raw);

    /// <summary>57, 65 or 69.</summary>
    public int HeaderBytes => Raw.Length - Arg.Length - Data.Length;
}

/// <summary>A client that is nothing but bytes on a socket: sends what it is told, cut as it is told, and reads packets.</summary>
internal sealed class PacketPeer : IDisposable
{
    private readonly Socket _socket;

    private PacketPeer(Socket socket)
    {
        _socket = socket;
        LocalAddress = socket.LocalEndPoint!.ToString()!;
    }

    /// <summary><c>ip:port</c> of this side.</summary>
    public string LocalAddress { get; }

    public long BytesSent { get; private set; }

    public static async Task<PacketPeer> ConnectAsync(IPEndPoint endPoint)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(endPoint).Soon();
        return new PacketPeer(socket);
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        BytesSent += bytes.Length; // before: whoever waits for them may look while they are sent
        while (!bytes.IsEmpty) bytes = bytes[await _socket.SendAsync(bytes, SocketFlags.None).AsTask().Soon()..];
    }

    /// <summary>Sends the bytes in pieces, each in a write of its own; piece after piece has one of the lengths, in turn.</summary>
    public async Task SendCutAsync(byte[] bytes, params int[] lengths)
    {
        var at = 0;
        for (var piece = 0; at < bytes.Length; piece++)
        {
            var end = Math.Min(bytes.Length, at + lengths[piece % lengths.Length]);
            await SendAsync(bytes.AsMemory(at..end));
            at = end;
        }
    }

    public async Task<Packet> AskAsync(byte[] request)
    {
        await SendAsync(request);
        return await ReceiveAsync();
    }

    /// <summary>Reads bytes of an extent by 0x06 and checks every packet of the answer.</summary>
    public async Task<byte[]> ReadAsync(ulong partition, ulong extent, long offset, uint size, long request = 1)
    {
        await SendAsync(Requests.Read(partition, extent, offset, size, request));
        var bytes = new byte[size];
        for (var at = 0; at < size;)
        {
            var packet = await ReceiveAsync();
            Assert.True(packet.Header.Result == ResultCode.Ok, packet.Text);
            Assert.Equal((request, offset + at, Crc32.Compute(packet.Data)), (packet.Header.RequestId, packet.Header.ExtentOffset, packet.Header.Crc));
            packet.Data.CopyTo(bytes, at);
            at += packet.Data.Length;
        }

        return bytes;
    }

    /// <summary>The next packet; a connection that ends first is a failure.</summary>
    public async Task<Packet> ReceiveAsync() => await TryReceiveAsync() ?? throw new EndOfStreamException("the node closed the connection instead of answering");

    /// <returns>Null where the node ended the connection in an orderly way, without a byte more.</returns>
    public Task<Packet?> TryReceiveAsync() => PacketStream.TryReadAsync(_socket, PacketLimits.Replies);

    /// <summary>The node ends the connection, and not by a reset: everything it sent before has arrived.</summary>
    public async Task ExpectEndAsync()
    {
        var packet = await TryReceiveAsync();
        Assert.True(packet is null, $"a packet instead of the end: {packet?.Header} {packet?.Text}");
    }

    /// <summary>The node ends the connection in whatever way; nothing but whole packets comes before.</summary>
    /// <returns>The packets that came.</returns>
    public async Task<List<Packet>> ReceiveUntilClosedAsync()
    {
        List<Packet> packets = [];
        try
        {
            while (await TryReceiveAsync() is { } packet) packets.Add(packet);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown)
        {
            // Closed with input unread: what the kernel then does is a reset.
        }

        return packets;
    }

    public void ShutdownSend() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Closes with a reset.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    public void Dispose() => _socket.Dispose();
}

/// <summary>Packets out of a socket.</summary>
internal static class PacketStream
{
    /// <returns>Null at the end of the stream.</returns>
    public static async Task<Packet?> TryReadAsync(Socket socket, PacketLimits limits)
    {
        var raw = new byte[PacketHeader.BaseBytes];
        var first = await FillAsync(socket, raw, 0);
        if (first == 0) return null;
        if (first < raw.Length) throw new EndOfStreamException($"the stream ended in a header: {Hex.Text(raw.AsSpan(0, first))}");
        PacketHeader header;
        int headerBytes;
        while (PacketHeader.TryRead(raw, limits, out header, out headerBytes) is var status && status != DecodeStatus.Complete)
        {
            if (status == DecodeStatus.Malformed) throw new InvalidDataException($"not a packet: {Hex.Text(raw)}");
            await GrowAsync(12);
        }

        await GrowAsync((int)header.ArgBytes);
        await GrowAsync((int)header.DataBytes);
        return new Packet(header, raw[headerBytes..(headerBytes + (int)header.ArgBytes)], raw[(headerBytes + (int)header.ArgBytes)..], raw);

        async Task GrowAsync(int bytes)
        {
            var at = raw.Length;
            Array.Resize(ref raw, at + bytes);
            if (await FillAsync(socket, raw, at) < bytes) throw new EndOfStreamException($"the stream ended in a packet: {Hex.Text(raw.AsSpan(0, at))}");
        }
    }

    private static async Task<int> FillAsync(Socket socket, byte[] bytes, int from)
    {
        var at = from;
        while (at < bytes.Length)
        {
            var received = await socket.ReceiveAsync(bytes.AsMemory(at), SocketFlags.None).AsTask().Soon();
            if (received == 0) break;
            at += received;
        }

        return at - from;
    }
}
