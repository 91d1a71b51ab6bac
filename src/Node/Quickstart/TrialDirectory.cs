using CubeActors.Runtime.Files;

namespace CubeActors.Node;

/// <summary>Where a quickstart keeps everything. A temporary one is removed at the end, on every path; one that was named stays.</summary>
internal sealed class TrialDirectory : IDisposable
{
    private const string TemporaryPrefix = "cubeactors-quickstart-";

    private TrialDirectory(string path, bool isTemporary) => (Path, IsTemporary) = (path, isTemporary);

    public string Path { get; }

    public bool IsTemporary { get; }

    /// <param name="named">Null for a fresh temporary one. One that exists must be empty: nothing in it may be mistaken for ours.</param>
    /// <exception cref="SettingsException">The named directory is not empty or cannot be made.</exception>
    public static TrialDirectory Open(string? named)
    {
        try
        {
            if (named is null) return new TrialDirectory(Directory.CreateTempSubdirectory(TemporaryPrefix).FullName, isTemporary: true);
            if (File.Exists(named)) throw new SettingsException($"--data: {named} is a file; name an empty directory or one that does not exist");
            var directory = Directory.CreateDirectory(named);
            return directory.EnumerateFileSystemInfos().Any()
                ? throw new SettingsException($"--data: {named} is not empty; name an empty directory or one that does not exist")
                : new TrialDirectory(directory.FullName, isTemporary: false);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"--data: {named ?? System.IO.Path.GetTempPath()} cannot be used: {failure.Message}", failure);
        }
    }

    /// <summary>Bytes that the extent files below a directory really occupy, holes apart.</summary>
    /// <remarks>
    /// An extent's file name is its id in digits. The tables beside them are not counted: CRC space is reserved for 1000 extents at a time,
    /// as in CubeFS, and stays.
    /// </remarks>
    public static long ExtentBytes(IFileSystem files, string directory)
    {
        long bytes = 0;
        foreach (var name in files.List(directory) ?? [])
        {
            var path = System.IO.Path.Combine(directory, name);
            if (files.Stat(path) is not { } status) continue; // deleted meanwhile
            if (status.IsDirectory) bytes += ExtentBytes(files, path);
            else if (name.All(char.IsAsciiDigit)) bytes += status.AllocatedBytes;
        }

        return bytes;
    }

    public void Dispose()
    {
        if (IsTemporary) Directory.Delete(Path, recursive: true);
    }
}
