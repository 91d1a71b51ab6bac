using System.Globalization;
using CubeActors.Actors;

namespace CubeActors.Node;

// The disks and their limits.
internal sealed partial class NodeSettingsReader
{
    private const string DiskForm = "\"/path:reservedBytes\" with exactly one colon, as in \"/data/disk1:10737418240\"";

    private IReadOnlyList<DiskSettings> ReadDisks(long reserveFloorBytes)
    {
        var readOnlyBelow = Math.Max(OptionalInteger("diskRdonlySpace", reserveFloorBytes, 1, long.MaxValue), reserveFloorBytes);
        var (key, entries) = ReadMountedDisks() is { } mounted ? ("diskPath", mounted) : ("disks", ReadListedDisks());
        var disks = new List<DiskSettings>();
        foreach (var (path, reserve) in entries)
        {
            if (disks.Any(disk => SamePath(disk.Path, path))) throw Bad(key, $"\"{path}\" twice", "each disk once");
            var reserved = Math.Max(reserve, reserveFloorBytes);
            disks.Add(new DiskSettings(path, reserved) { ReadOnlyBelowBytes = Math.Max(reserved, readOnlyBelow) });
        }

        if (disks.Count == 0) Warn("disks is empty: the node starts without space");
        return disks;
    }

    private List<(string Path, long Reserve)> ReadListedDisks()
    {
        if (_file.TextList("disks", out var entries) == Found.Bad) throw Bad("disks", _file.Describe("disks"), $"a list of {DiskForm}");
        return [.. entries.Select(entry => ParseDisk("disks", entry))];
    }

    /// <summary>Every mount point that begins with the prefix. A CubeFS node greps the output of mount through a shell; this reads the kernel's table.</summary>
    /// <returns>Null without the key.</returns>
    private List<(string Path, long Reserve)>? ReadMountedDisks()
    {
        if (_file.Text("diskPath", out var text) is Found.Bad) throw Bad("diskPath", _file.Describe("diskPath"), DiskForm);
        if (text.Length == 0) return null;
        var (prefix, reserve) = ParseDisk("diskPath", text);
        List<(string, long)> found = [.. MountTable.Parse(ReadMounts()).Where(mount => mount.Path.StartsWith(prefix, StringComparison.Ordinal)).Select(mount => (mount.Path, reserve))];
        if (found.Count == 0) throw Bad("diskPath", $"\"{text}\", and nothing is mounted below {prefix}", "the beginning of the disks' mount points; mount them first, or list them under disks");
        foreach (var (path, _) in found)
            if (path.Contains(':', StringComparison.Ordinal)) throw Bad("diskPath", $"\"{text}\", to which the mount point {path} belongs", "mount points without a colon");
        if (_file.TextList("disks", out var listed) == Found.Good && listed.Count > 0) Warn($"disks is not read, because diskPath is there; disks are {string.Join(", ", found.Select(disk => disk.Item1))}");
        return found;
    }

    private string ReadMounts()
    {
        try
        {
            return _mounts();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"{_file.Path}: diskPath: {MountTable.File} cannot be read: {failure.Message}; list the disks under disks", failure);
        }
    }

    private (string Path, long Reserve) ParseDisk(string key, string entry)
    {
        var parts = entry.Split(':');
        if (parts.Length != 2 || !ulong.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var reserve) || reserve > long.MaxValue)
            throw Bad(key, $"\"{entry}\"", DiskForm);
        return Path.IsPathRooted(parts[0]) ? (parts[0], (long)reserve) : throw Bad(key, $"\"{entry}\"", $"an absolute path: {DiskForm}");
    }

    private static bool SamePath(string left, string right) =>
        string.Equals(Path.TrimEndingDirectorySeparator(Path.GetFullPath(left)), Path.TrimEndingDirectorySeparator(Path.GetFullPath(right)), StringComparison.Ordinal);

    private DiskQosSettings ReadDiskQos() => new(
        OptionalFlag("diskQosEnable", absent: true), OptionalFlag("diskAsyncQosEnable", absent: true),
        ReadLimits("Read", 0), ReadLimits("Write", 0), ReadLimits("AsyncRead", DiskQosSettings.AsyncConcurrentDefault),
        ReadLimits("AsyncWrite", DiskQosSettings.AsyncConcurrentDefault), ReadLimits("Delete", 0));

    /// <remarks>Above 2^31-1 a CubeFS node reads the default, mostly no limit; so do we, and say it.</remarks>
    private DiskClassLimits ReadLimits(string operation, int concurrentAbsent)
    {
        return new DiskClassLimits(Limit("Iocc", concurrentAbsent), Limit("Iops", 0), Limit("Flow", 0));

        int Limit(string what, int absent) => (int)OptionalInteger($"disk{operation}{what}", absent, 1, int.MaxValue);
    }
}
