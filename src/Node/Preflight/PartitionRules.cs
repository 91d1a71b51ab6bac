using CubeActors.Storage;

namespace CubeActors.Node;

/// <summary>Judges one replica for a start of this program. Pure.</summary>
internal static class PartitionRules
{
    private const string Rebuild = "let the master rebuild this replica from the others, or restore the file";

    /// <summary>Ids above are never handed out. Source: CubeFS datanode/storage, the read-only reason of a large base id.</summary>
    public const ulong BaseIdMax = 1UL << 30;

    /// <param name="address"><c>ip:port</c> of the node; null while only a master can tell it.</param>
    public static IEnumerable<Finding> Judge(PartitionFacts partition, string? address)
    {
        var directory = partition.Directory;
        if (partition.MetaDamage is { } metaDamage) yield return Finding.Problem("meta", $"{directory}/META", metaDamage, Rebuild);
        else if (partition.Meta is not { } meta)
        {
            // META is written last: without data this is a creation that was cut short.
            yield return partition.Extents.NormalCount == 0
                ? Finding.Note("meta", directory, "has no META: its creation was cut short; it is completed when the master creates the partition again")
                : Finding.Problem("meta", $"{directory}/META", $"is missing, and {partition.Extents.NormalCount} extents are there", Rebuild);
            yield break;
        }
        else foreach (var finding in JudgeMeta(partition, meta, address)) yield return finding;

        if (partition.AppliedDamage is { } applyDamage) yield return Finding.Problem("apply", $"{directory}/APPLY", applyDamage, Rebuild);
        foreach (var finding in JudgeExtents(directory, partition.Extents)) yield return finding;
        if (partition.Log is { } log)
            foreach (var finding in JudgeLog(partition, log)) yield return finding;
    }

    private static IEnumerable<Finding> JudgeMeta(PartitionFacts partition, PartitionMeta meta, string? address)
    {
        var path = $"{partition.Directory}/META";
        if (meta.DiskErrorCount > 0) yield return Finding.Warning("meta", path, $"counts {meta.DiskErrorCount} disk errors: the replica stays unavailable", "recover the disk at the master (cfs-cli disk recover) once it is sound");
        if (meta.Versions.Count > 0) yield return Finding.Problem("meta", path, $"has {meta.Versions.Count} versions of a snapshot volume", "leave this partition to a CubeFS node: snapshots are not supported");
        if (meta.IsBeingRebuilt) yield return Finding.Note("meta", path, "belongs to a replica that is still being rebuilt");
        if (meta.IsRepairing) yield return Finding.Note("meta", path, "says that the replica is being repaired: it refuses appends until then");
        if (address is not null && meta.Hosts.Count > 0 && !meta.Hosts.Contains(address))
            yield return Finding.Warning("meta", path, $"names the hosts {string.Join(", ", meta.Hosts)}, not {address}", "check localIP and listen, and whether this disk is another node's");
    }

    private static IEnumerable<Finding> JudgeExtents(string directory, ExtentFacts extents)
    {
        foreach (var missing in extents.MissingFiles) yield return Finding.Problem("extents", $"{directory}/{missing}", "is missing", Rebuild);
        foreach (var odd in extents.OddNames) yield return Finding.Warning("extents", $"{directory}/{odd}", "is not the name of an extent and is ignored; a CubeFS node refuses the whole partition because of it", "move it away");
        var last = Math.Max(extents.BaseId, extents.LargestNormalId);
        if (extents.IsBaseDamaged) yield return Finding.Note("extents", $"{directory}/EXTENT_META", $"is damaged; the last id is taken from the extents ({last})");
        if (last > BaseIdMax) yield return Finding.Warning("extents", $"{directory}/EXTENT_META", $"says that extent {last} was the last: above {BaseIdMax} the partition is read-only", "nothing; the master makes other partitions");
        if (extents.Count >= ExtentLimits.ReadOnlyExtentCount) yield return Finding.Warning("extents", directory, $"has {extents.Count} extents: from {ExtentLimits.ReadOnlyExtentCount} on it is read-only", "nothing; the master makes other partitions");
        // One more is what a node reserves ahead without having written it.
        if (extents.CrcBytes % sizeof(uint) != 0 || extents.CrcBytes > (long)Math.Min(last + 1, long.MaxValue / ExtentFacts.CrcRecordBytes) * ExtentFacts.CrcRecordBytes)
            yield return Finding.Warning("extents", $"{directory}/EXTENT_CRC", $"has {extents.CrcBytes} bytes, which do not fit a last extent {last}", "check whether the file was copied from elsewhere; block checksums are compared when blocks are read");
        if (extents.TinyDeleteTornBytes > 0) yield return Finding.Note("extents", $"{directory}/TINYEXTENT_DELETE", "ends within a record, which the start fills up with zeros");
        if (extents.NormalDeleteTornBytes > 0) yield return Finding.Note("extents", $"{directory}/NORMALEXTENT_DELETE", "ends within a record; only operators read this file");
        if (extents.Hint is not null) yield return Finding.Note("extents", $"{directory}/{ExtentHint.Name}", "is not read, and deleted at the start: the extents are listed");
    }

    private static IEnumerable<Finding> JudgeLog(PartitionFacts partition, RaftLogFacts log)
    {
        var directory = $"{partition.Directory}/{RaftLog.DirectoryName(partition.Entry.Partition)}";
        if (log.Damage is { } damage)
        {
            yield return Finding.Problem("log", directory, damage, "let the master rebuild this replica from the others");
            yield break;
        }

        if (log.Loss != RaftLogLoss.None || log.IsMarked)
            yield return Finding.Warning("log", directory, $"shows that entries or votes were lost ({Describe(log)})", "none; the replica neither votes nor leads until a leader has brought it up to date");
        foreach (var name in log.ForeignNames) yield return Finding.Warning("log", $"{directory}/{name}", "is not a log file and is ignored; a CubeFS node takes it for one", "move it away");
        foreach (var note in log.Healing) yield return Finding.Note("log", directory, $"is healed at the start: {note}");
        if (log.Exists && partition.Meta is { } meta && meta.ApplyId > log.Last.Index && log.Last.Index > 0)
            yield return Finding.Warning("apply", $"{partition.Directory}/META", $"says that overwrites up to {meta.ApplyId} are applied, and the log ends at {log.Last.Index}", "none; overwrites up to there are not applied again when a leader sends them");
    }

    public static string Describe(RaftLogFacts log) => log.Loss == RaftLogLoss.None ? "an earlier start found it" : log.Loss.ToString();
}
