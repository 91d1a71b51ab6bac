using CubeActors.Actors;
using CubeActors.Storage;

namespace CubeActors.Node;

/// <summary>Judges one disk for a start of this program. Pure.</summary>
internal static class DiskRules
{
    private const string Check = "disk";

    /// <summary>Tried with; on others holes and fallocate may mean something else.</summary>
    private static readonly HashSet<string> KnownFileSystems = ["ext4", "xfs"];

    public static IEnumerable<Finding> Judge(DiskSettings settings, SurveyedDisk disk, MachineFacts machine)
    {
        var path = settings.Path;
        if (disk.Root.Trouble is { } trouble)
        {
            yield return Finding.Problem(Check, path, trouble, "mount the disk there, or take it out of the configuration");
            yield break;
        }

        var use = machine.UseOf(path);
        if (use.LockHolder is { } node) yield return Finding.Note(Check, path, $"is in use by a running node ({node}); raft logs are not looked at while it runs");
        else if (use.Others.Count > 0)
            yield return Finding.Problem(Check, path, $"has files open in {string.Join("; ", use.Others)}, without this program's lock: a CubeFS node, or somebody who looks", "stop it; two programs on one disk destroy each other's data");
        if (!use.IsWritable) yield return Finding.Problem(Check, path, "is not writable for this user", "correct its owner or mode, or run the node as its owner");
        foreach (var finding in JudgeMount(path, machine)) yield return finding;
        foreach (var finding in JudgeSpace(settings, disk)) yield return finding;
        foreach (var finding in JudgeContent(path, disk)) yield return finding;
        if (disk.Fault is { } fault) yield return Finding.Problem(Check, path, $"could not be read to the end: {fault}", "look at the kernel's log; replace the disk if it fails");
    }

    /// <summary>Findings between disks: one file system under two, one partition on two.</summary>
    public static IEnumerable<Finding> JudgeTogether(IReadOnlyList<SurveyedDisk> disks)
    {
        foreach (var same in disks.Where(disk => disk.Root.Trouble is null).GroupBy(disk => disk.Root.Device).Where(group => group.Count() > 1))
        {
            yield return Finding.Warning(
                Check, string.Join(", ", same.Select(disk => disk.Root.Path)), "lie on one file system, whose space is counted for each of them", "give each disk a file system of its own, except for trials");
        }

        var places = disks.SelectMany(disk => disk.Root.Partitions.Select(entry => (entry.Partition, Place: $"{disk.Root.Path.TrimEnd('/')}/{entry.Name}")));
        foreach (var twice in places.GroupBy(place => place.Partition).Where(group => group.Count() > 1))
        {
            yield return Finding.Problem(
                Check, string.Join(", ", twice.Select(place => place.Place)), $"are both partition {twice.Key.Value}",
                "ask the master which disk has it (cfs-cli datapartition info) and move the other directory away");
        }
    }

    private static IEnumerable<Finding> JudgeMount(string path, MachineFacts machine)
    {
        if (MountTable.Carrying(machine.Mounts, path) is not { } mount) yield break;
        if (mount.IsReadOnly) yield return Finding.Problem(Check, path, $"is mounted read-only ({mount.Device})", "look at the kernel's log for why, and mount it read-write");
        if (mount.Path == "/") yield return Finding.Warning(Check, path, "lies on the root file system", "check that its disk is mounted: else data goes to the system's disk");
        else if (!KnownFileSystems.Contains(mount.FileSystem))
            yield return Finding.Warning(Check, path, $"is {mount.FileSystem}", "use ext4 or xfs: deleting frees space by holes, and sizes are read from them");
    }

    private static IEnumerable<Finding> JudgeSpace(DiskSettings settings, SurveyedDisk disk)
    {
        var space = disk.Root.Space;
        var free = Quantity.FormatBytes(space.AvailableBytes);
        var reserve = Quantity.FormatBytes(settings.ReservedBytes);
        const string lower = "free some space, or lower its reserve and cubeactors.storage.reserve-floor";
        if (space.TotalBytes <= settings.ReservedBytes)
            yield return Finding.Problem(Check, settings.Path, $"has {Quantity.FormatBytes(space.TotalBytes)} in all, and {reserve} are reserved", "use a larger disk, or lower its reserve and cubeactors.storage.reserve-floor");
        else if (space.AvailableBytes <= settings.ReservedBytes)
        {
            // Without partitions it can never be of use, and the start ends; with some it has to come back.
            yield return disk.Root.Partitions.Any()
                ? Finding.Warning(Check, settings.Path, $"has {free} free, less than its reserve of {reserve}: it starts read-only", lower)
                : Finding.Problem(Check, settings.Path, $"has {free} free and {reserve} are reserved, so that nothing fits", lower);
        }
        else if (space.AvailableBytes <= settings.ReadOnlyBelowBytes)
        {
            yield return Finding.Warning(
                Check, settings.Path, $"has {free} free, less than diskRdonlySpace ({Quantity.FormatBytes(settings.ReadOnlyBelowBytes)}): it takes no new partitions", "free some space, or lower diskRdonlySpace");
        }
    }

    private static IEnumerable<Finding> JudgeContent(string path, SurveyedDisk disk)
    {
        var root = disk.Root;
        if (root.BootDamage is { } damage) yield return Finding.Problem(Check, path, damage, "start the version that wrote it");
        if (root.IsMarkedDecommissioned) yield return Finding.Warning(Check, $"{path}/{DiskFacts.DecommissionMark}", "marks the disk as decommissioned: its space is not offered", "recommission the disk at the master if it is to be used again");
        if (root.Verdict == BootVerdict.DirtyBoot)
            yield return Finding.Warning(Check, path, "was not stopped cleanly before the machine restarted: the ends of raft logs may be lost", "none; its replicas neither vote nor lead until they have caught up with their peers");
        foreach (var (kind, what) in ((RootEntryKind, string)[])
            [(RootEntryKind.Expired, "set aside as unknown to the master"), (RootEntryKind.Backup, "set aside as backups"), (RootEntryKind.Deleting, "being deleted; the next start goes on with it")])
        {
            var count = root.Entries.Count(entry => entry.Kind == kind);
            if (count > 0) yield return Finding.Note(Check, path, $"has {count} director{(count == 1 ? "y" : "ies")} {what}");
        }
    }
}
