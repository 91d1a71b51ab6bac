using CubeActors.Protocol;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>What a walk through a disk does next, and how fast. Pure.</summary>
internal static class ScrubPlan
{
    /// <summary>Part of the period that a walk is stretched to: the rest is for what holds it up.</summary>
    private const double PassShare = 0.9;

    /// <summary>A walk is not stretched below this: a disk with little on it is done in a day and rests.</summary>
    public const long RateMin = 256 * 1024;

    /// <param name="served">Partitions of the disk that serve.</param>
    /// <returns>Null when the walk is at its end. <c>After</c> is the last extent that is done already.</returns>
    public static (PartitionId Partition, ulong After)? Next(IEnumerable<PartitionId> served, ScrubRecord record)
    {
        var ids = served.Select(partition => partition.Value).Order().ToList();
        if (!record.IsPartitionDone && ids.Contains(record.Partition)) return (new PartitionId(record.Partition), record.Extent);
        var next = ids.FirstOrDefault(id => id > record.Partition);
        return next == 0 ? null : (new PartitionId(next), 0);
    }

    /// <summary>How long the next walk is to be waited for.</summary>
    /// <returns>Zero or less: it is due, or under way.</returns>
    public static TimeSpan Wait(ScrubRecord record, DateTimeOffset now, TimeSpan period)
    {
        if (!record.IsPassDone || record.PassStarted == 0) return TimeSpan.Zero;
        var wait = DateTimeOffset.FromUnixTimeSeconds(record.PassStarted) + period - now;
        return wait < period ? wait : period; // a clock that was set back
    }

    /// <summary>Bytes a second: what it takes to be through in time, within what is allowed.</summary>
    public static long RateOf(long usedBytes, TimeSpan period, long max) =>
        Math.Min(max, Math.Max(RateMin, (long)(usedBytes / (period.TotalSeconds * PassShare))));

    /// <summary>Whether an extent is looked at in this walk. Of a tiny one it is not known when it was written to; what is below its end stays.</summary>
    public static bool IsDue(in ExtentRecord extent, long nowSeconds, TimeSpan coldAfter) =>
        extent.Size > 0 && extent.SnapshotEnd == ExtentLimits.NormalBytesMax && (extent.Id.IsTiny || nowSeconds - extent.ModifiedSeconds >= (long)coldAfter.TotalSeconds);

    /// <summary>The replica that a tiny extent is compared with: each one with the next of the hosts, so that whoever differs from the others is met twice.</summary>
    /// <returns>Null if there is no other.</returns>
    public static string? Neighbour(IReadOnlyList<string> hosts, string self)
    {
        var distinct = hosts.Distinct().ToList();
        var at = distinct.IndexOf(self);
        return at < 0 || distinct.Count < 2 ? null : distinct[(at + 1) % distinct.Count];
    }
}
