using CubeActors.Storage;

namespace CubeActors.Node;

/// <summary>Judges whether a CubeFS node may take disks back from this program. Pure.</summary>
/// <remarks>Source: what CubeFS 3.5.3 does with each file at its start: datanode/partition.go LoadDataPartition, depends/tiglabs/raft/storage/wal.</remarks>
internal static class HandbackRules
{
    private const string StopCleanly = "start this node, wait until it is ready, stop it with SIGTERM, and check again";
    private const string CatchUp = "start this node, wait until its replicas have caught up (/readyz?verbose), stop it with SIGTERM, and check again";
    private const string Rebuild = "let the master rebuild this replica from the others";

    /// <summary>Fewer bytes than this in META of a log, other than none or the hard state alone, and CubeFS refuses the log.</summary>
    private const int LogMetaBytes = 40, HardStateBytes = 24;

    public static IEnumerable<Finding> Judge(SurveyedDisk disk, MachineFacts machine)
    {
        var path = disk.Root.Path;
        if (disk.Root.Trouble is { } trouble)
        {
            yield return Finding.Warning("disk", path, $"{trouble}: a CubeFS node would leave it out without a word", "mount it");
            yield break;
        }

        var use = machine.UseOf(path);
        if (use.LockHolder is { } node) yield return Finding.Problem("disk", path, $"is in use by the running node ({node}); a CubeFS node would not see its lock", "stop the node with SIGTERM");
        else if (use.Others.Count > 0) yield return Finding.Problem("disk", path, $"has files open in {string.Join("; ", use.Others)}", "stop what uses the disk");
        if (use.LockHolder is null)
            foreach (var finding in JudgeStop(disk)) yield return finding;
        foreach (var finding in JudgeOwnFiles(disk)) yield return finding;
        if (disk.Fault is { } fault) yield return Finding.Problem("disk", path, $"could not be read to the end: {fault}", "look at the kernel's log; replace the disk if it fails");
        foreach (var partition in disk.Partitions)
            foreach (var finding in Judge(partition)) yield return finding;
    }

    public static IEnumerable<Finding> JudgeNode(NodeSettings settings)
    {
        if (settings.DataNode.Storage.ReserveFloorBytes < DiskSpace.DefaultReserveBytes)
            yield return Finding.Warning("config", "cubeactors.storage.reserve-floor", $"is {Quantity.FormatBytes(settings.DataNode.Storage.ReserveFloorBytes)}; a CubeFS node keeps {Quantity.FormatBytes(DiskSpace.DefaultReserveBytes)} free and is read-only below", "see that each disk has more free");
        yield return Finding.Note("identity", $"{settings.RaftDirectory}/{RaftDirectory.StateDirectoryName}", "is this program's, if it is there; a CubeFS node does not look at it");
    }

    public static IEnumerable<Finding> Judge(PartitionFacts partition)
    {
        var directory = partition.Directory;
        if (partition.MetaDamage is { } metaDamage) yield return Finding.Problem("meta", $"{directory}/META", $"{metaDamage}; a CubeFS node leaves the partition out", Rebuild);
        else if (partition.Meta is null) yield return Finding.Warning("meta", directory, "has no META: a creation that was cut short; a CubeFS node leaves it out", "nothing, or delete the directory if it holds no extent");
        if (partition.Leftovers.Contains(PartitionFacts.DangerousLeftover))
            yield return Finding.Problem("meta", $"{directory}/{PartitionFacts.DangerousLeftover}", "is left from a save that was cut short; a CubeFS node writes into it without cutting it and can spoil META", "delete it");
        foreach (var key in partition.OwnMetaKeys) yield return JudgeKey(partition, key);
        if (partition.AppliedDamage is { } applyDamage) yield return Finding.Problem("apply", $"{directory}/APPLY", $"{applyDamage}; a CubeFS node leaves the partition out", Rebuild);
        foreach (var finding in JudgeExtents(directory, partition.Extents)) yield return finding;
        if (partition.Log is { Exists: true } log)
            foreach (var finding in JudgeLog(partition, log)) yield return finding;
    }

    private static IEnumerable<Finding> JudgeStop(SurveyedDisk disk)
    {
        var path = disk.Root.Path;
        if (disk.Root.BootDamage is { } damage) yield return Finding.Warning("disk", path, damage, "a CubeFS node does not look at it; check with the version that wrote it");
        else if (disk.Root.Boot is null) yield return Finding.Note("disk", path, "has no record of this program, which has never used it");
        else if (disk.Root.Verdict == BootVerdict.Unknown) yield return Finding.Note("disk", path, "was used by a CubeFS node since this program ran");
        else if (disk.Root.Verdict == BootVerdict.CleanStop) yield return Finding.Note("disk", path, "was stopped cleanly: everything is synced");
        else if (disk.Root.Verdict == BootVerdict.SameBoot)
            yield return Finding.Warning("disk", path, "was not stopped cleanly; what was written is in the kernel's memory and will be on the disk in a while", StopCleanly);
        else yield return Finding.Problem("disk", path, "was not stopped cleanly before the machine restarted: raft logs may have lost their ends, and a CubeFS node would vote with them", CatchUp);
    }

    private static IEnumerable<Finding> JudgeOwnFiles(SurveyedDisk disk)
    {
        var path = disk.Root.Path;
        foreach (var entry in disk.Root.Entries.Where(entry => entry.Kind == RootEntryKind.Deleting))
            yield return Finding.Warning("disk", $"{path}/{entry.Name}", "is a partition that this program was deleting; a CubeFS node leaves it there for ever", "delete it, or start this node once and stop it");
        if (disk.Root.Boot is not null) yield return Finding.Note("disk", $"{path}/{BootRecord.Name}", "is this program's record; a CubeFS node does not look at it, and without it this program trusts the disk less");
    }

    private static Finding JudgeKey(PartitionFacts partition, MetaKey key)
    {
        const string copiedUpTo = "CopiedUpTo"; // a replica that was copied has overwrites up to this index, whatever APPLY says
        const string ignored = "a CubeFS node ignores it and loses it when it saves META";
        return key.Name == copiedUpTo && key.Number > partition.Applied
            ? Finding.Problem("meta", $"{partition.Directory}/META", $"has the key {key.Name} {key.Number}, and applied is {partition.Applied}: {ignored}, and would apply old overwrites to a newer copy", CatchUp)
            : Finding.Note("meta", $"{partition.Directory}/META", $"has the key {key.Name}: {ignored}, which does no harm");
    }

    private static IEnumerable<Finding> JudgeExtents(string directory, ExtentFacts extents)
    {
        foreach (var missing in extents.MissingFiles) yield return Finding.Problem("extents", $"{directory}/{missing}", "is missing; a CubeFS node leaves the partition out", Rebuild);
        foreach (var odd in extents.OddNames) yield return Finding.Problem("extents", $"{directory}/{odd}", "is not the name of an extent; a CubeFS node refuses the whole partition because of it", "move it away");
        if (extents.NormalDeleteTornBytes > 0) yield return Finding.Warning("extents", $"{directory}/NORMALEXTENT_DELETE", "ends within a record; a CubeFS node goes on behind it, and /getNormalDeleted shows nonsense from there", $"cut the last {extents.NormalDeleteTornBytes} bytes off, or leave it: nothing else reads the file");
        if (extents.TinyDeleteTornBytes > 0) yield return Finding.Note("extents", $"{directory}/TINYEXTENT_DELETE", "ends within a record, which a CubeFS node fills up with zeros");
        if (extents.IsBaseDamaged) yield return Finding.Note("extents", $"{directory}/EXTENT_META", "is damaged; a CubeFS node takes the last id from the extents");
        if (extents.Hint is not { } hint) yield break;
        // A CubeFS node takes its extents from this list without looking at the directory.
        var problem = hint.TornBytes > 0 ? "is cut short" : hint.Records < extents.Count ? $"lists {hint.Records} of {extents.Count} extents" : hint.IsOlderThanStore ? "is older than the files of the store" : null;
        yield return problem is null
            ? Finding.Note("extents", $"{directory}/{ExtentHint.Name}", "was left by a CubeFS node and nothing has changed since")
            : Finding.Problem("extents", $"{directory}/{ExtentHint.Name}", $"{problem}; a CubeFS node believes it without looking, and would lose extents", "delete it");
    }

    private static IEnumerable<Finding> JudgeLog(PartitionFacts partition, RaftLogFacts log)
    {
        var directory = $"{partition.Directory}/{RaftLog.DirectoryName(partition.Entry.Partition)}";
        if (log.Damage is { } damage)
        {
            yield return Finding.Problem("log", directory, $"{damage}; a CubeFS node would cut it there without a word, or end the group", Rebuild);
            yield break;
        }

        if (log.IsMarked || log.Loss != RaftLogLoss.None)
            yield return Finding.Problem("log", $"{directory}/{RaftLog.LossMarkName}", $"entries or votes were lost ({PartitionRules.Describe(log)}); a CubeFS node does not look at the mark and would vote and lead all the same", CatchUp);
        foreach (var name in log.ForeignNames) yield return Finding.Problem("log", $"{directory}/{name}", "is not a log file; a CubeFS node takes it for one", "move it away");
        if (log.MetaBytes is not (0 or HardStateBytes) && log.MetaBytes < LogMetaBytes) yield return Finding.Problem("log", $"{directory}/META", $"has {log.MetaBytes} bytes; a CubeFS node refuses it", Rebuild);
        if (log.UnfinishedFiles > 0 || log.StrayFiles > 0)
            yield return Finding.Problem("log", directory, $"has {log.UnfinishedFiles} files without index and {log.StrayFiles} that do not belong to it, as a crash leaves them; a CubeFS group ends when it reads them", StopCleanly);
        if (log.TornBytes > 0) yield return Finding.Note("log", directory, $"ends with {log.TornBytes} bytes that are no entry; a CubeFS node cuts them off as this program does");
        if (log.HardState.Term > 0 && log.HardState.Commit < log.Truncated.Index)
            yield return Finding.Problem("log", $"{directory}/META", $"has the commit index {log.HardState.Commit}, below the truncation point {log.Truncated.Index}; a CubeFS node does not make the group", CatchUp);
        if (partition.Applied is > 0 and var applied && applied < log.Truncated.Index)
            yield return Finding.Problem("apply", $"{partition.Directory}/APPLY", $"is {applied}, below the truncation point {log.Truncated.Index} of the log; a CubeFS node does not make the group", CatchUp);
        if (partition.Meta is { } meta && meta.ApplyId > log.Last.Index && log.Last.Index > 0)
            yield return Finding.Warning("apply", $"{partition.Directory}/META", $"says that overwrites up to {meta.ApplyId} are applied, and the log ends at {log.Last.Index}: a CubeFS node skips what a leader sends up to there", CatchUp);
    }
}
