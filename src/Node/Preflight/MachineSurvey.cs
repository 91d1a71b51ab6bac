using System.Globalization;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;

namespace CubeActors.Node;

/// <summary>Looks at this machine: mounts, ports, locks, and what other processes have open. Reads /proc only.</summary>
internal static class MachineSurvey
{
    private const string Proc = "/proc";

    /// <param name="disks">Roots as configured; those that do not exist are passed over.</param>
    public static MachineFacts Run(IReadOnlyList<string> disks, CancellationToken stop)
    {
        var files = LinuxFileSystem.ReadOnly;
        var roots = disks.Where(Directory.Exists).ToList();
        var seen = SeeProcesses(roots, stop);
        var locks = ReadOrEmpty($"{Proc}/locks");
        var uses = new Dictionary<string, DiskUse>(StringComparer.Ordinal);
        foreach (var root in roots)
        {
            try
            {
                uses[root] = UseOf(root);
            }
            catch (DiskFaultException)
            {
                // The look at the disk itself meets the same fault, and tells of it.
            }
        }

        var listeners = ((string[])["net/tcp", "net/tcp6"]).SelectMany(table => KernelTables.Listeners(ReadOrEmpty($"{Proc}/{table}")))
            .Select(listener => new Listening(listener.EndPoint, seen.Sockets.TryGetValue(listener.Inode, out var owners) ? owners : (IReadOnlyCollection<ProcessName>)[]));
        var limits = uses.Values.FirstOrDefault(use => use.LockHolder is not null)?.LockHolder is { } node ? $"{Proc}/{node.Id}/limits" : $"{Proc}/self/limits";
        return new MachineFacts(
            KernelBoot.ReadId(), MountTable.Parse(ReadOrEmpty(MountTable.File)), [.. listeners], uses, seen.All, KernelTables.OpenFilesMax(ReadOrEmpty(limits)));

        DiskUse UseOf(string root)
        {
            var holder = KernelTables.FlockHolder(locks, files.DeviceId(root), LinuxFileSystem.Inode(root)) is { } id ? new ProcessName(id, NameOf(id)) : (ProcessName?)null;
            return new DiskUse(holder, [.. seen.Users[root].Where(user => user.Id != holder?.Id)], LinuxFileSystem.IsWritableDirectory(root));
        }
    }

    /// <summary>One walk over the descriptors of all processes.</summary>
    private static (Dictionary<ulong, HashSet<ProcessName>> Sockets, Dictionary<string, HashSet<ProcessName>> Users, bool All) SeeProcesses(
        IReadOnlyList<string> roots, CancellationToken stop)
    {
        var sockets = new Dictionary<ulong, HashSet<ProcessName>>();
        var users = roots.ToDictionary(root => root, _ => new HashSet<ProcessName>(), StringComparer.Ordinal);
        var all = true;
        foreach (var directory in Directory.EnumerateDirectories(Proc))
        {
            stop.ThrowIfCancellationRequested();
            if (!int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var id) || id == Environment.ProcessId) continue;
            try
            {
                ProcessName? name = null;
                foreach (var descriptor in Directory.EnumerateFileSystemEntries($"{directory}/fd"))
                {
                    var target = new FileInfo(descriptor).LinkTarget;
                    if (target is null) continue;
                    if (target.StartsWith("socket:[", StringComparison.Ordinal) && ulong.TryParse(target.AsSpan(8, target.Length - 9), NumberStyles.None, CultureInfo.InvariantCulture, out var inode))
                        Add(sockets, inode, name ??= new ProcessName(id, NameOf(id)));
                    foreach (var root in roots)
                        if (target == root || target.StartsWith($"{root.TrimEnd('/')}/", StringComparison.Ordinal)) users[root].Add(name ??= new ProcessName(id, NameOf(id)));
                }
            }
            catch (UnauthorizedAccessException)
            {
                all = false; // said in the report
            }
            catch (IOException)
            {
                // It has ended since it was listed: it has nothing open any more.
            }
        }

        return (sockets, users, all);
    }

    private static void Add(Dictionary<ulong, HashSet<ProcessName>> sockets, ulong inode, ProcessName owner)
    {
        if (!sockets.TryGetValue(inode, out var owners)) sockets[inode] = owners = [];
        owners.Add(owner);
    }

    private static string NameOf(int process)
    {
        var name = ReadOrEmpty($"{Proc}/{process.ToString(CultureInfo.InvariantCulture)}/comm").Trim();
        return name.Length == 0 ? "another process" : name;
    }

    /// <summary>A table that this kernel or container does not show tells nothing.</summary>
    private static string ReadOrEmpty(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
