namespace CubeActors.EndToEnd;

/// <summary>A test that needs a real Chromium. Without one it is skipped, and says how to get one; where CUBEACTORS_BROWSER is "required", as in .ci/run, it fails instead.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute() => Skip = BrowserPlace.WhyNot;
}

/// <summary>Where the machine's Chromium is.</summary>
internal static class BrowserPlace
{
    /// <summary>How to get one.</summary>
    public const string Remedy = "no Chromium was found: apt-get install chromium, or name one in CHROMIUM";

    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];

    /// <summary>The program: that of CHROMIUM, or the first on the PATH; null where there is none.</summary>
    public static string? Path { get; } = Find();

    /// <summary>Why tests in a browser are skipped; null if they run.</summary>
    public static string? WhyNot { get; } =
        Environment.GetEnvironmentVariable("CUBEACTORS_BROWSER_TESTS") == "off" ? "CUBEACTORS_BROWSER_TESTS is off"
        : Path is null && Environment.GetEnvironmentVariable("CUBEACTORS_BROWSER") != "required" ? Remedy
        : null;

    private static string? Find() =>
        Environment.GetEnvironmentVariable("CHROMIUM") is { Length: > 0 } named
            ? File.Exists(named) ? named : null
            : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
                .SelectMany(directory => Names.Select(name => System.IO.Path.Combine(directory, name))).FirstOrDefault(File.Exists);
}
