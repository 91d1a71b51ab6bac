using System.Runtime.CompilerServices;
using CubeActors.Protocol;
using CubeActors.Protocol.Objects;
using CubeActors.Runtime;

namespace CubeActors.Client;

/// <summary>Overwrites bytes of extents through the raft leader of their partition: data-plane 5.5.</summary>
/// <remarks>
/// One packet at a time. A packet is sent again unchanged, with the same request id, and data nodes do not tell a repetition from a new
/// write: what failed or was cancelled may have been written, may be written later, or not at all. Who needs to know reads it.
/// </remarks>
internal sealed class Overwriter(ClientContext context, VolumeView view, CancellationToken cancel)
{
    private readonly ClientSettings _settings = context.Settings;

    /// <summary>Writes all of <paramref name="data"/> over a piece, from <paramref name="skip"/> on.</summary>
    /// <exception cref="CubeClientException">A packet was refused, or nobody led the partition within the limits. Packets before it are written.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WriteAsync(ObjectExtent piece, long skip, ReadOnlyMemory<byte> data, bool sync)
    {
        Invariant.Check(skip >= 0 && skip <= piece.Size - data.Length);
        if (data.IsEmpty) return;
        var lease = await context.Buffers.RentAsync(Math.Min(data.Length, ClientSettings.PacketBytes), cancel).ConfigureAwait(false);
        try
        {
            for (var at = 0; at < data.Length;)
            {
                var bytes = Math.Min(ClientSettings.PacketBytes, data.Length - at);
                data.Span.Slice(at, bytes).CopyTo(lease.Data.Span);
                await WritePacketAsync(piece, skip + at, lease, bytes, sync).ConfigureAwait(false);
                at += bytes;
            }
        }
        finally
        {
            lease.Release();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WritePacketAsync(ObjectExtent piece, long skip, BufferLease lease, int bytes, bool sync)
    {
        var crc = Crc32.Compute(lease.Data.Span[..bytes]);
        var requestId = RequestIds.Next();
        var began = context.Time.GetTimestamp();
        var pause = _settings.RetryPause;
        for (var round = 1; ; round++)
        {
            var partition = await view.FindAsync(new PartitionId(piece.PartitionId), cancel).ConfigureAwait(false);
            var request = Requests.Overwrite(
                partition, new ExtentId(piece.ExtentId), piece.ExtentOffset + skip, piece.FileOffset + skip, bytes, crc, sync, requestId);
            if (await RunRoundAsync(partition, request, lease, began).ConfigureAwait(false) is not { } last) return;
            if (round >= _settings.OverwriteRoundsMax || IsOverdue(began))
                throw Failed(request, $"no replica of {string.Join(", ", partition.Hosts)} takes it as the raft leader; the last: {last}", last as Exception);
            // The master may have moved a replica meanwhile; if it cannot be asked the old hosts are tried again.
            if (round == 1) await view.RenewAsync(cancel).ConfigureAwait(false);
            else await view.RenewIfOldAsync(cancel).ConfigureAwait(false);
            await Task.Delay(pause, context.Time, cancel).ConfigureAwait(false);
            pause = RoundPause.Next(pause, view.NextFraction(), _settings.RoundPauseMax);
        }
    }

    /// <summary>Asks the likely leader and then the other hosts.</summary>
    /// <returns>Null when it is written; else why the last host did not take it.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<object?> RunRoundAsync(VolumePartition partition, PacketHeader request, BufferLease lease, long began)
    {
        var leader = view.LeaderOf(partition);
        var last = await AskAsync(partition, leader, request, lease, began).ConfigureAwait(false);
        for (var i = 0; i < partition.Hosts.Length && last is not null; i++)
            if (partition.Hosts[i] != leader) last = await AskAsync(partition, partition.Hosts[i], request, lease, began).ConfigureAwait(false);
        return last;
    }

    /// <returns>Null when it is written; else why the next host is to be asked.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<object?> AskAsync(VolumePartition partition, string host, PacketHeader request, BufferLease lease, long began)
    {
        for (var retries = 0; ;)
        {
            PacketReply reply;
            try
            {
                var expected = Requests.Expect(request, request.Extent, request.ExtentOffset);
                reply = await HostCall.AskAsync(context, host, request, lease, expected, Memory<byte>.Empty, cancel).ConfigureAwait(false);
            }
            catch (ConnectionFailedException e)
            {
                view.ForgetLeader(partition.Id, host);
                return e;
            }

            switch (LeaderReactions.ToOverwrite(reply.Code))
            {
                case LeaderReaction.Done:
                    view.LearnLeader(partition.Id, host);
                    return null;
                case LeaderReaction.NextHost:
                    view.ForgetLeader(partition.Id, host);
                    return $"{host}: {reply}";
                case LeaderReaction.SameHost:
                    if (IsOverdue(began) || (reply.Code == ResultCode.Again && ++retries > _settings.SameHostRetriesMax))
                        throw Failed(request, $"{host} goes on to answer {reply}");
                    await context.PauseAsync(cancel).ConfigureAwait(false);
                    break;
                default:
                    throw Failed(request, $"{host}: {reply}");
            }
        }
    }

    private bool IsOverdue(long began) => context.Time.GetElapsedTime(began) >= _settings.OverwriteTimeMax;

    private static CubeClientException Failed(in PacketHeader request, string why, Exception? cause = null) => new(
        $"partition {request.Partition} extent {request.Extent}: {request.Size} bytes at {request.ExtentOffset} cannot be overwritten: {why}", cause);
}
