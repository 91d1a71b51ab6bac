using Akka.Actor;
using Akka.Event;
using Serilog.Events;
using ILogger = Serilog.ILogger;
using LogEvent = Akka.Event.LogEvent;

namespace CubeActors.Node;

/// <summary>Makes out of what actors log lines of the program's log, with the fields that a search needs.</summary>
/// <remarks>The log arrives as a setup of the actor system, because several nodes with a log each may live in one process;
/// a system without the setup writes to the log of the process.</remarks>
internal sealed class ActorLines
{
    /// <summary>Property that holds the whole text of a line.</summary>
    public const string TextName = "Text";

    private const string Template = "{" + TextName + ":l}";
    private readonly ILogger _log;
    private readonly LogTally? _tally;

    private ActorLines(ILogger log, LogTally? tally) => (_log, _tally) = (log, tally);

    /// <summary>The lines of one actor system.</summary>
    public static ActorLines Of(ActorSystem system)
    {
        var setup = system.Settings.Setup.Get<LogSetup>();
        return setup.HasValue ? new(setup.Value.Log, setup.Value.Tally) : new(Serilog.Log.Logger, null);
    }

    /// <summary>It is written, or counted, as the level is now.</summary>
    public bool Matters(LogEvent logged) => LevelOf(logged) is var level && (level >= LogEventLevel.Error || _log.IsEnabled(level));

    /// <summary>A line for which there is no room. An error counts as one all the same.</summary>
    public void Drop(LogEvent logged)
    {
        CountIfError(LevelOf(logged));
        _tally?.CountDropped();
    }

    public void Write(LogEvent logged)
    {
        var level = LevelOf(logged);
        CountIfError(level);
        if (!_log.IsEnabled(level)) return;
        var place = Place(logged.LogSource);
        var fields = LogFields.Of(place, logged.Message);
        var log = _log.ForContext(ConsoleLog.Source, $"{place} ");
        if (fields.Partition is { } partition) log = log.ForContext(LogFields.PartitionName, partition);
        if (fields.Operation is { } operation) log = log.ForContext(LogFields.OperationName, operation);
        if (fields.Connection is { } connection) log = log.ForContext(LogFields.ConnectionName, connection);
        log.Write(level, logged.Cause, Template, logged.Message?.ToString());
    }

    private void CountIfError(LogEventLevel level)
    {
        if (level >= LogEventLevel.Error) _tally?.CountError();
    }

    private static LogEventLevel LevelOf(LogEvent logged) => logged.LogLevel() switch
    {
        LogLevel.DebugLevel => LogEventLevel.Debug,
        LogLevel.InfoLevel => LogEventLevel.Information,
        LogLevel.WarningLevel => LogEventLevel.Warning,
        _ => LogEventLevel.Error,
    };

    /// <summary>The actor's path below the system, or the class that logged: the system's name is the same in every line.</summary>
    private static string Place(string source)
    {
        var user = source.IndexOf("/user/", StringComparison.Ordinal);
        if (user < 0) return source;
        var end = source.IndexOf('#', user);
        return end < 0 ? source[(user + 1)..] : source[(user + 1)..end];
    }
}
