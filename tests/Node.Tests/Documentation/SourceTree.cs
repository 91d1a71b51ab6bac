using System.Runtime.CompilerServices;

namespace CubeActors.Node.Tests;

/// <summary>The files of the repository, as the tests' sources lie in it.</summary>
internal static class SourceTree
{
    /// <summary>The root of the repository.</summary>
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "..", "..", ".."));

    /// <summary>What people read: every Markdown file that is not made by a build. By its path from the root.</summary>
    public static IReadOnlyList<string> Documents { get; } =
    [
        .. Directory.EnumerateFiles(Root, "*.md").Concat(((string[])["docs", "src", "tests", "bench", "deploy"]).SelectMany(room => Directory.EnumerateFiles(Path.Combine(Root, room), "*.md", SearchOption.AllDirectories)))
            .Select(file => Path.GetRelativePath(Root, file))
            .Where(static file => !file.Split('/').Any(static part => part is "bin" or "obj"))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Every file of C#, by its path from the root.</summary>
    public static IReadOnlyList<string> Sources { get; } =
    [
        .. ((string[])["src", "tests", "bench"]).SelectMany(room => Directory.EnumerateFiles(Path.Combine(Root, room), "*.cs", SearchOption.AllDirectories))
            .Select(file => Path.GetRelativePath(Root, file))
            .Where(static file => !file.Split('/').Any(static part => part is "bin" or "obj"))
            .Order(StringComparer.Ordinal),
    ];

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>A path from the root names a file or a directory.</summary>
    public static bool Has(string path) => Path.Exists(Path.Combine(Root, path));

    private static string Here([CallerFilePath] string path = "") => path;
}
