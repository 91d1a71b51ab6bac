using CubeActors.Protocol;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

/// <summary>What lies in the directory of a raft log, seen without changing it.</summary>
/// <param name="Exists">False: the group has not started yet; both programs make a log then.</param>
/// <param name="Damage">Null, or why no program should open it as it is.</param>
/// <param name="Loss">Signs of forgotten entries or votes, with what APPLY says.</param>
/// <param name="IsMarked">The mark LOSS is there: an earlier start has found a loss, and the replica has not caught up with a leader since.</param>
/// <param name="MetaBytes">Length of META of the log.</param>
/// <param name="ForeignNames">Names that a CubeFS node takes for log files, and that are none.</param>
/// <param name="Healing">What the next start of this program would do, as sentences.</param>
/// <param name="UnfinishedFiles">Files before the last that lack their index: a CubeFS group ends when it reads them.</param>
/// <param name="StrayFiles">Files that do not continue the chain of entries, other than those below the truncation point.</param>
/// <param name="TornBytes">Behind the last entry.</param>
public sealed record RaftLogFacts(
    bool Exists, string? Damage, HardState HardState, LogPosition Truncated, LogPosition Last, RaftLogLoss Loss, bool IsMarked, long MetaBytes,
    IReadOnlyList<string> ForeignNames, IReadOnlyList<string> Healing, int UnfinishedFiles, int StrayFiles, long TornBytes)
{
    private static readonly RaftLogFacts None = new(false, null, default, default, default, RaftLogLoss.None, false, 0, [], [], 0, 0, 0);

    /// <summary>Reads the log's META, the indexes of its files and all of its last one.</summary>
    /// <param name="unsyncedMayBeLost">Damage at the end may be what a power cut left.</param>
    /// <param name="applied">What APPLY says; null where it is unreadable.</param>
    /// <exception cref="Runtime.DiskFaultException">The disk does not answer.</exception>
    public static RaftLogFacts Read(IFileSystem files, string directory, bool unsyncedMayBeLost, ulong? applied)
    {
        if (files.List(directory) is not { } names) return None;
        var facts = None with
        {
            Exists = true,
            IsMarked = names.Contains(RaftLog.LossMarkName),
            MetaBytes = files.Stat($"{directory}/{LogMeta.Name}")?.Length ?? 0,
            ForeignNames = [.. names.Where(name => !LogFileName.TryParse(name, out _) && LogFileName.LooksLikeOneToGo(name)).Order(StringComparer.Ordinal)],
        };
        try
        {
            var found = LogInspection.Run(files, directory, unsyncedMayBeLost);
            var isBehindApplied = applied > found.Last.Index;
            return facts with
            {
                HardState = found.HardState,
                Truncated = found.Truncated,
                Last = found.Last,
                Loss = found.Loss | (found.HardState.Commit > found.Last.Index ? RaftLogLoss.BehindCommit : 0) | (isBehindApplied ? RaftLogLoss.BehindApplied : 0),
                Healing = found.Notes,
                UnfinishedFiles = found.Unfinished.Count,
                StrayFiles = StrayOf(found),
                TornBytes = found.LastScan is { } last ? last.Length - last.EntriesEnd : 0,
            };
        }
        catch (StorageCorruptException damage)
        {
            return facts with { Damage = $"{damage.Path}: {damage.Problem}" };
        }
    }

    /// <summary>Files below the truncation point wait for their deletion, and nobody looks into them: only what stands behind the first that counts is stray.</summary>
    private static int StrayOf(LogInspection found)
    {
        var first = found.Finished.Count > 0 ? found.Finished[0].Name : found.LastFile;
        return found.Obsolete.Count(name => first is not { } kept || name.CompareTo(kept) > 0);
    }
}
