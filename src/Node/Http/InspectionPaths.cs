using CubeActors.Actors;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Node;

/// <summary>Paths that only look. Source: CubeFS datanode/server_handler.go; documented in the README.</summary>
internal static class InspectionPaths
{
    public static IEnumerable<OperatorPath> Of(OperatorDesk desk)
    {
        yield return OperatorPath.At("/disks", _ => DiskReplies.Disks(desk.Status(), desk.Zone));
        yield return OperatorPath.At("/partitions", _ => PartitionReplies.List(desk.Surface()?.Partitions.List() ?? []));
        yield return new("/partition", (arguments, cancel) => PartitionAsync(desk, arguments, cancel));
        yield return new("/extent", (arguments, cancel) => ExtentAsync(
            desk, arguments, async (look, partition, extent) => ExtentReplies.Extent(partition, extent, await look.ExtentAsync(partition, extent, cancel))));
        yield return new("/block", (arguments, cancel) => ExtentAsync(
            desk, arguments, async (look, partition, extent) => ExtentReplies.Blocks(partition, extent, await look.BlockCrcsAsync(partition, extent, cancel))));
        yield return OperatorPath.At("/stats", _ => OperatorReply.Ok(desk.Surface()?.Report() ?? new DataNodeHeartbeatResponse(), MasterJson.Default.DataNodeHeartbeatResponse));
        yield return OperatorPath.At("/raftStatus", arguments => RaftStatus(desk, arguments));
        yield return OperatorPath.At("/getRaftPeers", arguments => RaftPeers(desk, arguments));
        yield return new("/getTinyDeleted", (arguments, cancel) => DeletesAsync(desk, arguments, (look, partition) => look.TinyDeletesAsync(partition, cancel)));
        yield return new("/getNormalDeleted", (arguments, cancel) => DeletesAsync(desk, arguments, (look, partition) => look.NormalDeletesAsync(partition, cancel)));
        yield return new("/getAllExtent", (arguments, cancel) => AllExtentsAsync(desk, arguments, cancel));
        // Repair has connections of its own, one an operation: there is no pool of smux streams to look at.
        yield return OperatorPath.At("/getSmuxPoolStat", _ => OperatorReply.Failed(500, "smux pool not supported"));
    }

    private static async Task<OperatorReply> PartitionAsync(OperatorDesk desk, Arguments arguments, CancellationToken cancel)
    {
        if (!arguments.TryUnsigned("id", out var id, out var problem)) return OperatorReply.Bad(problem);
        if (desk.Surface()?.Partitions is not { } look) return OperatorReply.NoPartition;
        var partition = new PartitionId(id);
        var extents = await look.ExtentsAsync(partition, cancel);
        return PartitionReplies.Partition(look.Find(partition), extents, desk.Time.GetUtcNow());
    }

    private static async Task<OperatorReply> ExtentAsync(
        OperatorDesk desk, Arguments arguments, Func<IPartitionInspection, PartitionId, ExtentId, Task<OperatorReply>> answer)
    {
        if (!arguments.TryUnsigned("partitionID", out var partition, out var problem) || !arguments.TrySigned("extentID", out var extent, out problem)) return OperatorReply.Bad(problem);
        return desk.Surface()?.Partitions is { } look ? await answer(look, new PartitionId(partition), new ExtentId((ulong)extent)) : OperatorReply.NoPartition;
    }

    private static OperatorReply RaftStatus(OperatorDesk desk, Arguments arguments)
    {
        if (!arguments.TryUnsigned("raftID", out var id, out var problem)) return OperatorReply.Bad(problem);
        var partition = new PartitionId(id);
        return RaftReplies.Status(partition, desk.Surface()?.Partitions.Raft(partition), desk.Time.GetUtcNow());
    }

    private static OperatorReply RaftPeers(OperatorDesk desk, Arguments arguments) =>
        arguments.TryParseUnsigned("id", out var id, out var problem) ? RaftReplies.Peers(desk.Surface()?.Partitions.Raft(new PartitionId(id))) : OperatorReply.Bad(problem);

    private static async Task<OperatorReply> DeletesAsync(
        OperatorDesk desk, Arguments arguments, Func<IPartitionInspection, PartitionId, Task<Inspected<IReadOnlyList<DeleteRecord>>>> read)
    {
        if (!arguments.TryUnsigned("id", out var id, out var problem)) return OperatorReply.Bad(problem);
        return desk.Surface()?.Partitions is { } look ? ExtentReplies.Deletes(await read(look, new PartitionId(id))) : OperatorReply.NoPartition;
    }

    private static async Task<OperatorReply> AllExtentsAsync(OperatorDesk desk, Arguments arguments, CancellationToken cancel)
    {
        if (Arguments.Signed(arguments.Text("beforeTime"), out var before) is { } badTime) return OperatorReply.Bad(badTime);
        if (Arguments.Unsigned(arguments.Text("id"), out var id) is { } badId) return OperatorReply.Bad(badId);
        return desk.Surface()?.Partitions is { } look ? ExtentReplies.AllBefore(before, await look.ExtentsAsync(new PartitionId(id), cancel)) : OperatorReply.NoPartition;
    }
}
