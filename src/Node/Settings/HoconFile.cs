using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace CubeActors.Node;

/// <summary>One HOCON text with the name that messages give it.</summary>
internal sealed record HoconFile(string Name, Config Config)
{
    /// <summary>The section that is ours; a key in it that the reference does not have is a mistake.</summary>
    private const string Ours = "cubeactors";

    /// <summary>The section that belongs to Akka.NET, whose own reference we do not check against.</summary>
    private const string Akkas = "akka";

    private const string ResourceName = "CubeActors.Node.reference.conf";

    /// <summary>The defaults, as shipped inside the program: hocon/reference.conf.</summary>
    public static HoconFile Reference { get; } = LoadReference();

    /// <exception cref="SettingsException">The file cannot be read, or not parsed, or has a key that the reference has not.</exception>
    public static HoconFile LoadOverlay(string path)
    {
        string text;
        try
        {
            if (!File.Exists(path)) throw new SettingsException($"{path}: there is no such file; --conf needs a HOCON file (see hocon/reference.conf)");
            text = File.ReadAllText(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"{path}: cannot be read: {failure.Message}", failure);
        }

        return ParseOverlay(path, text);
    }

    /// <param name="name">For messages only.</param>
    public static HoconFile ParseOverlay(string name, string text)
    {
        var overlay = new HoconFile(name, Parse(name, text));
        overlay.RequireKnownKeys();
        return overlay;
    }

    /// <summary>This file's values where it has them, else those of <paramref name="below"/>.</summary>
    public Config Over(HoconFile below) => Config.WithFallback(below.Config);

    /// <summary>The paths of all values, section by section; a list is a value.</summary>
    public IEnumerable<string> Paths => IsEmpty ? [] : Flatten("", Config.Root.GetObject()).Select(entry => entry.Path);

    private bool IsEmpty => Config.IsEmpty || !Config.Root.IsObject();

    private static HoconFile LoadReference()
    {
        using var resource = typeof(HoconFile).Assembly.GetManifestResourceStream(ResourceName)
            ?? throw new InvalidOperationException($"the program was built without {ResourceName}");
        using var reader = new StreamReader(resource);
        return new HoconFile("reference.conf", Parse("reference.conf", reader.ReadToEnd()));
    }

    private static Config Parse(string name, string text)
    {
        if (string.IsNullOrWhiteSpace(text)) return Config.Empty;
        if (HoconBraces.FirstProblem(text) is { } problem) throw new SettingsException($"{name}: not valid HOCON: {problem}");
        try
        {
            return ConfigurationFactory.ParseString(text);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // The parser of Akka.NET throws whatever its tokenizer ran into, as different types from release to release.
            throw new SettingsException($"{name}: not valid HOCON: {failure.Message.ReplaceLineEndings(" ")}", failure);
        }
    }

    private void RequireKnownKeys()
    {
        if (IsEmpty) return;
        var known = Reference.Paths.ToHashSet(StringComparer.Ordinal);
        foreach (var (path, _) in Flatten("", Config.Root.GetObject()))
        {
            if (path == Akkas || path.StartsWith(Akkas + ".", StringComparison.Ordinal) || known.Contains(path)) continue;
            if (known.Any(other => other.StartsWith(path + ".", StringComparison.Ordinal)))
                throw new SettingsException($"{Name}: {path} is a section, not a value; see hocon/reference.conf");
            var nearest = NearestKey.Find(path, known.Where(other => other.StartsWith(Ours + ".", StringComparison.Ordinal)));
            throw new SettingsException(
                $"{Name}: unknown key {path}{(nearest is null ? "" : $"; did you mean {nearest}?")} (all keys: hocon/reference.conf)");
        }
    }

    private static IEnumerable<(string Path, HoconValue Value)> Flatten(string prefix, HoconObject section)
    {
        foreach (var (key, value) in section.Items)
        {
            var path = prefix.Length == 0 ? key : $"{prefix}.{key}";
            if (!value.IsObject()) yield return (path, value);
            else
            {
                foreach (var inner in Flatten(path, value.GetObject())) yield return inner;
            }
        }
    }
}
