using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Client;

/// <summary>One request to a chain leader and its one reply.</summary>
internal static class ChainCall
{
    /// <summary>Asks over an idle connection or a new one. A lost idle connection says nothing of the peer, so that a new one gets its turn.</summary>
    /// <param name="lease">The data, if it lies in a lease; it stays the caller's.</param>
    /// <param name="expectedExtent">Null where the chain leader chooses it, and its offset too.</param>
    /// <returns>A reply and its connection, which the caller returns to the pool; or the failure of a connection.</returns>
    /// <exception cref="OperationCanceledException">The connection is closed then.</exception>
    public static async ValueTask<(PacketReply? Reply, ConnectionFailedException? Failure, DataConnection? Connection)> AskAsync(
        ClientContext context, VolumePartition partition, PacketHeader request, ReadOnlyMemory<byte> data, BufferLease? lease, ExtentId? expectedExtent,
        TimeSpan limit, CancellationToken cancel)
    {
        var fresh = false;
        while (true)
        {
            DataConnection connection;
            try
            {
                connection = await (fresh ? context.Writes.DialAsync(partition.ChainLeader, cancel) : context.Writes.TakeAsync(partition.ChainLeader, cancel)).ConfigureAwait(false);
            }
            catch (ConnectionFailedException e)
            {
                return (null, e, null);
            }

            await using var aborting = cancel.UnsafeRegister(static state => ((DataConnection)state!).Abort(), connection).ConfigureAwait(false);
            try
            {
                if (lease is null) await connection.SendAsync(request, partition.FollowerArg, data, context.Settings.ReplyDeadline).ConfigureAwait(false);
                else await connection.SendAsync(request, partition.FollowerArg, lease, (int)request.Size, context.Settings.ReplyDeadline).ConfigureAwait(false);
                var expected = Requests.Expect(request, expectedExtent, expectedExtent is null ? null : request.ExtentOffset);
                return (await connection.ReceiveAsync(expected, limit).ConfigureAwait(false), null, connection);
            }
            catch (ConnectionFailedException e)
            {
                var wasReused = connection.IsReused;
                connection.Dispose();
                cancel.ThrowIfCancellationRequested();
                if (e.Failure != ConnectionFailure.Lost || !wasReused || fresh) return (null, e, null);
                context.Writes.Empty(partition.ChainLeader);
                fresh = true;
            }
        }
    }
}
