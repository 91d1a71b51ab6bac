using System.Text;

namespace CubeActors.Node;

/// <summary>One line of the kernel's table of mounts.</summary>
/// <param name="Device">As mounted, for example /dev/sdb1.</param>
internal readonly record struct MountPoint(string Device, string Path, string FileSystem, IReadOnlyList<string> Options)
{
    public bool IsReadOnly => Options.Contains("ro");
}

/// <summary>What is mounted where, as /proc/self/mounts tells it: read as a file, never through a shell.</summary>
internal static class MountTable
{
    public const string File = "/proc/self/mounts";

    /// <summary>Lines that are none are passed over. Of several mounts on one directory the last counts: it hides the others.</summary>
    public static IReadOnlyList<MountPoint> Parse(string table)
    {
        var found = new List<MountPoint>();
        foreach (var line in table.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var fields = line.Split(' ');
            if (fields.Length < 4) continue;
            var mount = new MountPoint(Unescape(fields[0]), Unescape(fields[1]), fields[2], fields[3].Split(','));
            found.RemoveAll(other => other.Path == mount.Path);
            found.Add(mount);
        }

        return found;
    }

    /// <summary>The mount that carries a path: the one with the longest directory above it.</summary>
    public static MountPoint? Carrying(IReadOnlyList<MountPoint> mounts, string path)
    {
        MountPoint? longest = null;
        foreach (var mount in mounts)
        {
            var isAbove = mount.Path == "/" || path == mount.Path || path.StartsWith(mount.Path + "/", StringComparison.Ordinal);
            if (isAbove && (longest is not { } other || mount.Path.Length > other.Path.Length)) longest = mount;
        }

        return longest;
    }

    /// <summary>The kernel writes space, tab, line end and backslash as three octal digits behind a backslash.</summary>
    private static string Unescape(string field)
    {
        if (!field.Contains('\\', StringComparison.Ordinal)) return field;
        var text = new StringBuilder();
        for (var i = 0; i < field.Length; i++)
        {
            if (field[i] == '\\' && i + 3 < field.Length && IsOctal(field[i + 1]) && IsOctal(field[i + 2]) && IsOctal(field[i + 3]))
            {
                text.Append((char)(((field[i + 1] - '0') << 6) | ((field[i + 2] - '0') << 3) | (field[i + 3] - '0')));
                i += 3;
            }
            else text.Append(field[i]);
        }

        return text.ToString();
    }

    private static bool IsOctal(char digit) => digit is >= '0' and <= '7';
}
