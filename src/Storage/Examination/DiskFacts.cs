using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

/// <summary>What lies on one disk, seen without changing it and without its lock.</summary>
/// <param name="Path">As configured.</param>
/// <param name="Trouble">Null, or why nothing could be seen: not there, no directory, an error of the disk.</param>
/// <param name="Boot">Null without a boot record.</param>
/// <param name="Verdict">What the boot record is worth; with a record and Unknown, another program, a CubeFS node, has used the disk since.</param>
/// <param name="Device">Equal for two disks on one file system.</param>
public sealed record DiskFacts(
    string Path, string? Trouble, FileSystemSpace Space, ulong Device, IReadOnlyList<RootEntry> Entries, bool HasStatusFile, bool IsMarkedDecommissioned, BootRecord? Boot,
    string? BootDamage, BootVerdict Verdict, string? ClusterUuid)
{
    /// <summary>Presence marks the disk as decommissioned. Source: CubeFS datanode/disk.go.</summary>
    public const string DecommissionMark = "decommissionDiskMark";

    public IEnumerable<RootEntry> Partitions => Entries.Where(entry => entry.Kind == RootEntryKind.Partition);

    /// <summary>Looks at the root only.</summary>
    /// <param name="bootId">See <see cref="KernelBoot.ReadId"/>.</param>
    public static DiskFacts Read(IFileSystem files, string path, string bootId)
    {
        try
        {
            if (files.Stat(path) is not { } status) return Nothing(path, "does not exist");
            if (!status.IsDirectory) return Nothing(path, "is not a directory");
            var names = files.List(path) ?? [];
            BootRecord? boot = null;
            string? bootDamage = null;
            try
            {
                boot = BootRecord.Load(files, path);
            }
            catch (StorageCorruptException damage)
            {
                bootDamage = damage.Message;
            }

            RootEntry[] entries = [.. names.Order(StringComparer.Ordinal).Select(RootEntry.Classify)];
            // As at a start: it counts after a clean stop only, and thousands of directories are looked into for it.
            var newestState = boot is { CleanStop: true } ? DiskRoot.NewestStateAt(files, path.TrimEnd('/'), entries) : 0;
            var verdict = BootRecord.Judge(boot, bootId, ModifiedAt(BootRecord.Name), ModifiedAt(StatusProbe.DiskName), newestState);
            return new DiskFacts(
                path, null, files.Space(path), files.DeviceId(path), entries, names.Contains(StatusProbe.DiskName), names.Contains(DecommissionMark), boot, bootDamage, verdict,
                ClusterVersionFile.Load(files, path));
        }
        catch (DiskFaultException fault)
        {
            return Nothing(path, $"cannot be read: {fault.Message}");
        }

        long ModifiedAt(string name) => files.Stat($"{path}/{name}")?.ModifiedSeconds ?? 0;
    }

    private static DiskFacts Nothing(string path, string trouble) => new(path, trouble, default, 0, [], false, false, null, null, BootVerdict.Unknown, null);
}
