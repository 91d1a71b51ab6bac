namespace CubeActors.EndToEnd;

/// <summary>What lies in a directory: every path with its length and digest. Equal texts mean that nothing was lost, added or changed.</summary>
internal static class DirectoryPicture
{
    /// <param name="without">Names of files that do not count.</param>
    public static IReadOnlyList<string> Take(string directory, params IReadOnlyList<string> without) =>
    [
        .. new DirectoryInfo(directory).EnumerateFileSystemInfos("*", SearchOption.AllDirectories)
            .Where(entry => !without.Contains(entry.Name))
            .OrderBy(entry => entry.FullName, StringComparer.Ordinal)
            .Select(entry => entry is FileInfo file ? $"{file.FullName} {file.Length} {Content.Digest(File.ReadAllBytes(file.FullName))}" : entry.FullName),
    ];
}
