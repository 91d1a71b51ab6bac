using System.Globalization;
using System.Text.RegularExpressions;
using CubeActors.Protocol;

namespace CubeActors.Storage;

/// <summary>What an entry of a disk's root is, judged by its name alone.</summary>
public enum RootEntryKind
{
    /// <summary>A data partition.</summary>
    Partition,
    /// <summary>A partition that the master no longer knew; Go deletes it after seven days.</summary>
    Expired,
    /// <summary>A partition set aside by a forced delete.</summary>
    Backup,
    /// <summary>A partition that this program was deleting when it stopped.</summary>
    Deleting,
    Other,
}

/// <summary>One entry of a disk's root. Nothing is renamed or deleted because of what it is.</summary>
/// <param name="Partition">Of a partition in any state; 0 of others.</param>
/// <param name="Bytes">The partition's size as its name says.</param>
/// <remarks>Source: CubeFS datanode/disk.go RestorePartition.</remarks>
public readonly partial record struct RootEntry(RootEntryKind Kind, string Name, PartitionId Partition, long Bytes)
{
    /// <summary>Matches none of the patterns that Go acts on, so a Go node leaves it alone.</summary>
    internal const string DeletingPrefix = ".cubeactors-deleting-";

    public static RootEntry Classify(string name)
    {
        if (PartitionDirectory.TryParse(name, out var partition, out var bytes)) return new RootEntry(RootEntryKind.Partition, name, partition, bytes);
        if (After(name, SetAsideName.ExpiredPrefix, out partition, out bytes)) return new RootEntry(RootEntryKind.Expired, name, partition, bytes);
        if (After(name, DeletingPrefix, out partition, out bytes)) return new RootEntry(RootEntryKind.Deleting, name, partition, bytes);
        // Unanchored, as Go matches it.
        var backup = BackupName().Match(name);
        return backup.Success && ulong.TryParse(backup.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            && long.TryParse(backup.Groups[2].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out bytes)
            ? new RootEntry(RootEntryKind.Backup, name, new PartitionId(id), bytes)
            : new RootEntry(RootEntryKind.Other, name, default, 0);
    }

    private static bool After(string name, string prefix, out PartitionId partition, out long bytes)
    {
        (partition, bytes) = (default, 0);
        return name.StartsWith(prefix, StringComparison.Ordinal) && PartitionDirectory.TryParse(name.AsSpan(prefix.Length), out partition, out bytes);
    }

    [GeneratedRegex("backup_datapartition_([0-9]+)_([0-9]+)-([0-9]+)", RegexOptions.CultureInvariant)]
    private static partial Regex BackupName();
}
