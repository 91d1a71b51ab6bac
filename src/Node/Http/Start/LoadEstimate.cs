using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>How long loading will still take, from how long it took so far. Pure.</summary>
internal static class LoadEstimate
{
    /// <summary>Less than this says more of the first replica than of the disk.</summary>
    private static readonly TimeSpan ElapsedMin = TimeSpan.FromSeconds(1);

    /// <summary>The disks load beside each other: the slowest one decides.</summary>
    /// <param name="elapsed">Since loading began.</param>
    /// <returns>Null while it is not known; zero when nothing is left.</returns>
    public static TimeSpan? Of(IReadOnlyList<DiskFigures> disks, TimeSpan elapsed)
    {
        var left = TimeSpan.Zero;
        foreach (var disk in disks)
        {
            if (OfDisk(disk, elapsed) is not { } rest) return null;
            if (rest > left) left = rest;
        }

        return disks.Count == 0 ? null : left;
    }

    /// <returns>Null while it is not known; zero when nothing is left.</returns>
    public static TimeSpan? OfDisk(DiskFigures disk, TimeSpan elapsed)
    {
        if (disk.State is DiskState.Ready or DiskState.Unavailable) return TimeSpan.Zero;
        if (disk.State == DiskState.Opening || disk.PartitionsFound < 0) return null;
        var rest = disk.PartitionsFound - disk.PartitionsSettled;
        if (rest <= 0) return TimeSpan.Zero;
        return disk.PartitionsSettled == 0 || elapsed < ElapsedMin ? null : elapsed * ((double)rest / disk.PartitionsSettled);
    }
}
