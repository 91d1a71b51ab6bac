using System.Globalization;
using Akka.Configuration;

namespace CubeActors.Node;

/// <summary>Reads values of the section cubeactors, each within its bounds; a value outside them is refused with key, file and bounds.</summary>
internal sealed class Tunables
{
    private const string Section = "cubeactors.";
    private readonly HoconFile? _overlay;

    public Tunables(HoconFile? overlay)
    {
        _overlay = overlay;
        All = overlay is null ? HoconFile.Reference.Config : overlay.Over(HoconFile.Reference);
    }

    /// <summary>Everything, for the actor system.</summary>
    public Config All { get; }

    /// <summary>Told of each key as it is read. The reference of the documentation is made of what it hears; null while nobody listens.</summary>
    public Action<TunableForm>? Heard { get; init; }

    public int Count(string key, int least, int most)
    {
        Heard?.Invoke(new TunableForm(Section + key, "number", $"{least} to {most}"));
        var text = Text(key);
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count >= least && count <= most) return count;
        throw Refuse(key, text, $"a number from {least} to {most}");
    }

    /// <returns>Bytes.</returns>
    public long Size(string key, long least, long most)
    {
        Heard?.Invoke(new TunableForm(Section + key, "size", $"{Quantity.FormatBytes(least)} to {Quantity.FormatBytes(most)}"));
        var text = Text(key);
        if (Quantity.TryParseBytes(text, out var bytes) && bytes >= least && bytes <= most) return bytes;
        throw Refuse(key, text, $"{Quantity.BytesForm}, from {Quantity.FormatBytes(least)} to {Quantity.FormatBytes(most)}");
    }

    public TimeSpan Time(string key, TimeSpan least, TimeSpan most)
    {
        Heard?.Invoke(new TunableForm(Section + key, "duration", $"{Quantity.FormatTime(least)} to {Quantity.FormatTime(most)}"));
        var text = Text(key);
        if (Quantity.TryParseTime(text, out var time) && time >= least && time <= most) return time;
        throw Refuse(key, text, $"{Quantity.TimeForm}, from {Quantity.FormatTime(least)} to {Quantity.FormatTime(most)}");
    }

    public bool Switch(string key)
    {
        Heard?.Invoke(new TunableForm(Section + key, "switch", "on or off"));
        return Text(key) switch
        {
            "on" or "true" or "yes" => true,
            "off" or "false" or "no" => false,
            var text => throw Refuse(key, text, "on or off"),
        };
    }

    public string Choice(string key, params ReadOnlySpan<string> words)
    {
        Heard?.Invoke(new TunableForm(Section + key, "word", string.Join(" or ", words!)));
        var text = Text(key);
        foreach (var word in words)
            if (text == word) return word;
        throw Refuse(key, text, string.Join(" or ", words!));
    }

    /// <returns>A path; empty for none.</returns>
    public string File(string key)
    {
        Heard?.Invoke(new TunableForm(Section + key, "path", "an absolute path, or nothing"));
        var text = Text(key);
        if (text.Length == 0 || Path.IsPathRooted(text)) return text;
        throw Refuse(key, text, "an absolute path, or nothing");
    }

    /// <returns>Null for none.</returns>
    public Uri? Address(string key)
    {
        Heard?.Invoke(new TunableForm(Section + key, "address", "http or https, without user and question, or nothing"));
        var text = Text(key);
        if (text.Length == 0) return null;
        return Uri.TryCreate(text, UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps) && address.UserInfo.Length == 0
            && address.Query.Length == 0
            ? address
            : throw Refuse(key, text, "an address like http://host:4318 or https://host/path, without user and question, or nothing");
    }

    /// <summary>Every tunable of ours with its value and its file, by key.</summary>
    public IReadOnlyList<SettingInForce> InForce() =>
    [
        .. HoconFile.Reference.Paths.Where(path => path.StartsWith(Section, StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(
            path => new SettingInForce(path, All.GetString(path, ""), _overlay is not null && _overlay.Config.HasPath(path) ? _overlay.Name : "default")),
    ];

    private string Text(string key) => All.GetString(Section + key, null)
        ?? throw new SettingsException($"{Source(key)}: {Section}{key} has no value");

    private string Source(string key) => _overlay is not null && _overlay.Config.HasPath(Section + key) ? _overlay.Name : HoconFile.Reference.Name;

    private SettingsException Refuse(string key, string text, string accepted) =>
        SettingsException.BadValue(Section + key, Source(key), $"\"{text}\"", accepted);
}

/// <summary>What a tunable is and accepts, in words.</summary>
/// <param name="Key">The whole path.</param>
internal sealed record TunableForm(string Key, string Type, string Accepted);
