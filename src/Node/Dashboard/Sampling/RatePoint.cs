using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>What happened a second, between two looks at a node: one point of the dashboard's plots.</summary>
/// <param name="At">Unix time of the second look, milliseconds.</param>
/// <param name="Seconds">Between the two.</param>
/// <param name="WrittenBytes">A second, appended and overwritten; the next alike.</param>
/// <param name="ReadBytes">Reads of repairing nodes included.</param>
/// <param name="Work">Of the I/O threads of all disks, by class.</param>
/// <param name="Moved">Background work of all disks by class of traffic: repair, scrub, delete.</param>
/// <param name="Cpu">Cores that the process kept busy.</param>
/// <param name="PausePercent">Of the time, in which all threads stood still for the collector.</param>
internal sealed record RatePoint(
    long At, double Seconds, KindRate Append, KindRate Overwrite, KindRate Read, KindRate Delete, double WrittenBytes, double ReadBytes, IReadOnlyList<WorkRate> Work, IReadOnlyList<MovedRate> Moved,
    double Cpu, double PausePercent)
{
    /// <returns>Null where the two cannot be compared: the node was made anew between them.</returns>
    public static (RatePoint Point, IReadOnlyList<DiskRate> Disks)? Between(NodeCounters before, NodeCounters after, DateTimeOffset at, TimeSpan elapsed)
    {
        var seconds = elapsed.TotalSeconds;
        if (seconds <= 0 || before.Bounds != after.Bounds || after.WrittenBytes < before.WrittenBytes || after.ReadBytes < before.ReadBytes) return null;
        IReadOnlyList<DiskRate> disks =
            [.. after.Work.Keys.Select(key => key.Disk).Concat(after.Moved.Keys.Select(key => key.Disk)).Distinct().Order(StringComparer.Ordinal).Select(Disk)];
        return (
            new RatePoint(
                at.ToUnixTimeMilliseconds(), Round(seconds), Of(TrafficKind.Append), Of(TrafficKind.Overwrite), Of(TrafficKind.Read), Of(TrafficKind.Delete),
                Math.Round((after.WrittenBytes - before.WrittenBytes) / seconds), Math.Round((after.ReadBytes - before.ReadBytes) / seconds),
                [.. disks.SelectMany(disk => disk.Work).GroupBy(work => work.Class).Select(all => new WorkRate(all.Key, Round(all.Sum(one => one.PerSecond)), Round(all.Sum(one => one.Threads))))],
                [.. disks.SelectMany(disk => disk.Moved).GroupBy(moved => moved.Class).Select(all => new MovedRate(all.Key, all.Sum(one => one.PerSecond)))],
                Round((after.CpuSeconds - before.CpuSeconds) / seconds), Round(Math.Clamp(100 * (after.PauseSeconds - before.PauseSeconds) / seconds, 0, 100))),
            disks);

        KindRate Of(TrafficKind kind)
        {
            var counts = after.Kinds[(int)kind].Zip(before.Kinds[(int)kind], static (now, then) => Math.Max(0, now - then)).ToArray();
            return new KindRate(
                Round(counts.Sum() / seconds), Milliseconds(LatencyQuantile.Of(after.Bounds, counts, 0.5)), Milliseconds(LatencyQuantile.Of(after.Bounds, counts, 0.99)));
        }

        DiskRate Disk(string path) => new(
            path,
            [
                .. after.Work.Where(work => work.Key.Disk == path && before.Work.ContainsKey(work.Key)).Select(work => new WorkRate(
                    work.Key.Class, Round((work.Value.Done - before.Work[work.Key].Done) / seconds), Round(Math.Max(0, work.Value.BusySeconds - before.Work[work.Key].BusySeconds) / seconds))),
            ],
            [
                .. after.Moved.Where(moved => moved.Key.Disk == path && before.Moved.ContainsKey(moved.Key)).Select(moved =>
                    new MovedRate(moved.Key.Class, Math.Round((moved.Value - before.Moved[moved.Key]) / seconds))),
            ]);
    }

    private static double Round(double value) => Math.Round(value, 3);

    private static double? Milliseconds(double? microseconds) => microseconds is { } some ? Math.Round(some / 1000, 3) : null;
}

/// <param name="PerSecond">Requests.</param>
/// <param name="P50">Milliseconds of this replica's part, estimated from the buckets; null where there were none. The next alike.</param>
internal readonly record struct KindRate(double PerSecond, double? P50, double? P99);

/// <summary>What one disk did a second.</summary>
internal sealed record DiskRate(string Path, IReadOnlyList<WorkRate> Work, IReadOnlyList<MovedRate> Moved);

/// <param name="PerSecond">Pieces of work.</param>
/// <param name="Threads">That it kept busy on the average.</param>
internal readonly record struct WorkRate(string Class, double PerSecond, double Threads);

/// <param name="PerSecond">Bytes; of deletes, pieces.</param>
internal readonly record struct MovedRate(string Class, double PerSecond);
