using System.Net;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.ControlPlane;

/// <summary>One TCP connection to a node for admin tasks: one request at a time, dialled when needed, dropped after any doubt.</summary>
/// <remarks>Owned by one actor: <see cref="ExchangeAsync"/> is never called before its last call has ended.</remarks>
internal sealed class AdminConnection(INetwork network, IPEndPoint endPoint, TimeSpan connectTimeout) : IDisposable
{
    private volatile CancellationTokenSource _exchange = new();
    private volatile IConnection? _connection;
    private volatile bool _disposed;

    /// <summary>Sends a packet and reads its one reply.</summary>
    /// <exception cref="Exception">One of <see cref="ConnectionLoss"/>: not reachable, lost, ended by <see cref="Abort"/>, or no packet came.</exception>
    public async Task<PacketReply> ExchangeAsync(byte[] packet)
    {
        var exchange = _exchange = new CancellationTokenSource();
        var wasKept = _connection is not null;
        try
        {
            return await ExchangeOnceAsync(packet, exchange.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (ConnectionLoss.Is(e) && wasKept && !exchange.IsCancellationRequested)
        {
            // A kept connection may have died while it was idle, which only shows now. All tasks may be told twice.
            return await ExchangeOnceAsync(packet, exchange.Token).ConfigureAwait(false);
        }
    }

    /// <summary>Fails the exchange that is under way, as cancelled.</summary>
    public void Abort()
    {
        _exchange.Cancel();
        Drop();
    }

    public void Dispose()
    {
        _disposed = true;
        Abort();
    }

    private async Task<PacketReply> ExchangeOnceAsync(byte[] packet, CancellationToken cancel)
    {
        try
        {
            var connection = _connection ??= await network.ConnectAsync(endPoint, connectTimeout, cancel).ConfigureAwait(false);
            if (_disposed) throw new OperationCanceledException("closed while connecting");
            await connection.SendAsync(packet).ConfigureAwait(false);
            var reply = await PacketReply.ReadAsync(connection.ReceiveAsync).ConfigureAwait(false);
            // A Go node reads nothing more from a connection after it has answered an error (spec 3.1).
            if (reply.Result != ResultCode.Ok) Drop();
            return reply;
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            Drop();
            cancel.ThrowIfCancellationRequested(); // the abort is the reason, not what it did to the socket
            throw;
        }
    }

    private void Drop() => Interlocked.Exchange(ref _connection, null)?.Dispose();
}
