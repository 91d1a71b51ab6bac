using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>All that the dashboard makes rates of, at one moment. Pure.</summary>
/// <param name="Kinds">A histogram for each <see cref="TrafficKind"/>, in its order: how often each bucket was counted.</param>
/// <param name="WrittenBytes">Appended and overwritten.</param>
/// <param name="Work">Work of disks by class, see <see cref="SeenDisk.Classes"/>.</param>
/// <param name="Moved">Bytes (delete: pieces) granted to background work, by disk and class.</param>
internal sealed record NodeCounters(
    LatencyBounds Bounds, IReadOnlyList<long[]> Kinds, long WrittenBytes, long ReadBytes, IReadOnlyDictionary<(string Disk, string Class), (long Done, double BusySeconds)> Work,
    IReadOnlyDictionary<(string Disk, string Class), long> Moved, double CpuSeconds, double PauseSeconds)
{
    /// <param name="meters">Null until the node exists.</param>
    public static NodeCounters Of(MeterReading? meters, IReadOnlyList<SeenDisk> disks, BudgetFigures budgets, double cpuSeconds, double pauseSeconds)
    {
        var bounds = meters?.Operations.FirstOrDefault()?.Latency.Bounds ?? LatencyBounds.Operations;
        var kinds = Enum.GetValues<TrafficKind>().Select(_ => new long[bounds.Microseconds.Count + 1]).ToArray();
        foreach (var operation in meters?.Operations ?? [])
        {
            if (TrafficKinds.Of(operation.Name) is not { } kind) continue;
            for (var bucket = 0; bucket < operation.Latency.Counts.Count; bucket++) kinds[(int)kind][bucket] += operation.Latency.Counts[bucket];
        }

        var (written, read) = (0L, 0L);
        foreach (var transfer in meters?.Transfers ?? [])
        {
            if (transfer.Type == "read") read += transfer.Latency.Bytes;
            else written += transfer.Latency.Bytes;
        }

        return new NodeCounters(
            bounds, kinds, written, read, disks.SelectMany(disk => disk.Classes.Select(one => ((disk.Path, one.Class), (one.Done, one.BusySeconds)))).ToDictionary(),
            budgets.Disks.SelectMany(disk => disk.Classes.Select(one => ((disk.Path, BudgetReplies.NameOf(one.Class)), one.Amount))).ToDictionary(), cpuSeconds, pauseSeconds);
    }
}
