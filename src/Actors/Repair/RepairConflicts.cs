namespace CubeActors.Actors;

/// <summary>The kinds of repair work that one partition has.</summary>
internal enum RepairWork
{
    /// <summary>A task of the partition's repair leader: this replica fetches what it is told.</summary>
    Task,

    /// <summary>This node leads the repair, and fetches what its comparison found it to lack.</summary>
    OwnShare,

    /// <summary>This node leads: it compares the normal extents of all replicas.</summary>
    Cycle,

    /// <summary>This node leads: it compares their tiny extents, which take no writes meanwhile.</summary>
    Verification,

    /// <summary>This node leads, and waits for one other replica to fetch what it lacks.</summary>
    OthersShare,
}

/// <summary>What becomes of work that comes while other work runs.</summary>
internal enum RepairVerdict
{
    /// <summary>It runs beside it.</summary>
    Together,

    /// <summary>It waits for its turn, and nobody waits for it.</summary>
    Later,

    /// <summary>It is dropped, as done: whoever wanted it compares anew within minutes.</summary>
    Drop,
}

/// <summary>Which repair work of one partition excludes which. Pure; the table is all there is.</summary>
/// <remarks>
/// Two that fetch never run at once: each would find the other's bytes behind its watermark, and fetch for nothing. Comparing beside fetching is
/// harmless, since what is fetched only ever grows up to what was listed. Deleting the partition (0x61), closing it, and the loss of its disk end all of it,
/// whatever runs: they stand above the table. So does a pause (0x6B) of a replica that is being rebuilt: no task begins, and none goes on to its next extent.
/// Deletes of extents exclude nothing and are excluded by nothing: they win over whatever fetches the extent (see <see cref="ExtentRepair"/>).
/// </remarks>
internal static class RepairConflicts
{
    /// <summary>What comes, what runs, what becomes of the first. What is not listed runs together.</summary>
    public static readonly IReadOnlyList<(RepairWork Comes, RepairWork Runs, RepairVerdict Verdict)> Rows =
    [
        (RepairWork.Task, RepairWork.Task, RepairVerdict.Drop), // a second task answers OK at once: storage-and-repair 4.14
        (RepairWork.Task, RepairWork.OwnShare, RepairVerdict.Drop), // two nodes that both believe they lead (8.5, D10)
        (RepairWork.OwnShare, RepairWork.Task, RepairVerdict.Drop),
        (RepairWork.OwnShare, RepairWork.OwnShare, RepairVerdict.Drop), // of the last comparison, or of tiny and normal extents
        (RepairWork.Cycle, RepairWork.Cycle, RepairVerdict.Later),
        (RepairWork.Verification, RepairWork.Verification, RepairVerdict.Later),
        (RepairWork.OthersShare, RepairWork.OthersShare, RepairVerdict.Drop), // to the same replica; to different ones they are not the same work
    ];

    public static RepairVerdict Of(RepairWork comes, RepairWork runs)
    {
        foreach (var row in Rows)
            if (row.Comes == comes && row.Runs == runs) return row.Verdict;
        return RepairVerdict.Together;
    }

    /// <returns>The strictest verdict of all that runs.</returns>
    public static RepairVerdict Of(RepairWork comes, IEnumerable<RepairWork> running) => running.Select(runs => Of(comes, runs)).DefaultIfEmpty(RepairVerdict.Together).Max();
}
