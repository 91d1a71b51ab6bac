using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace CubeActors.Runtime;

/// <summary>One TCP connection over a raw socket. Receiving and sending allocate nothing.</summary>
internal sealed class TcpConnection : IConnection
{
    /// <summary>Room for a whole 128 KiB packet, so that a send rarely has to wait for the peer. Half of it is the kernel's book-keeping.</summary>
    private const int SendBufferBytes = 512 * 1024;

    private readonly Socket _socket;

    public TcpConnection(Socket socket)
    {
        _socket = socket;
        socket.NoDelay = true;
        socket.SendBufferSize = SendBufferBytes;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        RemoteAddress = AddressOf(socket.RemoteEndPoint);
    }

    public string RemoteAddress { get; }

    public ValueTask<int> ReceiveAsync(Memory<byte> buffer) => _socket.ReceiveAsync(buffer, SocketFlags.None, CancellationToken.None);

    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        var sending = _socket.SendAsync(bytes, SocketFlags.None, CancellationToken.None);
        if (!sending.IsCompletedSuccessfully) return Finish(sending, bytes);
        var sent = sending.Result;
        return sent == bytes.Length ? default : Finish(new ValueTask<int>(sent), bytes);
    }

    public void ShutdownSend()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            // Already ended by the peer: what the call is for has happened.
        }
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>An inherited socket may be one of both families, on which IPv4 peers have mapped addresses: masters and members are known by the plain ones.</summary>
    private static string AddressOf(EndPoint? remote) => remote switch
    {
        IPEndPoint { Address.IsIPv4MappedToIPv6: true } mapped => new IPEndPoint(mapped.Address.MapToIPv4(), mapped.Port).ToString(),
        null => "unknown",
        _ => remote.ToString() ?? "unknown",
    };

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask Finish(ValueTask<int> sending, ReadOnlyMemory<byte> bytes)
    {
        var sent = await sending.ConfigureAwait(false);
        while (sent < bytes.Length) sent += await _socket.SendAsync(bytes[sent..], SocketFlags.None, CancellationToken.None).ConfigureAwait(false);
    }
}
