using System.Globalization;
using System.Net;
using CubeActors.Runtime.Files;

namespace CubeActors.Node;

/// <summary>A process that has something open which the node needs.</summary>
/// <param name="Name">As the kernel has it (comm), or "another process" where it may not be seen.</param>
internal readonly record struct ProcessName(int Id, string Name)
{
    public override string ToString() => $"{Name}, pid {Id.ToString(CultureInfo.InvariantCulture)}";
}

/// <summary>A TCP port that somebody listens on.</summary>
/// <param name="Owners">Who has the socket; several where it was handed on. Empty where that could not be seen.</param>
internal readonly record struct Listening(IPEndPoint EndPoint, IReadOnlyCollection<ProcessName> Owners);

/// <summary>What a disk's root is used by.</summary>
/// <param name="LockHolder">Has the lock that a running node of this program holds.</param>
/// <param name="Others">Have files below it open without that lock, as a CubeFS node has.</param>
/// <param name="IsWritable">This process may make files in it.</param>
internal sealed record DiskUse(ProcessName? LockHolder, IReadOnlyList<ProcessName> Others, bool IsWritable)
{
    public static readonly DiskUse Free = new(null, [], true);
}

/// <summary>The machine as far as a start depends on it.</summary>
/// <param name="Uses">By the path of a disk; without entry it is free.</param>
/// <param name="SawAllProcesses">False: some belong to others, and what they have open could not be seen.</param>
/// <param name="OpenFilesMax">The hard limit of this process, to which the runtime raises its own; of a running node its own.</param>
internal sealed record MachineFacts(
    string BootId, IReadOnlyList<MountPoint> Mounts, IReadOnlyList<Listening> Listeners, IReadOnlyDictionary<string, DiskUse> Uses, bool SawAllProcesses, long OpenFilesMax)
{
    public DiskUse UseOf(string disk) => Uses.TryGetValue(disk, out var use) ? use : DiskUse.Free;

    /// <summary>The node of this configuration runs: it holds the lock of a disk.</summary>
    public ProcessName? RunningNode => Uses.Values.Select(use => use.LockHolder).FirstOrDefault(holder => holder is not null);
}

/// <summary>Reads the kernel's tables. Pure.</summary>
internal static class KernelTables
{
    /// <summary>Listening sockets of /proc/net/tcp: address, and the inode by which a process's descriptors name it.</summary>
    public static IEnumerable<(IPEndPoint EndPoint, ulong Inode)> Listeners(string table)
    {
        const string listening = "0A"; // Source: Linux include/net/tcp_states.h TCP_LISTEN
        foreach (var line in table.Split('\n').Skip(1))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length < 10 || fields[3] != listening || fields[1].Split(':') is not [var address, var port]) continue;
            if (ParseAddress(address) is not { } ip || !ushort.TryParse(port, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number)
                || !ulong.TryParse(fields[9], NumberStyles.None, CultureInfo.InvariantCulture, out var inode)) continue;
            yield return (new IPEndPoint(ip, number), inode);
        }
    }

    /// <summary>Who holds a flock on an inode, by /proc/locks.</summary>
    /// <param name="device">As <see cref="IFileSystem.DeviceId"/> gives it: major in the upper half, minor in the lower.</param>
    public static int? FlockHolder(string table, ulong device, ulong inode)
    {
        foreach (var line in table.Split('\n'))
        {
            // "12: FLOCK  ADVISORY  WRITE 4711 08:11:131074 0 EOF"; "->" marks one that waits.
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length < 6 || fields[1] != "FLOCK" || fields[5].Split(':') is not [var major, var minor, var number]) continue;
            if (!uint.TryParse(major, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var high)
                || !uint.TryParse(minor, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var low)
                || !ulong.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var found) || found != inode || (((ulong)high << 32) | low) != device) continue;
            if (int.TryParse(fields[4], NumberStyles.None, CultureInfo.InvariantCulture, out var holder)) return holder;
        }

        return null;
    }

    /// <summary>The hard limit of open files, by /proc/self/limits.</summary>
    /// <returns><see cref="long.MaxValue"/> if there is none.</returns>
    public static long OpenFilesMax(string limits)
    {
        const string name = "Max open files";
        foreach (var line in limits.Split('\n'))
        {
            if (!line.StartsWith(name, StringComparison.Ordinal)) continue;
            var fields = line[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length >= 2 && long.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var hard)) return hard;
        }

        return long.MaxValue;
    }

    /// <summary>The kernel prints an address word by word, each in the machine's byte order.</summary>
    private static IPAddress? ParseAddress(string hex)
    {
        if (hex.Length is not (8 or 32)) return null;
        var bytes = new byte[hex.Length / 2];
        for (var word = 0; word < bytes.Length; word += 4)
        {
            if (!uint.TryParse(hex.AsSpan(2 * word, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)) return null;
            BitConverter.TryWriteBytes(bytes.AsSpan(word), value);
        }

        var address = new IPAddress(bytes);
        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }
}
