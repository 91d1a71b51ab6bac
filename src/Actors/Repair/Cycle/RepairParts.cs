using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>Cuts what a replica lacks into tasks that are worked off within minutes, and writes them as CubeFS does. Pure.</summary>
/// <remarks>
/// CubeFS sends all in one task and waits for its end without limit. In parts, a leader that waits knows a live replica from a dead one, and a
/// delete that comes meanwhile keeps its extent out of the parts that were not sent yet.
/// </remarks>
internal static class RepairParts
{
    /// <summary>In the order given. A part ends at so many extents or missing bytes, whichever comes first, and holds one extent at the least.</summary>
    public static IEnumerable<IReadOnlyList<ExtentLag>> Of(IReadOnlyList<ExtentLag> lags, int extentsMax, long bytesMax)
    {
        var part = new List<ExtentLag>();
        long bytes = 0;
        foreach (var lag in lags)
        {
            if (part.Count > 0 && (part.Count >= extentsMax || bytes + lag.Bytes > bytesMax))
            {
                yield return part;
                (part, bytes) = ([], 0);
            }

            part.Add(lag);
            bytes += lag.Bytes;
        }

        if (part.Count > 0) yield return part;
    }

    /// <summary>The task for another replica: what is missing is to be created and to be filled, as CubeFS lists it twice.</summary>
    /// <param name="self"><c>ip:port</c> of this node.</param>
    /// <remarks>
    /// The length of the log of tiny deletes is told as 0: a follower of CubeFS then asks for none of it. It reads only to the length it was told,
    /// over a connection that it goes on using, and what has been deleted since would be left in there for the next answer.
    /// </remarks>
    public static RepairTask TaskOf(IReadOnlyList<ExtentLag> part, string self) => new()
    {
        TaskType = RepairTask.Normal,
        ExtentsToBeCreated = [.. part.Where(lag => lag.IsMissing).Select(ToExtent)],
        ExtentsToBeRepaired = [.. part.Select(ToExtent)],
        LeaderAddr = self,
    };

    /// <summary>This replica's own share.</summary>
    public static RepairPlan PlanOf(IReadOnlyList<ExtentLag> lags) => new(
        [.. lags.Select(lag => new RepairItem(lag.Extent, lag.Size, lag.Source, lag.IsMissing)).OrderBy(item => item.Source, StringComparer.Ordinal).ThenBy(item => item.Extent.Value)],
        Refused: 0, Reason: "");

    private static Watermark ToExtent(ExtentLag lag) => new() { Extent = lag.Extent, Size = (ulong)lag.Size, Source = lag.Source };
}
