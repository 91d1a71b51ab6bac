namespace CubeActors.Actors;

/// <summary>What the ledger has to know of a kind of operation.</summary>
/// <param name="StallAfter">One that runs and has not moved for longer is looked at by somebody.</param>
/// <param name="IsComparison">It comes every few minutes for each partition and mostly finds nothing: it is kept in memory, as figures, unless it found something.</param>
/// <param name="Resumes">What it works at goes on after a restart or a reload: its entry stays open, and is taken over.</param>
/// <param name="SaysItself">Whoever carries it out has lines of its own in the log.</param>
/// <param name="PerPeer">Two of them to different peers are not the same thing.</param>
internal sealed record OperationRule(TimeSpan StallAfter, bool IsComparison = false, bool Resumes = false, bool SaysItself = false, bool PerPeer = false);

/// <summary>The rules of all kinds. Pure; the table is all there is.</summary>
internal static class OperationRules
{
    /// <summary>For any kind: one that waits for its turn for longer is looked at by somebody. Thirty periods of a comparison.</summary>
    public static readonly TimeSpan WaitAfter = TimeSpan.FromHours(1);

    /// <summary>What is to be resumed and is not, this long after its owner ended or all disks were loaded, is closed.</summary>
    public static readonly TimeSpan ResumeWithin = TimeSpan.FromHours(1);

    /// <summary>In the order of <see cref="OperationKind"/>.</summary>
    private static readonly (OperationKind Kind, OperationRule Rule)[] Table =
    [
        // It moves with each extent: the worst is a whole one over a source that answers each megabyte late, four times (RepairSettings.Range, TriesPerExtent).
        (OperationKind.RepairTask, new(Minutes(20), SaysItself: true)),
        (OperationKind.OwnRepair, new(Minutes(20), SaysItself: true)),
        // A list of each other replica, 60 s each (RepairSettings.Packet), and two walks through the own one.
        (OperationKind.Cycle, new(Minutes(10), IsComparison: true, SaysItself: true)),
        // Three tasks' worth of patience (RepairSettings.TaskPatience): it may wait for others of its disk first.
        (OperationKind.Share, new(Minutes(30), SaysItself: true, PerPeer: true)),
        // Lists, and then repairs of other replicas that have RepairSettings.TaskReply each, behind tasks for normal extents.
        (OperationKind.TinyVerification, new(Minutes(20), IsComparison: true, SaysItself: true)),
        // Masters give a decommission up after two hours without progress: early enough to do something about it.
        (OperationKind.Rebuild, new(Minutes(30), Resumes: true, SaysItself: true)),
        // Answered within 25 s, one way or the other (data-path.admin-reply); the rest is for a disk that is slow.
        (OperationKind.MemberChange, new(Minutes(2))),
        (OperationKind.CreatePartition, new(Minutes(2))),
        (OperationKind.DeletePartition, new(Minutes(2), Resumes: true)),
        // A minute for CRCs (LoadDesk), one extent more, and the list.
        (OperationKind.LoadCheck, new(Minutes(5), IsComparison: true)),
        // Its own limit is process.hand-over-limit, 15 s.
        (OperationKind.Drain, new(Minutes(5))),
        // It moves with each partition that is loaded anew.
        (OperationKind.DiskRecovery, new(Minutes(15))),
        // It moves with each extent, 128 MiB at a bounded rate.
        (OperationKind.Scrub, new(TimeSpan.FromHours(1), IsComparison: true)),
        // A partition of 60,000 extents on a slow disk, behind all others of the disk.
        (OperationKind.Reload, new(Minutes(15))),
    ];

    private static readonly OperationRule[] ByKind = [.. Enum.GetValues<OperationKind>().Select(kind => Table.Single(row => row.Kind == kind).Rule)];

    public static OperationRule Of(OperationKind kind) => ByKind[(int)kind];

    private static TimeSpan Minutes(int minutes) => TimeSpan.FromMinutes(minutes);
}
