using System.Net;
using CubeActors.Protocol;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>One extent to be brought level with another replica.</summary>
/// <param name="Size">Where the other replica's extent ended when it was listed; of tiny extents a multiple of 4 KiB.</param>
/// <param name="Source"><c>ip:port</c> to read from.</param>
/// <param name="MayCreate">It is to be created if it is missing here.</param>
internal readonly record struct RepairItem(ExtentId Extent, long Size, string Source, bool MayCreate);

/// <summary>What a repair task comes to, once all that no sound leader sends is taken out of it. Pure.</summary>
/// <param name="Refused">Extents that were taken out; <paramref name="Reason"/> says why the first was.</param>
internal sealed record RepairPlan(IReadOnlyList<RepairItem> Items, int Refused, string Reason)
{
    /// <param name="hosts">The replicas of the partition: nobody else is read from.</param>
    /// <param name="self">This node.</param>
    public static RepairPlan Of(RepairTask task, IReadOnlyList<string> hosts, string self)
    {
        var items = new Dictionary<ExtentId, RepairItem>();
        var created = task.TaskType == RepairTask.Normal ? task.ExtentsToBeCreated.Select(extent => extent.Extent).ToHashSet() : [];
        var refused = 0;
        var reason = "";
        // Whatever is to be created is listed a second time, to be filled. An empty one may be listed to be created only.
        foreach (var extent in task.ExtentsToBeRepaired.Concat(task.TaskType == RepairTask.Normal ? task.ExtentsToBeCreated : []))
        {
            if (Problem(task.TaskType, extent, hosts, self) is { } problem)
            {
                if (refused++ == 0) reason = $"extent {extent.Extent}: {problem}";
                continue;
            }

            var item = new RepairItem(extent.Extent, (long)extent.Size, extent.Source!, created.Contains(extent.Extent));
            if (!items.TryGetValue(extent.Extent, out var known) || known.Size < item.Size) items[extent.Extent] = item;
        }

        return new RepairPlan([.. items.Values.OrderBy(item => item.Source, StringComparer.Ordinal).ThenBy(item => item.Extent.Value)], refused, reason);
    }

    private static string? Problem(byte taskType, in Watermark extent, IReadOnlyList<string> hosts, string self)
    {
        if (taskType is not RepairTask.Tiny and not RepairTask.Normal) return $"task type {taskType}";
        var isTiny = taskType == RepairTask.Tiny;
        if (isTiny != extent.Extent.IsTiny) return isTiny ? "not a tiny extent in a task for tiny ones" : "a tiny extent in a task for normal ones";
        if (!isTiny && extent.Extent.Value is <= ExtentId.NormalBase or > ExtentId.NormalLast) return "no id of an extent";
        if (extent.Size > (ulong)(isTiny ? ExtentLimits.TinyBytesMax - DataPlane.SlotBytes : ExtentLimits.NormalBytesMax)) return $"a size of {extent.Size} bytes";
        if (isTiny && extent.Size % DataPlane.SlotBytes != 0) return $"a size of {extent.Size} bytes, which is off the grid";
        if (extent.SnapshotEnd is not 0 and not Watermark.NoSnapshot) return "it carries data of snapshots, which this node does not serve";
        if (extent.Source is not { } source || !IPEndPoint.TryParse(source, out var endPoint) || endPoint.Port == 0) return "no address to read from";
        if (source == self) return "this node itself as source";
        return hosts.Contains(source) ? null : $"{source} is no replica of the partition";
    }
}
