using System.Globalization;
using System.Net;
using CubeActors.Protocol;

namespace CubeActors.ControlPlane;

/// <summary>The collector wants work; answered by <see cref="GarbageBatch"/> or <see cref="NoGarbage"/>.</summary>
/// <param name="Without">Partitions that it is busy with, or that it leaves alone for a while.</param>
internal sealed record NextGarbage(IReadOnlySet<ulong> Without);

/// <summary>The oldest garbage of one partition, to be deleted by its chain leader.</summary>
/// <param name="Hosts">In order: the first is asked, the others it tells.</param>
internal sealed record GarbageBatch(ulong PartitionId, IReadOnlyList<string> Hosts, IReadOnlyList<GarbageItem> Items);

internal sealed record NoGarbage;

/// <summary>All replicas have deleted these; answered by <see cref="Done"/> once that is remembered.</summary>
internal sealed record GarbageGone(ulong PartitionId, System.Collections.Immutable.ImmutableArray<ulong> Ids);

/// <summary>For those who ask why garbage stays.</summary>
internal sealed record GarbageFailed(ulong PartitionId, string Error);

/// <summary>There may be garbage that there was not before.</summary>
internal sealed record GarbageAdded;

/// <summary>What a batch is and how it is asked for (data-plane spec 3.8).</summary>
internal static class GarbageRules
{
    /// <summary>Source: CubeFS metanode/nodeinfo.go DefaultDeleteBatchCounts.</summary>
    public const int BatchItemsMax = 128;

    public static object Next(ClusterState state, NextGarbage asked)
    {
        foreach (var id in state.Objects.Garbage.Partitions)
        {
            if (asked.Without.Contains(id) || state.FindPartition(id) is not { Stage: PartitionStage.Created } partition) continue;
            return new GarbageBatch(id, [.. partition.Hosts], state.Objects.Garbage.Oldest(id, BatchItemsMax));
        }

        return new NoGarbage();
    }

    /// <summary>The request as a metanode sends it: to the chain leader, who deletes here and at the followers before it answers.</summary>
    public static (PacketHeader Header, byte[] Arg, byte[] Data) Request(GarbageBatch batch, long requestId)
    {
        var followers = batch.Hosts.Count - 1;
        var arg = FollowerList.Format(batch.Hosts.Skip(1));
        var data = DeleteParams.Write([.. batch.Items.Select(ParamOf)]);
        var header = new PacketHeader(
            ExtentTypes.Normal, Opcode.BatchDeleteExtent, ResultCode.None, followers == 0 ? RemainingFollowers.SingleReplica : (byte)followers,
            0, (uint)data.Length, (uint)arg.Length, new PartitionId(batch.PartitionId), default, 0, requestId, 0);
        return (header, arg, data);
    }

    /// <summary>Why the answer does not prove that the batch is deleted; null if it does.</summary>
    public static string? Judge(in PacketHeader request, PacketReply reply)
    {
        var answer = reply.Header;
        if (answer.RequestId != request.RequestId || answer.Opcode != request.Opcode || answer.Partition != request.Partition)
            return $"the answer belongs to another request (opcode {(byte)answer.Opcode}, partition {answer.Partition}, request {answer.RequestId})";
        return answer.Result == ResultCode.Ok ? null : $"result code[{(byte)answer.Result}],msg[{reply.Text}]";
    }

    /// <summary>Where the smux port of a node is.</summary>
    public static bool TrySmuxEndPoint(string address, out IPEndPoint endPoint)
    {
        if (!NodeRules.IsAddress(address, out endPoint) || endPoint.Port > IPEndPoint.MaxPort - SmuxSettings.PortShift) return false;
        endPoint = new IPEndPoint(endPoint.Address, endPoint.Port + SmuxSettings.PortShift);
        return true;
    }

    /// <summary>Twice the last pause, within the bounds.</summary>
    public static TimeSpan NextPause(TimeSpan last, MasterOptions options) =>
        last == TimeSpan.Zero ? options.GarbageBackOffMin
        : last >= options.GarbageBackOffMax / 2 ? options.GarbageBackOffMax
        : last * 2;

    // Offset and size of a normal extent are ignored by the node: the whole extent goes.
    private static DeleteParam ParamOf(GarbageItem item) => new()
    {
        PartitionId = new PartitionId(item.Key.PartitionId),
        ExtentId = new ExtentId(item.Key.ExtentId),
        ExtentOffset = (ulong)item.Key.Slot,
        Size = (uint)Math.Min(item.Bytes, uint.MaxValue),
    };
}
