using System.Runtime.CompilerServices;

namespace CubeActors.Pbm.Tests;

/// <summary>Files beside the tests' sources.</summary>
internal static class SourceTree
{
    /// <summary>The root of the repository.</summary>
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Here(), "..", "..", "..", ".."));

    public static string Golden(string file) => Path.Combine(Root, "tests", "Pbm.Tests", "Golden", file);

    /// <summary>Compares with a file; with the variable set writes it instead, and the difference is reviewed like code.</summary>
    public static void AssertSame(string file, string text, string variable)
    {
        if (Environment.GetEnvironmentVariable(variable) == "1") File.WriteAllText(file, text);
        Assert.True(File.Exists(file), $"{file} is missing; {variable}=1 writes it");
        Assert.Equal(File.ReadAllText(file), text);
    }

    private static string Here([CallerFilePath] string path = "") => path;
}
