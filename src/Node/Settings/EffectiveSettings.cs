namespace CubeActors.Node;

/// <summary>One setting that is in force.</summary>
/// <param name="Key">Of datanode.json, or the whole path of a tunable.</param>
/// <param name="Value">As text; of a secret only that there is one.</param>
/// <param name="Source">The file that says so; <c>default</c> where none does.</param>
internal sealed record SettingInForce(string Key, string Value, string Source);

/// <summary>All settings of a node with the place they come from. Pure but for the file's text.</summary>
internal static class EffectiveSettings
{
    /// <summary>What stands in place of a secret.</summary>
    public const string Secret = "(secret)";

    /// <summary>Longer values are cut: a list of a thousand disks is no answer to anybody.</summary>
    private const int ValueCharactersMax = 500;

    /// <summary>Keys whose values nobody is shown.</summary>
    private static readonly HashSet<string> Secrets = new(StringComparer.Ordinal) { "serviceIDKey", "clientIDKey", "token" };

    /// <summary>Keys whose values are addresses on the web, in which some write a password.</summary>
    private static readonly HashSet<string> Addresses = new(StringComparer.Ordinal) { "consulAddr", "pushAddr" };

    public static IReadOnlyList<SettingInForce> Of(DataNodeFile file, Tunables tunables)
    {
        var settings = new List<SettingInForce>();
        foreach (var key in DataNodeKeys.All)
            settings.Add(file.Has(key.Name) ? new SettingInForce(key.Name, Shown(key.Name, file.Show(key.Name)), file.Path) : new SettingInForce(key.Name, key.Default, "default"));
        foreach (var key in file.Keys.Where(key => !DataNodeKeys.ByName.ContainsKey(key)).Order(StringComparer.Ordinal))
            settings.Add(new SettingInForce(key, Shown(key, file.Show(key)), $"{file.Path} (without effect)"));
        settings.AddRange(tunables.InForce().Select(tunable => tunable with { Value = Shown(tunable.Key, tunable.Value) }));
        return settings;
    }

    /// <summary>What sounds like a secret is one: of unknown keys nobody knows better. The name of a token's file is none.</summary>
    internal static bool IsSecret(string key) =>
        Secrets.Contains(key) || (!key.EndsWith("-file", StringComparison.Ordinal) && ((string[])["password", "secret", "token", "credential"]).Any(word => key.Contains(word, StringComparison.OrdinalIgnoreCase)));

    /// <summary>An address without the user and password that may stand in it.</summary>
    internal static string WithoutUser(string text)
    {
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        var begin = scheme < 0 ? 0 : scheme + "://".Length;
        var end = text.AsSpan(begin).IndexOfAny("/?#");
        var at = (end < 0 ? text.AsSpan(begin) : text.AsSpan(begin, end)).LastIndexOf('@');
        return at < 0 ? text : $"{text[..begin]}{Secret}{text[(begin + at)..]}";
    }

    private static string Shown(string key, string value)
    {
        if (IsSecret(key)) return value.Length == 0 ? "" : Secret;
        var shown = Addresses.Contains(key) ? WithoutUser(value) : value;
        return shown.Length <= ValueCharactersMax ? shown : shown[..ValueCharactersMax] + "...";
    }
}
