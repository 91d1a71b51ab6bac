using System.Text;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

/// <summary>A small file that holds its own name: written, synced and read back to see whether a disk still works.</summary>
public static class StatusProbe
{
    public const string DiskName = ".diskStatus";
    public const string PartitionName = ".dpStatus";

    public static void CreateIfMissing(IFileSystem files, string directory, string name)
    {
        using var file = files.TryCreate($"{directory}/{name}", FilePermission.Marker);
        file?.Write(0, Encoding.ASCII.GetBytes(name));
    }

    /// <summary>As <see cref="Run"/>, but makes no file where there is none: its absence says that the disk is gone.</summary>
    /// <returns>False if it is not there.</returns>
    public static bool TryRun(IFileSystem files, string directory, string name)
    {
        if (files.Stat($"{directory}/{name}") is null) return false;
        Run(files, directory, name);
        return true;
    }

    /// <exception cref="DiskFaultException">The disk failed, or returned other bytes than were written.</exception>
    public static void Run(IFileSystem files, string directory, string name)
    {
        var path = $"{directory}/{name}";
        var expected = Encoding.ASCII.GetBytes(name);
        var found = new byte[expected.Length];
        using var file = files.OpenOrCreate(path, FilePermission.Marker, truncate: true);
        file.Write(0, expected);
        file.Sync();
        if (file.Read(0, found) != found.Length || !found.AsSpan().SequenceEqual(expected))
            throw new DiskFaultException("read back the probe", path, ErrnoIo);
    }

    private const int ErrnoIo = 5;
}
