using System.Text;

namespace CubeActors.Runtime.Files;

/// <summary>Goes through a directory of many files: first all names, then the status of those that were wanted. No string is made for any.</summary>
public interface IDirectoryVisitor
{
    /// <param name="name">UTF-8, without a zero at the end; valid during the call.</param>
    /// <returns>Whether to ask for the status.</returns>
    bool Wants(ReadOnlySpan<byte> name);

    /// <summary>For each wanted name, once all names have been shown; for none that is gone by then.</summary>
    void Take(ReadOnlySpan<byte> name, in FileStatus status);
}

/// <summary>The walk of <see cref="IFileSystem.TryWalk"/> for a file system that has nothing better than a list and a path for each question.</summary>
internal static class DirectoryWalk
{
    /// <summary>A stat is tried this often before it counts as failed (CubeFS datanode/storage/extent_store.go).</summary>
    public const int StatTriesMax = 3;

    public static bool ByPath(IFileSystem files, string directory, IDirectoryVisitor visitor)
    {
        if (files.List(directory) is not { } names) return false;
        var wanted = names.Select(Encoding.UTF8.GetBytes).Where(name => visitor.Wants(name)).ToList();
        foreach (var name in wanted)
            if (StatOf(files, $"{directory}/{Encoding.UTF8.GetString(name)}") is { } status) visitor.Take(name, status);
        return true;
    }

    private static FileStatus? StatOf(IFileSystem files, string path)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return files.Stat(path);
            }
            catch (DiskFaultException) when (tries < StatTriesMax)
            {
                // As CubeFS: tried again at once, without a pause.
            }
        }
    }
}
