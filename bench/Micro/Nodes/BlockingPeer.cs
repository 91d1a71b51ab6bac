using System.Net;
using System.Net.Sockets;
using CubeActors.Protocol;

namespace CubeActors.Micro;

/// <summary>A client that sends a packet and waits for the answer on the calling thread, without allocating.</summary>
internal sealed class BlockingPeer : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _reply = new byte[PacketHeader.BytesMax + DataPlane.BlockBytes];

    public BlockingPeer(IPEndPoint endPoint) => _socket.Connect(endPoint);

    /// <summary>Sends a whole packet and takes the one packet that answers it.</summary>
    /// <exception cref="InvalidOperationException">The answer is an error, or none.</exception>
    public PacketHeader Ask(ReadOnlySpan<byte> packet)
    {
        while (!packet.IsEmpty) packet = packet[_socket.Send(packet)..];
        var have = 0;
        while (true)
        {
            var status = PacketHeader.TryRead(_reply.AsSpan(0, have), PacketLimits.Replies, out var header, out var bytes);
            if (status == DecodeStatus.Complete && have >= bytes + (int)header.ArgBytes + (int)header.DataBytes)
            {
                return header.Result == ResultCode.Ok
                    ? header
                    : throw new InvalidOperationException(System.Text.Encoding.UTF8.GetString(_reply, bytes + (int)header.ArgBytes, (int)header.DataBytes));
            }

            var received = _socket.Receive(_reply.AsSpan(have));
            if (received == 0 || status == DecodeStatus.Malformed) throw new InvalidOperationException("the node answered nothing that is a packet");
            have += received;
        }
    }

    public void Dispose() => _socket.Dispose();
}
