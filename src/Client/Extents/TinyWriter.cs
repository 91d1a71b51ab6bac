using CubeActors.Protocol;
using CubeActors.Protocol.Objects;
using CubeActors.Runtime;

namespace CubeActors.Client;

/// <summary>Writes up to 1 MiB as one packet into a slot that the chain leader picks in one of its tiny extents.</summary>
internal sealed class TinyWriter(ClientContext context, VolumeView view, CancellationToken cancel)
{
    /// <summary>Slots begin at multiples of this. Source: CubeFS util/unit.go PageSize.</summary>
    private const long SlotAlignment = 4096;

    /// <summary>A tiny extent ends here. Source: CubeFS datanode/storage/extent.go ExtentMaxSize.</summary>
    private const long TinyExtentBytesMax = 4L << 40;

    /// <summary>How a tiny write ended. Without a piece the same packet goes to a normal extent, preferably not to <paramref name="Avoid"/>.</summary>
    /// <param name="Errors">Counted for the packet so far.</param>
    public readonly record struct Outcome(ObjectExtent? Piece, VolumePartition? Avoid, int Errors);

    /// <summary>Only overload keeps it trying for a tiny slot; any other refusal or failure ends it (rule R of the table of reactions).</summary>
    /// <param name="lease">Stays the caller's.</param>
    public async ValueTask<Outcome> WriteAsync(BufferLease lease, int bytes, uint crc, long requestId)
    {
        Invariant.Check(bytes is > 0 and <= ClientSettings.TinyBytesMax);
        VolumePartition? avoid = null;
        for (var errors = 0; ;)
        {
            if (await view.ChooseAsync(tiny: true, avoid, cancel).ConfigureAwait(false) is not { } partition) return new Outcome(null, avoid, errors);
            var (reply, failure, connection) = await ChainCall.AskAsync(context, partition, Requests.TinyWrite(partition, 0, bytes, crc, requestId),
                default, lease, null, context.Settings.ReplyDeadline, cancel).ConfigureAwait(false);
            if (reply is { IsOk: true } && IsSlot(reply.Value.Header, bytes))
            {
                context.Writes.Return(connection!);
                return new Outcome(new ObjectExtent(0, partition.Id.Value, reply.Value.Header.Extent.Value, reply.Value.Header.ExtentOffset, bytes), null, errors);
            }

            connection?.Dispose();
            avoid = partition;
            var what = new AppendFailure(reply, failure);
            if (++errors > context.Settings.PacketErrorsMax)
                throw new CubeClientException($"volume {view.Volume}: a tiny write failed {errors} times; the last: {what}", failure);
            if (what.IsOverload)
            {
                await context.PauseAsync(cancel).ConfigureAwait(false);
                continue;
            }

            // No tiny extent is available for the first minutes of a partition's life: it takes normal ones all the same.
            if (reply is { Code: ResultCode.DiskNoSpace, Error: { } text } && text.Contains(ErrorTexts.NoTinyExtent, StringComparison.Ordinal))
                view.ExcludeFromTiny(partition);
            else
                await view.CondemnAsync(partition, cancel).ConfigureAwait(false);
            return new Outcome(null, avoid, errors);
        }
    }

    private static bool IsSlot(in PacketHeader reply, int bytes) =>
        reply.Extent.IsTiny && reply.ExtentOffset >= 0 && reply.ExtentOffset % SlotAlignment == 0 && reply.ExtentOffset <= TinyExtentBytesMax - bytes;
}
