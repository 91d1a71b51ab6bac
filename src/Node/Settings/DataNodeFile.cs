using System.Globalization;
using System.Text.Json;

namespace CubeActors.Node;

/// <summary>What was found under a key.</summary>
internal enum Found { Absent, Good, Bad }

/// <summary>A datanode.json as a CubeFS node reads it: one flat object whose getters accept exactly what the Go getters accept.</summary>
/// <remarks>Source: CubeFS util/config/config.go. Where Go falls back silently, these say <see cref="Found.Bad"/>: the caller decides.</remarks>
internal sealed class DataNodeFile
{
    /// <summary>A configuration is a page of text; a file above this is not one.</summary>
    private const long BytesMax = 1 << 20;

    private readonly Dictionary<string, JsonElement> _values;

    private DataNodeFile(string path, Dictionary<string, JsonElement> values) => (Path, _values) = (path, values);

    public string Path { get; }

    public IEnumerable<string> Keys => _values.Keys;

    /// <summary>Also for a null, which most getters take for an absent key.</summary>
    public bool Has(string key) => _values.ContainsKey(key);

    /// <exception cref="SettingsException">The file cannot be read or is not one JSON object.</exception>
    public static DataNodeFile Load(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (Directory.Exists(path)) throw new SettingsException($"{path}: this is a directory; --config needs a datanode.json file");
            if (!file.Exists) throw new SettingsException($"{path}: there is no such file; --config needs a datanode.json file");
            if (file.Length > BytesMax) throw new SettingsException($"{path}: {file.Length} bytes are too many for a configuration (at most {BytesMax})");
            return Parse(path, File.ReadAllText(path));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"{path}: cannot be read: {failure.Message}", failure);
        }
    }

    /// <param name="path">For messages only.</param>
    public static DataNodeFile Parse(string path, string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new SettingsException($"{path}: one JSON object {{...}} is expected, not {Describe(document.RootElement)}");
            var values = new Dictionary<string, JsonElement>();
            foreach (var property in document.RootElement.EnumerateObject()) values[property.Name] = property.Value.Clone(); // Go too: the last one wins
            return new DataNodeFile(path, values);
        }
        catch (JsonException failure)
        {
            throw new SettingsException(
                $"{path}: not valid JSON at line {failure.LineNumber + 1}, byte {failure.BytePositionInLine + 1}: {OneSentence(failure.Message)}", failure);
        }
    }

    /// <summary>A JSON string only; a number is not one.</summary>
    public Found Text(string key, out string value)
    {
        value = "";
        if (!_values.TryGetValue(key, out var found) || found.ValueKind == JsonValueKind.Null) return Found.Absent;
        if (found.ValueKind != JsonValueKind.String) return Found.Bad;
        value = found.GetString()!;
        return Found.Good;
    }

    /// <summary><c>true</c> or <c>false</c>, or the string <c>"true"</c>; <c>"True"</c> and <c>1</c> are neither.</summary>
    public Found Flag(string key, out bool value)
    {
        value = false;
        if (!_values.TryGetValue(key, out var found) || found.ValueKind == JsonValueKind.Null) return Found.Absent;
        value = found.ValueKind == JsonValueKind.True || (found.ValueKind == JsonValueKind.String && found.GetString() == "true");
        // The string "false" is what people write next to "true"; Go reads it as false too.
        return value || found.ValueKind == JsonValueKind.False || (found.ValueKind == JsonValueKind.String && found.GetString() == "false") ? Found.Good : Found.Bad;
    }

    /// <summary>A JSON integer or a string of decimal digits with an optional sign, within 64 bits. No fraction, no exponent.</summary>
    public Found Integer(string key, out long value)
    {
        value = 0;
        if (!_values.TryGetValue(key, out var found) || found.ValueKind == JsonValueKind.Null) return Found.Absent;
        var digits = found.ValueKind switch
        {
            JsonValueKind.Number => found.GetRawText(),
            JsonValueKind.String => found.GetString()!,
            _ => "",
        };
        return long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value) ? Found.Good : Found.Bad;
    }

    /// <summary>A JSON number only, fraction and exponent allowed.</summary>
    public Found Number(string key, out double value)
    {
        value = 0;
        if (!_values.TryGetValue(key, out var found) || found.ValueKind == JsonValueKind.Null) return Found.Absent;
        return found.ValueKind == JsonValueKind.Number && found.TryGetDouble(out value) && double.IsFinite(value) ? Found.Good : Found.Bad;
    }

    /// <summary>A JSON array of strings.</summary>
    public Found TextList(string key, out IReadOnlyList<string> value)
    {
        value = [];
        if (!_values.TryGetValue(key, out var found) || found.ValueKind == JsonValueKind.Null) return Found.Absent;
        if (found.ValueKind != JsonValueKind.Array || found.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.String)) return Found.Bad;
        value = [.. found.EnumerateArray().Select(item => item.GetString()!)];
        return Found.Good;
    }

    /// <summary>What stands under a key, short, for a message.</summary>
    public string Describe(string key) => _values.TryGetValue(key, out var found) ? Describe(found) : "missing";

    /// <summary>What stands under a key, as a person would write it: a string without its quotes, a list with commas between.</summary>
    public string Show(string key) => !_values.TryGetValue(key, out var found) ? "" : found.ValueKind switch
    {
        JsonValueKind.String => found.GetString()!,
        JsonValueKind.Array => string.Join(", ", found.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.String ? item.GetString() : item.GetRawText())),
        _ => found.GetRawText().ReplaceLineEndings(" "),
    };

    private static string Describe(JsonElement value)
    {
        const int shownMax = 60;
        var raw = value.GetRawText().ReplaceLineEndings(" ");
        var shown = raw.Length <= shownMax ? raw : raw[..shownMax] + "...";
        return value.ValueKind switch
        {
            JsonValueKind.Number => $"the number {shown}",
            JsonValueKind.Array => $"the list {shown}",
            JsonValueKind.Object => $"the object {shown}",
            _ => shown,
        };
    }

    private static string OneSentence(string message)
    {
        var position = message.IndexOf(" LineNumber:", StringComparison.Ordinal); // we say it in our own words
        return (position < 0 ? message : message[..position]).ReplaceLineEndings(" ");
    }
}
