using System.Globalization;
using CubeActors.Actors;
using Serilog.Core;
using Serilog.Events;

namespace CubeActors.Node;

/// <summary>Keeps the last lines of a log in memory, for operators who cannot look at its files. Taking a line makes no text of it.</summary>
internal sealed class LogTail : ILogEventSink
{
    /// <summary>Some screens; a few hundred bytes each.</summary>
    public const int LinesMax = 2000;

    private readonly RecentRing<LogEvent> _lines = new(LinesMax);

    /// <summary>The web server tells each request at Information: whoever reads this tail would read of that and of nothing else.</summary>
    public void Emit(LogEvent logEvent)
    {
        if (logEvent.Level >= LogEventLevel.Warning || !IsOfWebServer(logEvent)) _lines.Add(logEvent);
    }

    /// <summary>The last lines, the oldest first.</summary>
    /// <param name="from">The least level.</param>
    /// <param name="contains">Text that a line has to hold, in any case; empty for all lines.</param>
    public IReadOnlyList<LogTailLine> Read(int lines, LogEventLevel from, string contains)
    {
        var found = new Stack<LogTailLine>();
        foreach (var line in _lines.Read().Reverse())
        {
            if (found.Count >= lines) break;
            if (line.Level < from) continue;
            var where = Where(line);
            var text = line.RenderMessage(CultureInfo.InvariantCulture).ReplaceLineEndings(" ");
            if (line.Exception is { } cause) text = $"{text} ({cause.GetType().Name}: {cause.Message.ReplaceLineEndings(" ")})";
            if (contains.Length == 0 || text.Contains(contains, StringComparison.OrdinalIgnoreCase) || where.Contains(contains, StringComparison.OrdinalIgnoreCase))
                found.Push(new LogTailLine(line.Timestamp, LogLevels.Name(line.Level), where, text));
        }

        return [.. found];
    }

    private static bool IsOfWebServer(LogEvent line) => line.Properties.TryGetValue(Constants.SourceContextPropertyName, out var value)
        && value is ScalarValue { Value: string name } && name.StartsWith("Microsoft.", StringComparison.Ordinal);

    private static string Where(LogEvent line) =>
        line.Properties.TryGetValue(ConsoleLog.Source, out var value) && value is ScalarValue { Value: string text } ? text.TrimEnd(' ') : "";
}

/// <param name="Level">A word of CubeFS: debug, info, warn, error or critical.</param>
/// <param name="Where">The actor or part of the program; empty where none is named.</param>
internal sealed record LogTailLine(DateTimeOffset At, string Level, string Where, string Text);
