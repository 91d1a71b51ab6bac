using CubeActors.Protocol;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

public sealed partial class RaftLog
{
    /// <summary>The directory of a group's log in the directory of its partition.</summary>
    public static string DirectoryName(PartitionId group) => $"wal_{group.Value.ToString(System.Globalization.CultureInfo.InvariantCulture)}";

    /// <summary>Opens a log, makes it first where there is none, and heals what a crash has left.</summary>
    /// <remarks>
    /// All that the report says is durable on return. First everything is looked at and judged, then everything is changed; a crash while it is changed is healed by the next
    /// Open.
    /// </remarks>
    /// <param name="directory">Absolute; the directory above it exists.</param>
    /// <param name="applied">What <see cref="ApplyFile"/> says.</param>
    /// <exception cref="StorageCorruptException">The log is damaged as no crash damages it; the message names file and offset. Nothing was changed.</exception>
    public static RaftLog Open(IFileSystem files, string directory, RaftLogSettings settings, ulong applied, RaftLogStaging staging)
    {
        var isNew = files.CreateDirectory(directory);
        var found = LogInspection.Run(files, directory, settings.UnsyncedMayBeLost);
        var loss = found.Loss | LossBehind(found, applied);
        // Not only after making it: a process that was killed right then has left a name in the page cache only.
        if (isNew || !settings.FoundIsDurable) files.SyncDirectory(directory[..directory.LastIndexOf('/')]);
        var isMarked = files.Stat($"{directory}/{LossMarkName}") is not null;
        if (isMarked || settings.MustCatchUp) loss |= RaftLogLoss.NotCaughtUp;
        // Before anything is healed, which removes what tells of the loss.
        if (loss != RaftLogLoss.None && !isMarked) Mark(files, directory);
        var meta = OpenMeta(files, directory, out var isNewMeta);
        SharedFile? last = null;
        try
        {
            last = new SharedFile(Heal(files, directory, found, staging, settings.FoundIsDurable && !isNewMeta));
            if (!settings.FoundIsDurable) meta.Sync(); // a new one is synced already
            var log = new RaftLog(files, directory, settings, meta, found, last);
            log.Report = log.Describe(found, applied, loss);
            log._isMarked = loss != RaftLogLoss.None;
            log._commit = log.Report.HardState.Commit;
            return log;
        }
        catch
        {
            last?.Release();
            meta.Dispose();
            throw;
        }
    }

    private static LogMeta OpenMeta(IFileSystem files, string directory, out bool isNew)
    {
        var file = files.OpenOrCreate($"{directory}/{LogMeta.Name}", FilePermission.Private);
        try
        {
            var meta = new LogMeta(file);
            isNew = file.Length == 0;
            if (!isNew) return meta;
            meta.Save(default, default);
            meta.Sync();
            return meta;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <returns>The last file, cut to its entries. All durable on return.</returns>
    private static IFile Heal(IFileSystem files, string directory, LogInspection found, RaftLogStaging staging, bool isDurable)
    {
        foreach (var (name, scan) in found.Unfinished)
        {
            var path = $"{directory}/{name}";
            using var file = files.TryOpen(path) ?? throw new StorageCorruptException(path, "the file disappears while the log is opened", "Stop the other process");
            file.SetLength(scan.EntriesEnd);
            Finish(file, scan.First, [.. scan.Offsets], StoredTerms.Of(scan.Runs), scan.EntriesEnd, staging);
        }
        // A new file comes before the old ones go, as in a snapshot's install.
        var last = found.LastFile is { } kept ? files.OpenOrCreate($"{directory}/{kept}", FilePermission.Private) : Create(files, $"{directory}/{found.NewFile}");
        try
        {
            // Also where the last file was there: a killed process may have made it, and nobody has synced its name since.
            var isSound = isDurable && found.LastFile is not null && found.Unfinished.Count == 0;
            if (!isSound) files.SyncDirectory(directory);
            foreach (var obsolete in found.Obsolete) files.DeleteFile($"{directory}/{obsolete}");
            if (found.Obsolete.Count > 0) files.SyncDirectory(directory);
            var isCut = found.LastScan is { } scan && scan.Length > scan.EntriesEnd;
            if (isCut) last.SetLength(found.LastScan!.EntriesEnd);
            // What a killed process wrote may be in the page cache only, and nothing will be written about it again before it is promised.
            if (!isSound || isCut) last.Sync();
            return last;
        }
        catch
        {
            last.Dispose();
            throw;
        }
    }

    private static RaftLogLoss LossBehind(LogInspection found, ulong applied) =>
        (found.HardState.Commit > found.Last.Index ? RaftLogLoss.BehindCommit : RaftLogLoss.None)
        | (applied > found.Last.Index ? RaftLogLoss.BehindApplied : RaftLogLoss.None);

    private static void Mark(IFileSystem files, string directory)
    {
        files.OpenOrCreate($"{directory}/{LossMarkName}", FilePermission.Private).Dispose();
        files.SyncDirectory(directory);
    }

    private RaftLogReport Describe(LogInspection found, ulong applied, RaftLogLoss loss)
    {
        var (truncated, last, stored) = (found.Truncated, found.Last, found.HardState);
        var effectiveApplied = Math.Clamp(applied, truncated.Index, last.Index);
        // What was applied or truncated was committed, whatever META had time to say.
        var commit = Math.Clamp(Math.Max(stored.Commit, effectiveApplied), truncated.Index, last.Index);
        var state = stored.Term >= last.Term ? stored with { Commit = commit } : new HardState(last.Term, default, commit);
        var known = Math.Max(Math.Max(stored.Commit, applied), Math.Max(found.HighestSeen, last.Index));
        return new RaftLogReport(state, truncated, last, _terms.Behind(truncated.Index, last.Index), effectiveApplied, loss, known, found.Notes);
    }
}
