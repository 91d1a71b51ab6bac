using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

/// <summary>What lies on one disk, seen without changing it and without its lock.</summary>
/// <param name="Path">As configured.</param>
/// <param name="Trouble">Null, or why nothing could be seen: not there, no directory, an error of the disk.</param>
/// <param name="Boot">Null without a boot record.</param>
/// <param name="RunSince">A program that does not write our boot record, a CubeFS node, has used the disk since.</param>
/// <param name="Device">Equal for two disks on one file system.</param>
public sealed record DiskFacts(
    string Path, string? Trouble, FileSystemSpace Space, ulong Device, IReadOnlyList<RootEntry> Entries, bool HasStatusFile, bool IsMarkedDecommissioned, BootRecord? Boot,
    string? BootDamage, bool RunSince, string? ClusterUuid)
{
    /// <summary>Presence marks the disk as decommissioned. Source: CubeFS datanode/disk.go.</summary>
    public const string DecommissionMark = "decommissionDiskMark";

    public IEnumerable<RootEntry> Partitions => Entries.Where(entry => entry.Kind == RootEntryKind.Partition);

    /// <summary>Looks at the root only.</summary>
    public static DiskFacts Read(IFileSystem files, string path)
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

            return new DiskFacts(
                path, null, files.Space(path), files.DeviceId(path), [.. names.Order(StringComparer.Ordinal).Select(RootEntry.Classify)], names.Contains(StatusProbe.DiskName),
                names.Contains(DecommissionMark), boot, bootDamage, ModifiedAt(StatusProbe.DiskName) > ModifiedAt(BootRecord.Name), ClusterVersionFile.Load(files, path));
        }
        catch (DiskFaultException fault)
        {
            return Nothing(path, $"cannot be read: {fault.Message}");
        }

        long ModifiedAt(string name) => files.Stat($"{path}/{name}")?.ModifiedSeconds ?? 0;
    }

    private static DiskFacts Nothing(string path, string trouble) => new(path, trouble, default, 0, [], false, false, null, null, false, null);
}
