using System.Net;
using CubeActors.Runtime;

namespace CubeActors.ControlPlane;

/// <summary>One TCP connection to a node for admin tasks: one request at a time, dialled when needed, dropped after any doubt.</summary>
/// <remarks>Owned by one actor: <see cref="ExchangeAsync"/> is never called before its last call has ended.</remarks>
internal sealed class AdminConnection(INetwork network, IPEndPoint endPoint, TimeSpan connectTimeout) : IDisposable
{
    private readonly CancellationTokenSource _disposed = new();
    private volatile IConnection? _connection;
    private volatile bool _aborted;

    /// <summary>Sends a packet and reads its one reply.</summary>
    /// <exception cref="Exception">One of <see cref="ConnectionLoss"/>: not reachable, lost, ended by <see cref="Abort"/>, or no packet came.</exception>
    public async Task<PacketReply> ExchangeAsync(byte[] packet)
    {
        _aborted = false;
        var kept = _connection;
        try
        {
            return await ExchangeOnceAsync(packet).ConfigureAwait(false);
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            Drop();
            // A kept connection may have died while it was idle, which only shows now. All tasks may be told twice.
            if (kept is null || _aborted || _disposed.IsCancellationRequested) throw;
        }

        try
        {
            return await ExchangeOnceAsync(packet).ConfigureAwait(false);
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            Drop();
            throw;
        }
    }

    /// <summary>Fails the exchange that is under way.</summary>
    public void Abort()
    {
        _aborted = true;
        Drop();
    }

    public void Dispose()
    {
        _disposed.Cancel();
        Drop();
    }

    private async Task<PacketReply> ExchangeOnceAsync(byte[] packet)
    {
        var connection = _connection;
        if (connection is null)
        {
            connection = await network.ConnectAsync(endPoint, connectTimeout, _disposed.Token).ConfigureAwait(false);
            _connection = connection;
            if (_aborted || _disposed.IsCancellationRequested) throw new OperationCanceledException("given up while connecting");
        }

        await connection.SendAsync(packet).ConfigureAwait(false);
        var reply = await PacketReply.ReadAsync(connection.ReceiveAsync).ConfigureAwait(false);
        // A Go node reads nothing more from a connection after it has answered an error (spec 3.1).
        if (reply.Result != Protocol.ResultCode.Ok) Drop();
        return reply;
    }

    private void Drop() => Interlocked.Exchange(ref _connection, null)?.Dispose();
}
