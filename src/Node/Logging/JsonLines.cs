using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Serilog.Events;
using Serilog.Formatting;

namespace CubeActors.Node;

/// <summary>A line of the log as one JSON object: for whatever collects logs and searches them by field.</summary>
/// <remarks>
/// <c>time</c> (UTC), <c>level</c> (a word of CubeFS), <c>node</c> and <c>where</c> as far as they are known, <c>message</c>, then each further property by its name with a small letter in
/// front, of which <c>partition</c>, <c>operation</c> and <c>connection</c> mean the same in every line, then <c>exception</c>.
/// </remarks>
internal sealed class JsonLines : ITextFormatter
{
    /// <summary>Of the room's own bookkeeping, or part of the message as it is.</summary>
    private static readonly HashSet<string> Hidden = new(StringComparer.Ordinal) { ConsoleLog.Source, ConsoleLog.Node, LogLine.Kind, ActorLines.TextName, Serilog.Core.Constants.SourceContextPropertyName };

    /// <summary>A line stands on a terminal or in a file, and on no web page: what is no ASCII stays readable.</summary>
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public void Format(LogEvent logEvent, TextWriter output) => output.Write(Format(logEvent));

    /// <summary>Ends with a line feed, and has none before it.</summary>
    public static string Format(LogEvent logged)
    {
        var bytes = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(bytes, Options))
        {
            json.WriteStartObject();
            json.WriteString("time", logged.Timestamp.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
            json.WriteString("level", LogLevels.Name(logged.Level));
            if (Text(logged, ConsoleLog.Node) is { } node) json.WriteString("node", node);
            if ((Text(logged, ConsoleLog.Source) ?? Text(logged, Serilog.Core.Constants.SourceContextPropertyName)) is { } where) json.WriteString("where", where);
            json.WriteString("message", logged.RenderMessage(CultureInfo.InvariantCulture));
            foreach (var (name, value) in logged.Properties)
                if (!Hidden.Contains(name) && value is ScalarValue scalar) Write(json, NameOf(name), scalar.Value);
            if (logged.Exception is { } cause) json.WriteString("exception", cause.ToString());
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan) + "\n";
    }

    /// <summary>Small in front; a name that the line has already gets an underscore behind it.</summary>
    private static string NameOf(string name)
    {
        var small = char.ToLowerInvariant(name[0]) + name[1..];
        return small is "time" or "level" or "node" or "where" or "message" or "exception" ? small + "_" : small;
    }

    private static void Write(Utf8JsonWriter json, string name, object? value)
    {
        switch (value)
        {
            case null: json.WriteNull(name); break;
            case bool flag: json.WriteBoolean(name, flag); break;
            case int or long or short or byte: json.WriteNumber(name, Convert.ToInt64(value, CultureInfo.InvariantCulture)); break;
            case uint or ulong or ushort: json.WriteNumber(name, Convert.ToUInt64(value, CultureInfo.InvariantCulture)); break;
            case double number when double.IsFinite(number): json.WriteNumber(name, number); break;
            default: json.WriteString(name, Convert.ToString(value, CultureInfo.InvariantCulture)); break;
        }
    }

    private static string? Text(LogEvent logged, string property) =>
        logged.Properties.TryGetValue(property, out var value) && value is ScalarValue { Value: string text } && text.TrimEnd(' ') is { Length: > 0 } trimmed ? trimmed : null;
}
