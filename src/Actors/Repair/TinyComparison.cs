using CubeActors.Protocol;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>What one replica says of its tiny extents; null where it did not answer.</summary>
internal readonly record struct TinyList(string Host, IReadOnlyDictionary<ExtentId, long>? Sizes)
{
    /// <summary>Reads the answer to 0x07 for tiny extents.</summary>
    /// <param name="asked">The extents that were asked for: a sound replica lists no other.</param>
    /// <param name="problem">Why it is no such list; then nothing of it counts.</param>
    public static bool TryRead(string host, ReadOnlySpan<byte> body, IReadOnlyCollection<ExtentId> asked, out TinyList list, out string problem)
    {
        list = new TinyList(host, null);
        problem = "its list cannot be read";
        if (!Watermarks.TryRead(body, out var extents, (int)ExtentId.TinyLast)) return false;
        problem = "";
        var sizes = new Dictionary<ExtentId, long>(extents.Count);
        foreach (var extent in extents)
        {
            if (!asked.Contains(extent.Extent)) problem = $"it lists extent {extent.Extent}, which it was not asked for";
            else if (extent.Size > (ulong)ExtentLimits.TinyBytesMax) problem = $"it lists extent {extent.Extent} with {extent.Size} bytes";
            else if (!sizes.TryAdd(extent.Extent, (long)extent.Size)) problem = $"it lists extent {extent.Extent} twice";
            if (problem.Length > 0) return false;
            if (extent.IsDeleted) sizes.Remove(extent.Extent);
        }

        list = new TinyList(host, sizes);
        return true;
    }
}

/// <summary>What the comparison of tiny extents on all replicas comes to. Pure.</summary>
/// <param name="Equal">As long everywhere: they may take writes.</param>
/// <param name="Tasks">What is to be repaired where, by host; this node's own under its own address.</param>
/// <param name="Reason">Why those that are not equal are not, in words; empty if all are.</param>
internal sealed record TinyComparison(IReadOnlyList<ExtentId> Equal, IReadOnlyList<ExtentId> Unequal, IReadOnlyDictionary<string, IReadOnlyList<Watermark>> Tasks, string Reason)
{
    /// <param name="lists">Of all replicas, this one's first: of copies of one length the first is the source, as in CubeFS.</param>
    /// <remarks>
    /// A replica that did not answer leaves all unequal. CubeFS goes on without it; but a write needs all replicas anyway, and comes to a
    /// tiny extent that is shorter there with its return.
    /// </remarks>
    public static TinyComparison Of(IReadOnlyList<ExtentId> ids, IReadOnlyList<TinyList> lists)
    {
        var silent = lists.Where(list => list.Sizes is null).Select(list => list.Host).ToList();
        var equal = new List<ExtentId>();
        var unequal = new List<ExtentId>();
        var tasks = new Dictionary<string, List<Watermark>>();
        var reason = silent.Count > 0 ? $"{string.Join(", ", silent)} did not answer" : "";
        foreach (var id in ids)
        {
            var known = lists.Where(list => list.Sizes?.ContainsKey(id) == true).Select(list => (list.Host, Size: list.Sizes![id])).ToList();
            if (known.Count == lists.Count && known.All(one => one.Size == known[0].Size))
            {
                equal.Add(id);
                continue;
            }

            unequal.Add(id);
            // A replica that answers without it has lost the file, and a repair could not fill it there.
            if (reason.Length == 0 && known.Count < lists.Count) reason = $"extent {id} is missing on a replica";
            if (known.Count == 0) continue;
            var best = known.MaxBy(one => one.Size);
            foreach (var (host, size) in known)
            {
                if (size >= best.Size) continue;
                if (reason.Length == 0) reason = $"extent {id} ends at {size} on {host} and at {best.Size} on {best.Host}";
                if (!tasks.TryGetValue(host, out var list)) tasks[host] = list = [];
                list.Add(new Watermark { Extent = id, Size = (ulong)best.Size, Source = best.Host });
            }
        }

        return new TinyComparison(equal, unequal, tasks.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<Watermark>)pair.Value), reason);
    }

    /// <summary>How many broken ids one comparison takes. Source: CubeFS datanode/const.go MinTinyExtentsToRepair, MinAvaliTinyExtentCnt.</summary>
    public static int IdsToTake(int available) => available <= AvailableFew ? (int)ExtentId.TinyLast : IdsPerRound;

    /// <summary>Available ids that are compared anew when none is broken, and those that are taken at a time otherwise.</summary>
    public const int IdsPerRound = 10;
    private const int AvailableFew = 5;
}
