using System.Globalization;
using System.Text;
using Serilog.Events;

namespace CubeActors.Node;

/// <summary>One line of a log file, as CubeFS's tools expect it: <c>2006/01/02 15:04:05.000000 [WARN ] where: text</c>. Pure.</summary>
/// <remarks>Source: CubeFS util/log/log.go. CubeFS names source file and line; here stands the actor or part that says it.</remarks>
internal static class LogLine
{
    /// <summary>Property that names the kind of request that a line is about.</summary>
    public const string Kind = "Kind";

    /// <summary>Values of <see cref="Kind"/>: lines with one go to a file of their own.</summary>
    public const string Reads = "read", Writes = "write";

    /// <summary>The files by level, then those of requests, in the order of <see cref="FileOf"/>.</summary>
    public static IReadOnlyList<string> FileNames { get; } =
        ["dataNode_debug.log", "dataNode_info.log", "dataNode_warn.log", "dataNode_error.log", "dataNode_critical.log", "dataNode_read.log", "dataNode_write.log"];

    private const int ReadFile = 5, WriteFile = 6;

    private static readonly string[] Prefixes = ["[DEBUG]", "[INFO ]", "[WARN ]", "[ERROR]", "[FATAL]", "[READ ]", "[WRITE]"];

    public static int FileOf(LogEvent logged) => (logged.Properties.TryGetValue(Kind, out var kind) ? (kind as ScalarValue)?.Value : null) switch
    {
        Reads => ReadFile,
        Writes => WriteFile,
        _ => Math.Max(0, (int)logged.Level - (int)LogEventLevel.Debug),
    };

    /// <summary>Ends with a line feed; an exception follows on lines of its own.</summary>
    public static string Format(LogEvent logged)
    {
        var line = new StringBuilder(200);
        line.Append(logged.Timestamp.ToString("yyyy'/'MM'/'dd HH':'mm':'ss.ffffff", CultureInfo.InvariantCulture)).Append(' ').Append(Prefixes[FileOf(logged)]).Append(' ');
        Append(line, logged, ConsoleLog.Node);
        Append(line, logged, ConsoleLog.Source);
        line.Append(logged.RenderMessage(CultureInfo.InvariantCulture).ReplaceLineEndings(" ")).Append('\n');
        if (logged.Exception is { } cause) line.Append(cause).Append('\n');
        return line.ToString();
    }

    private static void Append(StringBuilder line, LogEvent logged, string property)
    {
        if (logged.Properties.TryGetValue(property, out var value) && value is ScalarValue { Value: string { Length: > 0 } text }) line.Append(text.TrimEnd(' ')).Append(": ");
    }
}
