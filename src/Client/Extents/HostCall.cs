using System.Runtime.CompilerServices;
using CubeActors.Runtime;

namespace CubeActors.Client;

/// <summary>One request to one replica and its one reply, outside the append chain.</summary>
internal static class HostCall
{
    /// <summary>Asks over an idle connection or a new one. A lost idle connection says nothing of the peer, so that a new one gets its turn.</summary>
    /// <remarks>The request may then have been executed twice: only what may be repeated is asked for in this way.</remarks>
    /// <param name="lease">The data of the request, if it has any; it stays the caller's.</param>
    /// <param name="body">Room for exactly the data of a success.</param>
    /// <exception cref="ConnectionFailedException">No valid reply came.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<PacketReply> AskAsync(
        ClientContext context, string host, Protocol.PacketHeader request, BufferLease? lease, ReplyExpectation expected, Memory<byte> body,
        CancellationToken cancel)
    {
        var connection = await context.Reads.TakeAsync(host, cancel).ConfigureAwait(false);
        try
        {
            var wasReused = connection.IsReused;
            try
            {
                return await ExchangeAsync(context, connection, request, lease, expected, body, cancel).ConfigureAwait(false);
            }
            catch (ConnectionFailedException e) when (wasReused && e.Failure == ConnectionFailure.Lost)
            {
                cancel.ThrowIfCancellationRequested();
                context.Reads.Empty(host);
                connection.Dispose();
                connection = await context.Reads.DialAsync(host, cancel).ConfigureAwait(false);
                return await ExchangeAsync(context, connection, request, lease, expected, body, cancel).ConfigureAwait(false);
            }
        }
        catch (ConnectionFailedException) when (cancel.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancel);
        }
        finally
        {
            context.Reads.Return(connection);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<PacketReply> ExchangeAsync(
        ClientContext context, DataConnection connection, Protocol.PacketHeader request, BufferLease? lease, ReplyExpectation expected, Memory<byte> body,
        CancellationToken cancel)
    {
        await using var aborting = cancel.UnsafeRegister(static state => ((DataConnection)state!).Abort(), connection).ConfigureAwait(false);
        var limit = context.Settings.ReplyDeadline;
        if (lease is null) await connection.SendAsync(request, default, ReadOnlyMemory<byte>.Empty, limit).ConfigureAwait(false);
        else await connection.SendAsync(request, default, lease, (int)request.Size, limit).ConfigureAwait(false);
        return await connection.ReceiveAsync(expected, body, limit).ConfigureAwait(false);
    }
}
