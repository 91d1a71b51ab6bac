using System.Collections.Immutable;
using CubeActors.Protocol;
using CubeActors.Protocol.Objects;
using CubeActors.Runtime;

namespace CubeActors.Client;

/// <summary>Takes verified bytes, in order, in pieces of at most 128 KiB. The memory is the caller's until the call completes.</summary>
internal delegate ValueTask ByteSink(ReadOnlyMemory<byte> bytes);

/// <summary>Reads pieces of objects; what one replica cannot give is asked of the next, from that byte on.</summary>
/// <remarks>
/// From any replica: 0x06, the hosts taking turns. From the raft leader: 0x05, each host until one leads; if that fails, 0x06 from the
/// replicas whose applied id is the highest of a majority's (data-plane 5.4).
/// </remarks>
/// <param name="replica">Index in the partition's hosts to read from only, with 0x06; null leaves it to <paramref name="source"/>.</param>
internal sealed partial class ExtentReader(
    ClientContext context, VolumeView view, ReadSource source, int? replica, int firstReplica, CancellationToken cancel)
{
    private readonly ClientSettings _settings = context.Settings;
    private int _turn = firstReplica;

    /// <summary>Hands <paramref name="bytes"/> of a piece to the sink, from <paramref name="skip"/> on, each exactly once.</summary>
    /// <exception cref="CubeClientException">No replica could give the next byte within the limits.</exception>
    public async ValueTask ReadAsync(ObjectExtent piece, long skip, long bytes, ByteSink sink)
    {
        Invariant.Check(skip >= 0 && bytes >= 0 && skip <= piece.Size - bytes);
        var lease = await context.Buffers.RentAsync(ClientSettings.PacketBytes, cancel).ConfigureAwait(false);
        try
        {
            await ReadAsync(new Position(piece, skip, skip + bytes), lease.Data[..ClientSettings.PacketBytes], sink).ConfigureAwait(false);
        }
        finally
        {
            lease.Release();
        }
    }

    private async ValueTask ReadAsync(Position position, Memory<byte> buffer, ByteSink sink)
    {
        var began = context.Time.GetTimestamp();
        for (var round = 0; !position.IsDone; round++)
        {
            var before = position.Next;
            var partition = await view.FindAsync(new PartitionId(position.Piece.PartitionId), cancel).ConfigureAwait(false);
            var (last, allMissing) = source == ReadSource.RaftLeader && replica is null
                ? await RunLeaderRoundAsync(partition, position, buffer, sink, began).ConfigureAwait(false)
                : await RunRoundAsync(partition, HostsOf(partition), position, buffer, sink).ConfigureAwait(false);
            if (position.IsDone) return;
            if (position.Next > before) (round, began) = (-1, context.Time.GetTimestamp());
            if (allMissing || round + 1 >= _settings.ReadRoundsMax || context.Time.GetElapsedTime(began) >= _settings.ReadTimeMax)
                throw new CubeClientException(
                    $"partition {partition.Id} extent {position.Piece.ExtentId}: byte {position.Next} cannot be read from {Whom(partition)}; the last: {last}", last as Exception);
            // The master may have moved a replica meanwhile; if it cannot be asked the old hosts are tried again.
            if (round <= 0) await view.RenewAsync(cancel).ConfigureAwait(false);
            await context.PauseAsync(cancel).ConfigureAwait(false);
        }
    }

    private ImmutableArray<string> HostsOf(VolumePartition partition) =>
        replica is not { } only ? partition.Hosts
        : only < partition.Hosts.Length ? [partition.Hosts[only]]
        : throw new CubeClientException($"partition {partition.Id} has {partition.Hosts.Length} replicas, none with index {only}");

    /// <summary>Asks each of these replicas once, staying with one as long as it delivers.</summary>
    private async ValueTask<(object? Last, bool AllMissing)> RunRoundAsync(
        VolumePartition partition, ImmutableArray<string> hosts, Position position, Memory<byte> buffer, ByteSink sink)
    {
        object? last = null;
        var missing = 0;
        for (var tried = 0; tried < hosts.Length; tried++, _turn++)
        {
            var host = hosts[(int)((uint)_turn % (uint)hosts.Length)];
            while (true)
            {
                try
                {
                    var reply = await RunRequestAsync(partition, host, Opcode.StreamFollowerRead, position, buffer, sink).ConfigureAwait(false);
                    if (position.IsDone) return (null, false);
                    if (reply.IsOk) continue;
                    last = $"{host}: {reply}";
                    if (reply.Code == ResultCode.NotExist) missing++;
                    // Forbidden, or no token: another replica would say the same, so that readers give up (table of reactions).
                    if (reply.Code == ResultCode.ReadRepairAgain) throw Refused(partition, position, last);
                }
                catch (ConnectionFailedException e)
                {
                    cancel.ThrowIfCancellationRequested();
                    last = e;
                }

                break;
            }
        }

        return (last, missing == hosts.Length);
    }

    /// <summary>One request and its packets. Verified bytes are handed on before a later packet may fail.</summary>
    private async ValueTask<PacketReply> RunRequestAsync(
        VolumePartition partition, string host, Opcode opcode, Position position, Memory<byte> buffer, ByteSink sink)
    {
        var wanted = (int)Math.Min(_settings.ReadRequestBytes, position.Left);
        var extent = new ExtentId(position.Piece.ExtentId);
        var request = Requests.Read(partition, opcode, extent, position.ExtentOffset, position.FileOffset, wanted, RequestIds.Next());
        var connection = await context.Reads.TakeAsync(host, cancel).ConfigureAwait(false);
        try
        {
            var wasReused = connection.IsReused;
            try
            {
                return await AskAsync(connection, request, position, wanted, buffer, sink).ConfigureAwait(false);
            }
            catch (ConnectionFailedException e) when (wasReused && e.Failure == ConnectionFailure.Lost && position.ExtentOffset == request.ExtentOffset)
            {
                // Closed while it was idle, as it seems: a new connection decides about the host.
                cancel.ThrowIfCancellationRequested();
                context.Reads.Empty(host);
                connection.Dispose();
                connection = await context.Reads.DialAsync(host, cancel).ConfigureAwait(false);
                return await AskAsync(connection, request, position, wanted, buffer, sink).ConfigureAwait(false);
            }
        }
        finally
        {
            context.Reads.Return(connection);
        }
    }

    private async ValueTask<PacketReply> AskAsync(DataConnection connection, PacketHeader request, Position position, int wanted, Memory<byte> buffer, ByteSink sink)
    {
        await using var aborting = cancel.UnsafeRegister(static state => ((DataConnection)state!).Abort(), connection).ConfigureAwait(false);
        await connection.SendAsync(request, default, ReadOnlyMemory<byte>.Empty, _settings.ReplyDeadline).ConfigureAwait(false);
        while (true)
        {
            var expected = new ReplyExpectation(request.Opcode, request.Partition, request.Extent, position.ExtentOffset, request.RequestId, null);
            var reply = await connection.ReceiveDataAsync(expected, buffer, wanted, _settings.ReplyDeadline).ConfigureAwait(false);
            if (!reply.IsOk) return reply;
            var got = (int)reply.Header.Size;
            await sink(buffer[..got]).ConfigureAwait(false);
            position.Advance(got);
            wanted -= got;
            if (wanted == 0) return reply;
        }
    }

    private static CubeClientException Refused(VolumePartition partition, Position position, object? reply) =>
        new($"partition {partition.Id} extent {position.Piece.ExtentId}: reading is refused by {reply}");

    private string Whom(VolumePartition partition) => replica is { } only ? partition.Hosts[only] : $"any of {string.Join(", ", partition.Hosts)}";

    /// <summary>How far a piece was read: the first byte that is not verified yet.</summary>
    private sealed class Position(ObjectExtent piece, long next, long end)
    {
        public ObjectExtent Piece => piece;
        public long Next { get; private set; } = next;
        public long Left => end - Next;
        public bool IsDone => Next == end;
        public long ExtentOffset => piece.ExtentOffset + Next;
        public long FileOffset => piece.FileOffset + Next;

        public void Advance(int bytes)
        {
            Next += bytes;
            Invariant.Check(Next <= end);
        }
    }
}
