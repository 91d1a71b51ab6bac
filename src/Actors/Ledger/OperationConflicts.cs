using static CubeActors.Actors.ConflictVerdict;
using static CubeActors.Actors.OperationKind;

namespace CubeActors.Actors;

/// <summary>Which operation excludes which, for all kinds. Pure; the table is all there is.</summary>
/// <remarks>
/// Two kinds meet on one partition; <see cref="DiskRecovery"/> meets others on its disk, <see cref="Drain"/> on the node. Two that fetch never run at once: each would
/// find the other's bytes behind its watermark, and fetch for nothing. Comparing beside fetching is harmless, since what is fetched only ever grows up to what was listed.
/// Deletes of extents exclude nothing and are excluded by nothing: they win over whatever fetches the extent (see <see cref="ExtentRepair"/>). What masters expect
/// stands in the same table: 0x61 (<see cref="DeletePartition"/>) cancels whatever runs and never waits for it, 0x60 waits behind it, a second 0x08 is answered OK and
/// dropped. Orders that only set something (0x6B, 0x8C) are no operations, and wait for none.
/// </remarks>
internal static class OperationConflicts
{
    private static readonly OperationKind[] All = Enum.GetValues<OperationKind>();

    /// <summary>Work on a replica that serves, which begins by itself: while there is no such replica, nobody is there to begin it.</summary>
    private static readonly OperationKind[] OfTheReplica = [OwnRepair, Cycle, Share, OperationKind.TinyVerification, Rebuild, Scrub];

    /// <summary>Work on a replica that serves, which somebody asks for: without the replica he gets a refusal.</summary>
    private static readonly OperationKind[] ByOrder = [RepairTask, MemberChange, LoadCheck];

    private static readonly OperationKind[] OnTheReplica = [.. OfTheReplica, .. ByOrder];

    /// <summary>While one of these runs, the replica does not serve.</summary>
    private static readonly OperationKind[] Closing = [CreatePartition, DeletePartition, Reload];

    /// <summary>Rows of the table, with their reasons. What none of them names runs together; of two that name the same the first holds.</summary>
    private static readonly (OperationKind[] Comes, OperationKind[] Runs, ConflictVerdict Verdict)[] Rows =
    [
        // A second task answers OK at once: storage-and-repair 4.14. So it does beside an own share: two nodes that both believe they lead (8.5, D10).
        ([RepairTask, OwnRepair], [RepairTask, OwnRepair], Drop),
        ([Cycle], [Cycle], Wait),
        ([OperationKind.TinyVerification], [OperationKind.TinyVerification], Wait),
        ([Share], [Share], Drop), // to the same replica; to different ones they are not the same work
        // A replica that is being filled leads no repair, compares with nobody and has nothing yet to be read anew.
        ([Cycle, OperationKind.TinyVerification, Scrub], [Rebuild], Wait),
        ([OwnRepair, Share], [Rebuild], Drop),
        ([Rebuild], [Rebuild], Drop),
        ([MemberChange], [MemberChange], Refuse), // control-plane 3.10, 3.11: one at a time, forced ones too; none waits
        ([LoadCheck], [LoadCheck], Drop), // one list answers both
        ([Scrub], [Scrub], Wait),
        (ByOrder, Closing, Refuse),
        (OfTheReplica, Closing, Drop), // it comes again with the replica
        // Closing ends all of it, also where a peer does not answer: connections close at once.
        ([DeletePartition, Reload], OnTheReplica, Cancel),
        ([DeletePartition], [CreatePartition, Reload], Cancel),
        ([DeletePartition], [DeletePartition], Wait), // a repeated order waits for the same end
        ([Reload], [Reload], Wait),
        ([Reload], [CreatePartition, DeletePartition], Refuse),
        ([CreatePartition], [DeletePartition], Wait), // the old replica goes first; a bit less than a master waits
        ([CreatePartition], [CreatePartition], Wait), // the same order again waits for the same end; another one is refused
        ([CreatePartition], [Reload], Refuse),
        ([CreatePartition], OnTheReplica, Drop), // it exists: OK where it is the same, else refused
        ([Drain], [Drain], Drop), // the one under way goes on
        ([DiskRecovery], [DiskRecovery], Refuse),
        // A recovery passes over partitions that are being closed; a drain touches leaderships only.
    ];

    private static readonly ConflictVerdict[,] Table = Build();

    public static ConflictVerdict Of(OperationKind comes, OperationKind runs) => Table[(int)comes, (int)runs];

    /// <returns>The strictest verdict of all that runs.</returns>
    public static ConflictVerdict Of(OperationKind comes, IEnumerable<OperationKind> running)
    {
        var strictest = Run;
        foreach (var runs in running)
            if (Of(comes, runs) is var verdict && verdict > strictest) strictest = verdict;
        return strictest;
    }

    /// <summary>Whether two that run at once are a promise broken. Those that close a replica have other owners than what runs on it, and an end of either may be heard a moment late.</summary>
    public static bool IsBroken(OperationKind comes, OperationKind runs) =>
        Of(comes, runs) is Wait or Drop or Refuse && !Closing.Contains(runs) && !Closing.Contains(comes);

    private static ConflictVerdict[,] Build()
    {
        var table = new ConflictVerdict[All.Length, All.Length];
        foreach (var comes in All)
            foreach (var runs in All)
                table[(int)comes, (int)runs] = Rows.FirstOrDefault(row => row.Comes.Contains(comes) && row.Runs.Contains(runs)).Verdict;
        return table;
    }
}
