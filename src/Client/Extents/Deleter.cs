using CubeActors.Protocol;
using CubeActors.Protocol.Objects;

namespace CubeActors.Client;

/// <summary>What a pass of deletions left over. Deleting is idempotent: the rest is simply passed in again, later.</summary>
/// <param name="Remaining">In the order given; empty when all replicas have deleted everything.</param>
/// <param name="LastError">Why, if something remains.</param>
public sealed record DeletePass(IReadOnlyList<ObjectExtent> Remaining, string? LastError);

/// <summary>Deletes extents and slots on all replicas, through the chain leader's plain port.</summary>
/// <remarks>
/// Normal extents are deleted whole. Nobody asks whether the pieces are still in use: that is the caller's knowledge alone.
/// Any failure leaves the whole batch (column "metanode delete" of the table of reactions).
/// </remarks>
internal sealed class Deleter(ClientContext context, VolumeView view)
{
    /// <summary>Source: CubeFS metanode/nodeinfo.go DefaultDeleteBatchCounts.</summary>
    private const int BatchMax = 128;

    public async ValueTask<DeletePass> DeleteAsync(IReadOnlyList<ObjectExtent> pieces, CancellationToken cancel)
    {
        var remaining = new List<ObjectExtent>();
        string? lastError = null;
        foreach (var ofPartition in pieces.GroupBy(piece => piece.PartitionId))
        {
            foreach (var batch in ofPartition.Chunk(BatchMax))
            {
                if (await TryDeleteAsync(new PartitionId(ofPartition.Key), batch, cancel).ConfigureAwait(false) is not { } error) continue;
                remaining.AddRange(batch);
                lastError = error;
            }
        }

        return new DeletePass(remaining, lastError);
    }

    private async ValueTask<string?> TryDeleteAsync(PartitionId id, ObjectExtent[] batch, CancellationToken cancel)
    {
        VolumePartition partition;
        try
        {
            partition = await view.FindAsync(id, cancel).ConfigureAwait(false);
        }
        catch (CubeClientException e)
        {
            return e.Message;
        }

        var data = DeleteParams.Write([.. batch.Select(ToParam)]);
        var (reply, failure, connection) = await ChainCall.AskAsync(context, partition, Requests.Delete(partition, data.Length, RequestIds.Next()),
            data, null, default(ExtentId), context.Settings.DeleteDeadline, cancel).ConfigureAwait(false);
        if (connection is not null) context.Writes.Return(connection);
        return reply is { IsOk: true } ? null : new AppendFailure(reply, failure).ToString();
    }

    private static DeleteParam ToParam(ObjectExtent piece) => new()
    {
        FileOffset = (ulong)piece.FileOffset,
        PartitionId = new PartitionId(piece.PartitionId),
        ExtentId = new ExtentId(piece.ExtentId),
        ExtentOffset = (ulong)piece.ExtentOffset,
        Size = (uint)piece.Size,
    };
}
