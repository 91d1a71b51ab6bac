using CubeActors.Protocol;

namespace CubeActors.Storage;

// Partitions that are kept and not served, and those whose files are to go.
public sealed partial class DiskRoot
{
    /// <summary>Backups of one partition within one second, beyond which a name is not searched for.</summary>
    private const int SecondsTried = 600;

    /// <summary>Takes a partition's directory out of sight, durably: no start finds the partition again. <see cref="FinishDeletes"/> removes the files.</summary>
    /// <remarks>The caller has closed its store.</remarks>
    /// <returns>False if there is no such directory.</returns>
    public bool BeginDelete(PartitionId partition, long bytes) => Hide(PartitionDirectory.NameOf(partition, bytes), partition, bytes);

    /// <summary>The same for what was set aside.</summary>
    public bool BeginDelete(in RootEntry setAside) => Hide(setAside.Name, setAside.Partition, setAside.Bytes);

    /// <summary>Removes files of deleted partitions, also those that an earlier run has left.</summary>
    /// <param name="namesMax">Files and directories to be removed at most, so that a disk's thread gets to other work in between.</param>
    /// <returns>True if nothing is left; otherwise the next call goes on.</returns>
    public bool FinishDeletes(int namesMax)
    {
        var left = namesMax;
        var removed = false;
        foreach (var entry in List())
        {
            if (entry.Kind != RootEntryKind.Deleting) continue;
            if (!TryDeleteTree(DirectoryOf(entry), ref left)) return false;
            removed = true;
        }

        if (removed) _files.SyncDirectory(Path);
        return true;
    }

    /// <summary>Sets a partition aside whose replica the master does not know: <c>expired_</c>. Durable on return; the caller has closed its store.</summary>
    /// <remarks>Where that name is taken by an earlier one it becomes a backup: neither is given up for the other.</remarks>
    /// <returns>The new entry; null if there is no such directory.</returns>
    public RootEntry? Expire(PartitionId partition, long bytes, DateTime local)
    {
        var name = SetAsideName.Expired(partition, bytes);
        return _files.Stat($"{Path}/{name}") is null ? Move(partition, bytes, name) : BackUp(partition, bytes, local);
    }

    /// <summary>Sets a partition aside by order: <c>backup_</c>. Durable on return; the caller has closed its store.</summary>
    /// <returns>The new entry; null if there is no such directory.</returns>
    public RootEntry? BackUp(PartitionId partition, long bytes, DateTime local)
    {
        for (var second = 0; second < SecondsTried; second++)
        {
            var name = SetAsideName.Backup(partition, bytes, local.AddSeconds(second));
            if (_files.Stat($"{Path}/{name}") is null) return Move(partition, bytes, name);
        }

        throw new StorageCorruptException(Path, $"there are {SecondsTried} backups of partition {partition} of this moment", "Remove some of them");
    }

    /// <summary>Gives a backup its place among the partitions back. Durable on return.</summary>
    /// <returns>The partition's entry; null if the backup is gone.</returns>
    /// <exception cref="StorageCorruptException">The partition is there.</exception>
    public RootEntry? TakeBack(in RootEntry backup)
    {
        if (_files.Stat(DirectoryOf(backup)) is null) return null;
        var name = PartitionDirectory.NameOf(backup.Partition, backup.Bytes);
        if (_files.Stat($"{Path}/{name}") is not null)
            throw new StorageCorruptException($"{Path}/{name}", "it is there already, and is not replaced by a backup", "Delete or move one of the two");
        _files.Rename(DirectoryOf(backup), $"{Path}/{name}");
        _files.SyncDirectory(Path);
        return new RootEntry(RootEntryKind.Partition, name, backup.Partition, backup.Bytes);
    }

    /// <summary>When a directory got its name (ctime); null if it is gone.</summary>
    public DateTimeOffset? ChangedAt(in RootEntry entry) =>
        _files.Stat(DirectoryOf(entry)) is { } status ? DateTimeOffset.FromUnixTimeSeconds(status.ChangedSeconds) : null;

    private RootEntry? Move(PartitionId partition, long bytes, string name)
    {
        var from = $"{Path}/{PartitionDirectory.NameOf(partition, bytes)}";
        if (_files.Stat(from) is null) return null;
        _files.Rename(from, $"{Path}/{name}");
        _files.SyncDirectory(Path);
        return RootEntry.Classify(name);
    }

    private bool Hide(string name, PartitionId partition, long bytes)
    {
        if (_files.Stat($"{Path}/{name}") is null) return false;
        var hidden = $"{Path}/{RootEntry.DeletingPrefix}{PartitionDirectory.NameOf(partition, bytes)}";
        var all = int.MaxValue;
        TryDeleteTree(hidden, ref all); // an earlier partition of this name whose files were not all removed yet
        _files.Rename($"{Path}/{name}", hidden);
        _files.SyncDirectory(Path);
        return true;
    }

    private bool TryDeleteTree(string directory, ref int left)
    {
        foreach (var name in _files.List(directory) ?? [])
        {
            if (left <= 0) return false;
            var path = $"{directory}/{name}";
            // A link is removed, never followed: what it points to is not ours.
            if (_files.Stat(path, followLink: false) is { IsDirectory: true })
            {
                if (!TryDeleteTree(path, ref left)) return false;
                continue;
            }

            _files.DeleteFile(path);
            left--;
        }

        _files.DeleteDirectory(directory);
        left--;
        return true;
    }
}
