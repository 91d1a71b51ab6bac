using System.Globalization;

namespace CubeActors.Runtime.Files;

/// <summary>What the operating system says of the devices under file systems. Thread-safe; may block for as long as /proc does.</summary>
public interface IBlockDevices
{
    /// <param name="deviceId">As <see cref="IFileSystem.DeviceId"/> gives it.</param>
    /// <returns>Null where the device is none of blocks (overlay, tmpfs, NFS), or nothing is known of it.</returns>
    BlockDeviceUse? Read(ulong deviceId);
}

/// <param name="Path">As <c>/dev/sdb1</c>.</param>
/// <param name="Busy">Time since the boot in which it had work. Two readings and the time between them give how busy it was.</param>
public readonly record struct BlockDeviceUse(string Path, TimeSpan Busy);

/// <summary>/proc/diskstats.</summary>
public sealed class LinuxBlockDevices : IBlockDevices
{
    private const string Source = "/proc/diskstats";

    public static readonly LinuxBlockDevices Instance = new();

    private LinuxBlockDevices()
    {
    }

    public BlockDeviceUse? Read(ulong deviceId)
    {
        try
        {
            return Find(File.ReadAllText(Source), (uint)(deviceId >> 32), (uint)deviceId);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // a container without it: the figure is missing, nothing else
        }
    }

    /// <summary>Finds a device in the text of /proc/diskstats. Pure.</summary>
    /// <remarks>Source: Linux Documentation/admin-guide/iostats.rst; field 10 behind the name is the milliseconds spent doing I/O.</remarks>
    public static BlockDeviceUse? Find(string text, uint major, uint minor)
    {
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            Span<Range> fields = stackalloc Range[14];
            var count = line.Split(fields, ' ', StringSplitOptions.RemoveEmptyEntries);
            if (count < 13
                || !uint.TryParse(line[fields[0]], NumberStyles.None, CultureInfo.InvariantCulture, out var its) || its != major
                || !uint.TryParse(line[fields[1]], NumberStyles.None, CultureInfo.InvariantCulture, out its) || its != minor
                || !ulong.TryParse(line[fields[12]], NumberStyles.None, CultureInfo.InvariantCulture, out var busy)) continue;
            return new BlockDeviceUse($"/dev/{line[fields[2]]}", TimeSpan.FromMilliseconds(Math.Min(busy, (double)long.MaxValue / TimeSpan.TicksPerMillisecond / 2)));
        }

        return null;
    }
}
