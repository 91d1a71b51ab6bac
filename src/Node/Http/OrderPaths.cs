using CubeActors.Actors;
using CubeActors.Protocol;

namespace CubeActors.Node;

/// <summary>Paths that order something of disks and partitions. Source of names, checks and texts: CubeFS datanode/server_handler.go.</summary>
internal static class OrderPaths
{
    private const string Success = "success";

    public static IEnumerable<OperatorPath> Of(OperatorDesk desk)
    {
        yield return new("/setDiskBad", (arguments, _) => SetDiskBadAsync(desk, arguments));
        yield return new("/markDiskBroken", (arguments, _) => MarkDiskBrokenAsync(desk, arguments));
        yield return new("/markDataPartitionBroken", (arguments, _) => MarkPartitionBrokenAsync(desk, arguments));
        yield return new("/reloadDataPartition", (arguments, _) => ReloadAsync(desk, arguments));
        yield return new("/detachDataPartition", (arguments, _) => DetachAsync(desk, arguments));
        yield return new("/loadDataPartition", (arguments, _) => LoadAsync(desk, arguments));
        yield return new("/genClusterVersionFile", (_, cancel) => MarkClusterAsync(desk, cancel));
    }

    private static async Task<OperatorReply> SetDiskBadAsync(OperatorDesk desk, Arguments arguments)
    {
        if (!arguments.TryText("diskPath", out var path, out var problem)) return OperatorReply.Bad(problem);
        if (Disk(desk, path) is not { } disk) return OperatorReply.Bad($"not exit such dissk, path: {path}"); // the words of CubeFS
        if (disk.State == DiskState.Unavailable) return OperatorReply.Ok($"disk({path}) status was already unavailable, nothing to do");
        return await OrderAsync(desk, operations => operations.SetDiskBad(path), "OK");
    }

    private static async Task<OperatorReply> MarkDiskBrokenAsync(OperatorDesk desk, Arguments arguments)
    {
        var path = arguments.Text("disk");
        return Disk(desk, path) is null ? NoDisk(path) : await OrderAsync(desk, operations => operations.MarkDiskBroken(path));
    }

    private static async Task<OperatorReply> MarkPartitionBrokenAsync(OperatorDesk desk, Arguments arguments)
    {
        if (!arguments.TryParseUnsigned("id", out var id, out var problem) || !arguments.TryParseFlag("status", out var isWhole, out problem)) return OperatorReply.Bad(problem);
        return Knows(desk, id) ? await OrderAsync(desk, operations => operations.MarkPartitionBroken(new PartitionId(id), isWhole)) : OperatorReply.Bad("partition not found");
    }

    private static async Task<OperatorReply> ReloadAsync(OperatorDesk desk, Arguments arguments)
    {
        if (desk.Status().Disks.Any(disk => disk.State is DiskState.Opening or DiskState.Loading)) return OperatorReply.Bad("please wait for disk loading");
        if (!arguments.TryUnsigned("id", out var id, out var problem)) return OperatorReply.Bad($"parse form fail: {problem}");
        return Knows(desk, id) ? await OrderAsync(desk, operations => operations.ReloadPartition(new PartitionId(id))) : OperatorReply.NoPartition;
    }

    private static async Task<OperatorReply> DetachAsync(OperatorDesk desk, Arguments arguments)
    {
        if (!arguments.TryParseUnsigned("id", out var id, out var problem)) return OperatorReply.Bad(problem);
        return Knows(desk, id) ? await OrderAsync(desk, operations => operations.DetachPartition(new PartitionId(id))) : OperatorReply.Bad("partition not exist");
    }

    private static async Task<OperatorReply> LoadAsync(OperatorDesk desk, Arguments arguments)
    {
        if (!arguments.TryParseUnsigned("id", out var id, out var problem)) return OperatorReply.Bad(problem);
        if (Knows(desk, id)) return OperatorReply.Bad("partition is already loaded");
        var path = arguments.Text("disk");
        return Disk(desk, path) is null ? NoDisk(path) : await OrderAsync(desk, operations => operations.LoadPartition(new PartitionId(id), path));
    }

    /// <summary>201 where one exists already, as CubeFS answers: not an error, and nothing was created either.</summary>
    private static async Task<OperatorReply> MarkClusterAsync(OperatorDesk desk, CancellationToken cancel)
    {
        if (desk.Surface() is not { } node) return NotYet;
        var mark = await node.Marking.MarkAsync(cancel);
        return mark.Problem is { } problem ? OperatorReply.Failed(500, $"Failed to create cluster version file: {problem}")
            : mark.AlreadyIn is { } directory ? OperatorReply.Failed(201, $"cluster version file already exists in {directory}")
            : OperatorReply.Ok("Generate cluster version file success");
    }

    private static async Task<OperatorReply> OrderAsync(OperatorDesk desk, Func<IDiskOperations, Task<string?>> order, string done = Success) =>
        desk.Surface() is not { } node ? NotYet : await order(node.Operations) is { } refusal ? OperatorReply.Bad(refusal) : OperatorReply.Ok(done);

    private static DiskFigures? Disk(OperatorDesk desk, string path) => desk.Status().Disks.FirstOrDefault(disk => disk.Path == path);

    private static bool Knows(OperatorDesk desk, ulong id) => desk.Status().Partitions.Any(partition => partition.Id.Value == id);

    private static OperatorReply NoDisk(string path) => OperatorReply.Bad($"disk {path} is not found");

    private static OperatorReply NotYet { get; } = OperatorReply.Failed(503, "the node is starting; ask again in a moment");
}
