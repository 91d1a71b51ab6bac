using CubeActors.Protocol;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

/// <summary>Somebody else has the disk: two programs on one disk would destroy each other's data.</summary>
public sealed class DiskLockedException(string path, string holder)
    : Exception($"{path}: the disk is in use by another process (last recorded: {holder}). Stop it first; the lock ends with the process.")
{
    public string Path { get; } = path;
}

/// <summary>One data disk: holds its lock from <see cref="Open"/> to Dispose, lists it, measures it, makes and deletes partition directories.</summary>
/// <remarks>
/// Nothing found on the disk is renamed or deleted on its own account: who calls has decided. The methods block; they are for the disk's
/// threads.
/// </remarks>
public sealed partial class DiskRoot : IDisposable
{
    private readonly IFileSystem _files;
    private readonly IDisposable _lock;
    private readonly string _bootId;
    private volatile string _recordedBootId; // that of the last run, as long as what it may have lost is not noted everywhere
    private readonly string _process;

    private DiskRoot(IFileSystem files, string path, IDisposable held, string bootId, string process, BootVerdict verdict, string recordedBootId,
        bool hints)
    {
        (_files, Path, _lock, _bootId, _process, Verdict, BlockCrcsAreHints) = (files, path, held, bootId, process, verdict, hints);
        _recordedBootId = recordedBootId;
    }

    /// <summary>Absolute, without a slash at the end.</summary>
    public string Path { get; }

    /// <summary>The device under the root when it was opened; see <see cref="IFileSystem.DeviceId"/>.</summary>
    public ulong DeviceId { get; private init; }

    /// <summary>How the last run left the disk.</summary>
    public BootVerdict Verdict { get; }

    /// <summary>What opening it met and coped with, as a sentence; null where all was as it should be.</summary>
    public string? Problem { get; private set; }

    /// <summary>Stored block CRCs of this disk may be stale; for <see cref="ExtentStoreSettings.BlockCrcsAreHints"/>.</summary>
    public bool BlockCrcsAreHints { get; }

    /// <summary>Takes the disk: locks it, judges its boot record, writes .diskStatus and a record of this run.</summary>
    /// <param name="bootId"><see cref="KernelBoot.ReadId"/>.</param>
    /// <param name="process">Names this process to whoever finds the disk locked, for example <c>datanode 10.0.0.1:17310, pid 4711</c>.</param>
    /// <exception cref="DiskLockedException">Another process has it.</exception>
    /// <exception cref="DiskMissingException">There is no such directory.</exception>
    /// <exception cref="StorageCorruptException">A later version's record.</exception>
    public static DiskRoot Open(IFileSystem files, string path, string bootId, string process)
    {
        path = path.Length > 1 ? path.TrimEnd('/') : path;
        if (files.Stat(path) is not { IsDirectory: true }) throw new DiskMissingException(path);
        var held = files.TryLockDirectory(path) ?? throw new DiskLockedException(path, HolderOf(files, path));
        try
        {
            var entries = ListOf(files, path);
            var record = BootRecord.Load(files, path);
            // Thousands of directories are looked into only where the answer counts.
            var newestState = record is { CleanStop: true } ? NewestStateAt(files, path, entries) : 0;
            var verdict = BootRecord.Judge(record, bootId, ModifiedAt(files, $"{path}/{BootRecord.Name}"),
                ModifiedAt(files, $"{path}/{StatusProbe.DiskName}"), newestState);
            // A disk without partitions has no CRC that anybody else could have written.
            var hints = (verdict is BootVerdict.DirtyBoot or BootVerdict.Unknown || record!.BlockCrcsAreHints)
                && entries.Any(entry => entry.Kind is not RootEntryKind.Other);
            var root = new DiskRoot(files, path, held, bootId, process, verdict, verdict == BootVerdict.DirtyBoot ? record!.BootId : bootId, hints)
            {
                DeviceId = files.DeviceId(path),
                IsDecommissioned = files.Stat($"{path}/{DecommissionMark}") is not null,
            };
            root.LoadKeptExtents(record);
            try
            {
                root.Probe();
            }
            catch (Runtime.DiskFaultException fault) when (fault.IsNoSpace)
            {
                // What it holds can be read all the same. What the record said of the last run does not hold for this one, and removing it needs no room.
                BootRecord.Delete(files, path);
                root.Problem = $"there is no space even for {StatusProbe.DiskName} and {BootRecord.Name}, so that the next start cannot tell how this run ended: {fault.Message}";
            }

            return root;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>What lies in the root, by name. A partition id may appear more than once; the caller decides.</summary>
    public IReadOnlyList<RootEntry> List() => ListOf(_files, Path);

    public string DirectoryOf(in RootEntry entry) => $"{Path}/{entry.Name}";

    /// <summary>Measures the disk. Total, Available and Used leave out what must stay free.</summary>
    /// <param name="reserveBytes">See <see cref="DiskSpace.Compute"/>; the floor is the caller's.</param>
    public DiskSpace MeasureSpace(long reserveBytes, long repairBytes = 0) => DiskSpace.Compute(_files.Space(Path), reserveBytes, repairBytes);

    /// <summary>Writes and reads .diskStatus, then renews the record of this run. Every two minutes, as CubeFS does.</summary>
    /// <returns>False if the disk is not there any more; nothing was written to what lies under its path now.</returns>
    /// <exception cref="Runtime.DiskFaultException">The disk does not work.</exception>
    public bool TryProbe()
    {
        if (!IsPresent() || !StatusProbe.TryRun(_files, Path, StatusProbe.DiskName)) return false;
        Record(cleanStop: false);
        return true;
    }

    /// <summary>The same, and makes .diskStatus where it is missing: the disk is being taken.</summary>
    /// <exception cref="Runtime.DiskFaultException">The disk does not work.</exception>
    public void Probe()
    {
        StatusProbe.Run(_files, Path, StatusProbe.DiskName);
        Record(cleanStop: false);
    }

    /// <summary>Makes a partition; see <see cref="PartitionDirectory.Create"/>.</summary>
    public ExtentStore CreatePartition(PartitionMeta meta, ExtentStoreSettings settings)
    {
        _closed.TryRemove(meta.Partition, out _); // of one that was there before
        return PartitionDirectory.Create(_files, Path, meta, settings);
    }

    /// <summary>Says that everything on the disk was synced: the last act before Dispose, after all stores and logs are closed.</summary>
    /// <remarks>Without <see cref="SettleBoot"/> the stop does not count as clean: the next start has to look again for what may be lost.</remarks>
    public void MarkCleanStop() => Record(cleanStop: _recordedBootId == _bootId, SaveKeptExtents());

    /// <summary>After a <see cref="BootVerdict.DirtyBoot"/>: every raft log of the disk has been opened and keeps its own note of what it may have lost.</summary>
    /// <remarks>Before, a start that is killed must be judged like the one it interrupted; so long the record names the boot before.</remarks>
    public void SettleBoot()
    {
        if (_recordedBootId == _bootId) return;
        _recordedBootId = _bootId;
        Record(cleanStop: false);
    }

    /// <summary>Gives the lock back.</summary>
    public void Dispose() => _lock.Dispose();

    private void Record(bool cleanStop, string? extents = null) =>
        new BootRecord(BootRecord.CurrentFormat, _recordedBootId, cleanStop, BlockCrcsAreHints, _process, extents).Save(_files, Path);

    private static List<RootEntry> ListOf(IFileSystem files, string path) =>
        [.. (files.List(path) ?? []).Order(StringComparer.Ordinal).Select(RootEntry.Classify)];

    private static long ModifiedAt(IFileSystem files, string path) => files.Stat(path)?.ModifiedSeconds ?? 0;

    /// <summary>When a META or raft log of the disk was last written.</summary>
    internal static long NewestStateAt(IFileSystem files, string path, IReadOnlyList<RootEntry> entries)
    {
        long newest = 0;
        foreach (var entry in entries)
        {
            if (entry.Kind != RootEntryKind.Partition) continue;
            var directory = $"{path}/{entry.Name}";
            newest = Math.Max(newest, ModifiedAt(files, $"{directory}/{PartitionMeta.Name}"));
            var log = $"{directory}/wal_{entry.Partition.Value}";
            foreach (var name in files.List(log) ?? []) newest = Math.Max(newest, ModifiedAt(files, $"{log}/{name}"));
        }
        return newest;
    }

    private static string HolderOf(IFileSystem files, string path)
    {
        try
        {
            return BootRecord.Load(files, path)?.Process ?? "unknown";
        }
        catch (StorageCorruptException)
        {
            return "a later version of this program";
        }
    }
}
