namespace CubeActors.Actors;

/// <summary>Whether a report can be posted that says how things are and not how far loading is. Pure.</summary>
internal static class ReportReadiness
{
    /// <summary>The totals of all disks are final, and of the partitions found all but a few serve or finally cannot.</summary>
    /// <param name="share">0 to 1: the part of the partitions that has to be settled.</param>
    public static bool IsSettled(IReadOnlyList<DiskFigures> disks, double share)
    {
        var (found, settled) = (0L, 0L);
        foreach (var disk in disks)
        {
            if (disk.State == DiskState.Opening) return false; // neither space nor list is known
            found += Math.Max(0, disk.PartitionsFound);
            settled += disk.PartitionsSettled;
        }

        return settled >= found * share;
    }
}
