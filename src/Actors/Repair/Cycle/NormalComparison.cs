using System.Collections.Frozen;
using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>What the comparison of the normal extents of all replicas that answered comes to. Pure.</summary>
/// <param name="Extents">Extents that any of them lists.</param>
/// <param name="LeftAlone">Of them, those that are being deleted somewhere, or carry data of snapshots: they are repaired nowhere.</param>
/// <param name="Lags">What each replica lacks, by host and rising id; a host that lacks nothing is not in it.</param>
/// <remarks>Source: CubeFS datanode/data_partition_repair.go prepareRepairTasks; storage-and-repair 4.4.</remarks>
internal sealed record NormalComparison(int Extents, int LeftAlone, IReadOnlyDictionary<string, IReadOnlyList<ExtentLag>> Lags)
{
    /// <param name="lists">Of the replicas that answered, this one's first, then in the order of the hosts: of copies of one length the first is
    /// the source. A replica without a list is neither a source nor given a task.</param>
    /// <remarks>Nothing but the length counts, and the longest copy wins: bytes that one replica holds were acknowledged or may have been.</remarks>
    public static NormalComparison Of(IReadOnlyList<NormalList> lists)
    {
        var at = new int[lists.Count];
        var here = new long[lists.Count]; // of the extent that is looked at, by replica
        var lags = new List<ExtentLag>[lists.Count];
        for (var i = 0; i < lags.Length; i++) lags[i] = [];
        var (extents, leftAlone) = (0, 0);
        while (NextId(lists, at) is { } id)
        {
            extents++;
            var (source, isFit) = (-1, true);
            for (var i = 0; i < lists.Count; i++)
            {
                if (at[i] == lists[i].Count || lists[i].Ids[at[i]] != id)
                {
                    here[i] = ExtentLag.Missing;
                    continue;
                }

                var size = lists[i].Sizes[at[i]++];
                isFit &= size != NormalList.Unfit;
                here[i] = size;
                if (source < 0 || size > here[source]) source = i;
            }

            if (!isFit)
            {
                leftAlone++;
                continue;
            }

            for (var i = 0; i < lists.Count; i++)
                if (here[i] < here[source]) lags[i].Add(new ExtentLag(new ExtentId(id), here[i], here[source], lists[source].Host));
        }

        return new NormalComparison(extents, leftAlone, Named(lists.Select((list, i) => (list.Host, (IReadOnlyList<ExtentLag>)lags[i]))));
    }

    /// <summary>All that lags somewhere, each id once.</summary>
    public IReadOnlyCollection<ExtentId> Lagging => Lags.Values.SelectMany(lags => lags.Select(lag => lag.Extent)).ToHashSet();

    /// <summary>The same without some extents: a delete came before the repair here, and is not undone anywhere from here.</summary>
    public NormalComparison Without(IReadOnlySet<ExtentId> deleted) => deleted.Count == 0 ? this : Where((_, lag) => !deleted.Contains(lag.Extent));

    public NormalComparison Where(Func<string, ExtentLag, bool> stays) =>
        this with { Lags = Named(Lags.Select(pair => (pair.Key, (IReadOnlyList<ExtentLag>)[.. pair.Value.Where(lag => stays(pair.Key, lag))]))) };

    private static FrozenDictionary<string, IReadOnlyList<ExtentLag>> Named(IEnumerable<(string Host, IReadOnlyList<ExtentLag> Lags)> lags) =>
        lags.Where(one => one.Lags.Count > 0).ToFrozenDictionary(one => one.Host, one => one.Lags);

    private static ulong? NextId(IReadOnlyList<NormalList> lists, int[] at)
    {
        ulong? next = null;
        for (var i = 0; i < lists.Count; i++)
            if (at[i] < lists[i].Count && (next is null || lists[i].Ids[at[i]] < next)) next = lists[i].Ids[at[i]];
        return next;
    }
}
