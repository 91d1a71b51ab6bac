using Serilog.Core;
using Serilog.Events;

namespace CubeActors.Node;

/// <summary>The level of a log, which may be changed while it is written. Thread-safe.</summary>
internal sealed class LogLevels
{
    public LogLevels(LogEventLevel level)
    {
        Switch = new LoggingLevelSwitch();
        WebSwitch = new LoggingLevelSwitch();
        Set(level);
    }

    /// <summary>Of everything that the program says.</summary>
    public LoggingLevelSwitch Switch { get; }

    /// <summary>Of the web server: it tells each request at Information.</summary>
    public LoggingLevelSwitch WebSwitch { get; }

    public void Set(LogEventLevel level)
    {
        Switch.MinimumLevel = level;
        WebSwitch.MinimumLevel = level > LogEventLevel.Warning ? level : LogEventLevel.Warning;
    }

    /// <summary>The word of CubeFS for a level; one that <see cref="Parse"/> takes.</summary>
    public static string Name(LogEventLevel level) => level switch
    {
        LogEventLevel.Verbose or LogEventLevel.Debug => "debug",
        LogEventLevel.Information => "info",
        LogEventLevel.Warning => "warn",
        LogEventLevel.Error => "error",
        _ => "critical",
    };

    /// <summary>The words of CubeFS, in any case; <c>read</c> and <c>write</c> are parts of its level info.</summary>
    /// <returns>Null for any other word.</returns>
    public static LogEventLevel? Parse(string word) => word.ToLowerInvariant() switch
    {
        "debug" => LogEventLevel.Debug,
        "info" or "read" or "write" => LogEventLevel.Information,
        "warn" => LogEventLevel.Warning,
        "error" => LogEventLevel.Error,
        "critical" or "fatal" => LogEventLevel.Fatal,
        _ => null,
    };
}
