using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace CubeActors.Node;

/// <summary>What a check found, in the order of importance.</summary>
/// <param name="Scope">What was looked at, as one phrase.</param>
internal sealed record PreflightReport(IReadOnlyList<Finding> Findings, string Scope)
{
    /// <summary>Findings that differ in their subject only are counted from here on: a thousand partitions can have the same one.</summary>
    private const int AlikeShownMax = 5;

    public int Count(Severity severity) => Findings.Count(finding => finding.Severity == severity);

    public bool HasProblem => Count(Severity.Problem) > 0;

    /// <summary>For people: problems first, each with what to do below it.</summary>
    public string ToText(bool verbose)
    {
        var text = new StringBuilder();
        foreach (var severity in Enum.GetValues<Severity>())
        {
            var alike = new Dictionary<string, int>(StringComparer.Ordinal);
            foreach (var finding in Findings.Where(finding => finding.Severity == severity))
            {
                var kind = Kind(finding);
                alike[kind] = alike.GetValueOrDefault(kind) + 1;
                if (!verbose && alike[kind] > AlikeShownMax) continue;
                text.Append(CultureInfo.InvariantCulture, $"{Word(severity),-8} {finding.Subject}: {finding.Text}\n");
                if (finding.Action.Length > 0) text.Append(CultureInfo.InvariantCulture, $"{"",-8} -> {finding.Action}\n");
            }

            var hidden = alike.Values.Sum(count => Math.Max(0, count - AlikeShownMax));
            if (!verbose && hidden > 0) text.Append(CultureInfo.InvariantCulture, $"{Word(severity),-8} and {hidden} more like these; --verbose shows all\n");
        }

        return text.Append(Summary()).Append('\n').ToString();
    }

    /// <summary>One JSON object for scripts.</summary>
    public string ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteBoolean("ok", !HasProblem);
            json.WriteNumber("problems", Count(Severity.Problem));
            json.WriteNumber("warnings", Count(Severity.Warning));
            json.WriteNumber("notes", Count(Severity.Note));
            json.WriteString("scope", Scope);
            json.WriteStartArray("findings");
            foreach (var finding in Findings.OrderBy(finding => finding.Severity))
            {
                json.WriteStartObject();
                json.WriteString("severity", Word(finding.Severity));
                json.WriteString("check", finding.Check);
                json.WriteString("subject", finding.Subject);
                json.WriteString("finding", finding.Text);
                json.WriteString("action", finding.Action);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public string Summary() => string.Create(
        CultureInfo.InvariantCulture, $"{Plural(Count(Severity.Problem), "problem")}, {Plural(Count(Severity.Warning), "warning")}, {Plural(Count(Severity.Note), "note")}: {Scope}");

    public static string Plural(int count, string word) => string.Create(CultureInfo.InvariantCulture, $"{(count == 0 ? "no" : count)} {word}{(count == 1 ? "" : "s")}");

    /// <summary>Equal for findings whose text differs in numbers only.</summary>
    private static string Kind(Finding finding) => $"{finding.Check} {new string([.. finding.Text.Where(character => !char.IsAsciiDigit(character))])}";

    private static string Word(Severity severity) => severity switch
    {
        Severity.Problem => "problem",
        Severity.Warning => "warning",
        _ => "note",
    };
}
