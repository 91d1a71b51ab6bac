using System.Net;
using System.Net.Sockets;
using System.Text;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.EndToEnd;

/// <summary>A reply as it came.</summary>
internal sealed record RawReply(PacketHeader Header, byte[] Data)
{
    public override string ToString() => $"{Header.Opcode} {Header.Result} {Encoding.UTF8.GetString(Data.AsSpan(0, Math.Min(Data.Length, 200)))}";
}

/// <summary>One connection to a port, for packets that no client would send or at moments that no client could choose.</summary>
internal sealed class RawPeer : IDisposable
{
    /// <summary>Data of a create: an inode, which data nodes ignore.</summary>
    private static readonly byte[] NoInode = new byte[sizeof(ulong)];

    private readonly Socket _socket;

    private RawPeer(Socket socket) => _socket = socket;

    public static async Task<RawPeer> ConnectAsync(IPEndPoint endPoint)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(endPoint).WaitAsync(Eventually.Deadline);
        return new RawPeer(socket);
    }

    /// <summary>Creates an extent through the append chain; this connection is to the chain leader.</summary>
    /// <returns>The reply, with the extent that the leader chose.</returns>
    public async Task<RawReply> CreateExtentAsync(DataPartitionView partition)
    {
        await SendAsync(ToChain(partition, Opcode.CreateExtent, default, 0, NoInode), partition, NoInode);
        return await ReceiveAsync();
    }

    /// <summary>Sends an append through the chain and does not wait for its reply.</summary>
    public Task SendAppendAsync(DataPartitionView partition, ExtentId extent, long offset, byte[] data) =>
        SendAsync(ToChain(partition, Opcode.Write, extent, offset, data), partition, data);

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        for (var rest = bytes; rest.Length > 0;) rest = rest[await _socket.SendAsync(rest, SocketFlags.None).AsTask().WaitAsync(Eventually.Deadline)..];
    }

    public Task SendAsync(PacketHeader header)
    {
        var packet = new byte[header.EncodedBytes];
        header.Write(packet);
        return SendAsync(packet);
    }

    public async Task<RawReply> ReceiveAsync()
    {
        var front = new byte[PacketHeader.BytesMax];
        var filled = 0;
        PacketHeader header;
        while (PacketHeader.TryRead(front.AsSpan(0, filled), PacketLimits.Replies, out header, out _) is var status && status != DecodeStatus.Complete)
        {
            Assert.Equal(DecodeStatus.NeedMore, status);
            await FillAsync(front.AsMemory(filled++, 1)); // its length shows only while it is read
        }

        await FillAsync(new byte[header.ArgBytes]);
        var data = new byte[header.Size];
        await FillAsync(data);
        return new RawReply(header, data);
    }

    /// <summary>Ends our side.</summary>
    public void EndInput()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The other side has hung up already, which is what a hostile peer must expect.
        }
    }

    /// <summary>Takes whatever comes until the other side hangs up.</summary>
    /// <returns>Bytes that came.</returns>
    public async Task<long> DrainAsync()
    {
        var buffer = new byte[4096];
        long total = 0;
        try
        {
            while (await _socket.ReceiveAsync(buffer.AsMemory(), SocketFlags.None).AsTask().WaitAsync(Eventually.Deadline) is > 0 and var got) total += got;
        }
        catch (SocketException)
        {
            // A reset is a way of hanging up.
        }

        return total;
    }

    public void Dispose() => _socket.Dispose();

    private static PacketHeader ToChain(DataPartitionView partition, Opcode opcode, ExtentId extent, long offset, byte[] data) => new(
        ExtentTypes.Normal | ExtentTypes.ProtocolVersion, opcode, ResultCode.None,
        partition.Hosts.Count == 1 ? RemainingFollowers.SingleReplica : (byte)(partition.Hosts.Count - 1),
        opcode == Opcode.Write ? Runtime.Crc32.Compute(data) : 0, (uint)data.Length, 0, partition.PartitionId, extent, offset, RequestIds.Next(), 0);

    private async Task SendAsync(PacketHeader header, DataPartitionView partition, byte[] data)
    {
        var arg = FollowerList.Format(partition.Hosts.Skip(1));
        header = header with { ArgBytes = (uint)arg.Length };
        var packet = new byte[header.EncodedBytes];
        header.Write(packet);
        await SendAsync((byte[])[.. packet, .. arg, .. data]);
    }

    private async Task FillAsync(Memory<byte> room)
    {
        while (room.Length > 0)
        {
            var got = await _socket.ReceiveAsync(room, SocketFlags.None).AsTask().WaitAsync(Eventually.Deadline);
            Assert.True(got > 0, "the connection ended instead of a reply");
            room = room[got..];
        }
    }
}
