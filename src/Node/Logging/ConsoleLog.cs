using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Sinks.SystemConsole.Themes;

namespace CubeActors.Node;

/// <summary>The program's log: one line an event on stderr, so that stdout holds results only.</summary>
internal static class ConsoleLog
{
    private const string Template = "{Timestamp:HH:mm:ss.fff} {Level:u3} {Node}{Source}{Message:lj}{NewLine}{Exception}";

    /// <summary>Property that names the part of the program, followed by a space.</summary>
    public const string Source = "Source";

    /// <summary>Property that names the node, followed by a space, where several share the log.</summary>
    public const string Node = "Node";

    public static Logger Open(LogEventLevel level) => new LoggerConfiguration()
        .MinimumLevel.Is(level)
        .MinimumLevel.Override("Microsoft", Max(level, LogEventLevel.Warning)) // the web server tells each request at Information
        .WriteTo.Console(outputTemplate: Template, standardErrorFromLevel: LogEventLevel.Verbose, theme: AnsiConsoleTheme.Literate)
        .CreateLogger();

    /// <summary>The same with a JSON object a line.</summary>
    public static Logger OpenJson(LogEventLevel level) => new LoggerConfiguration()
        .MinimumLevel.Is(level)
        .MinimumLevel.Override("Microsoft", Max(level, LogEventLevel.Warning))
        .WriteTo.Console(new JsonLines(), standardErrorFromLevel: LogEventLevel.Verbose)
        .CreateLogger();

    private static LogEventLevel Max(LogEventLevel left, LogEventLevel right) => left > right ? left : right;
}
