using System.Collections.Concurrent;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Storage;

// The lists of extents that a clean stop leaves for the next start.
public sealed partial class DiskRoot
{
    private readonly ConcurrentDictionary<PartitionId, byte[]> _closed = new(); // of this run
    private readonly ConcurrentDictionary<PartitionId, ReadOnlyMemory<byte>> _kept = new(); // of the run before

    /// <summary>Opens the store of a partition. Where the last run has left a list of its extents, and the directory has the same names as then, their files are looked at later.</summary>
    /// <param name="directory">As <see cref="DirectoryOf"/> names it.</param>
    /// <param name="settings">With <see cref="ExtentStoreSettings.FoundIsDurable"/> for the first time since the disk was taken.</param>
    public ExtentStore OpenPartition(PartitionMeta meta, string directory, ExtentStoreSettings settings)
    {
        _closed.TryRemove(meta.Partition, out _);
        // A replica that is being filled is compared with others by its lists, at once.
        var hasKept = _kept.TryRemove(meta.Partition, out var kept) && settings.FoundIsDurable && !meta.IsRepairing;
        return ExtentStore.Open(_files, directory, hasKept ? settings with { Kept = kept } : settings);
    }

    /// <summary>Closes the store of a partition and makes it durable; nothing writes into its directory any more. What it holds is kept for <see cref="MarkCleanStop"/>.</summary>
    public void ClosePartition(PartitionId partition, ExtentStore store)
    {
        store.Close();
        if (store.Keep() is { } kept) _closed[partition] = kept;
    }

    /// <returns>Null: no list of this stop.</returns>
    private string? SaveKeptExtents()
    {
        if (_closed.IsEmpty) return null; // an older one stays, and no record names it: a start that is refused leaves the disk as it was
        try
        {
            if (KeptExtentsFile.Save(_files, Path, _closed.ToArray()) is { } hash) return hash;
        }
        catch (DiskFaultException fault) when (fault.IsNoSpace)
        {
            // The next start walks.
        }

        KeptExtentsFile.Delete(_files, Path);
        return null;
    }

    private void LoadKeptExtents(BootRecord? record)
    {
        if (Verdict == BootVerdict.CleanStop && record?.Extents is { } hash)
            foreach (var (partition, kept) in KeptExtentsFile.Load(_files, Path, hash)) _kept[partition] = kept;
    }
}
