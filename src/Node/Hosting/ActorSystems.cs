using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Serilog.Events;
using ILogger = Serilog.ILogger;

namespace CubeActors.Node;

/// <summary>Creates actor systems the way this program needs them.</summary>
internal static class ActorSystems
{
    /// <param name="name">Unique in the process; letters, digits and dashes.</param>
    /// <param name="tunables">Configuration over Akka's own reference.</param>
    public static ActorSystem Create(string name, Config tunables, LogEventLevel level, ILogger log, LogTally? tally = null)
    {
        var config = ConfigurationFactory.ParseString(LoggingOf(level)).WithFallback(tunables);
        var system = ActorSystem.Create(name, ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(config), new LogSetup(log, tally)));
        // The scheduler of Akka.NET starts its thread at the first timer, and fails where two actors set theirs at once.
        system.Scheduler.Advanced.ScheduleOnce(TimeSpan.Zero, static () => { });
        return system;
    }

    /// <summary>Ends a system.</summary>
    /// <remarks>What Akka.NET's Terminate returns is null where the system ends at that very moment: hence the task is taken before.</remarks>
    public static async Task EndAsync(ActorSystem system)
    {
        var ended = system.WhenTerminated;
        _ = system.Terminate();
        await ended.ConfigureAwait(false);
    }

    /// <summary>HOCON that sends the log of an actor system to <see cref="AkkaLogSink"/>, from this level on.</summary>
    public static string LoggingOf(LogEventLevel level)
    {
        var word = level switch
        {
            LogEventLevel.Verbose or LogEventLevel.Debug => "DEBUG",
            LogEventLevel.Information => "INFO",
            LogEventLevel.Warning => "WARNING",
            _ => "ERROR",
        };
        // Also with stdout-loglevel off an ending system writes a line to stdout: hence a logger that says nothing.
        return $$"""
            akka {
              loglevel = {{word}}, stdout-loglevel = OFF, stdout-logger-class = "{{NameOf(typeof(SilentLogger))}}", loggers = ["{{NameOf(typeof(AkkaLogSink))}}"]
              actor.mailbox.logger-queue.mailbox-type = "{{NameOf(typeof(LogMailbox))}}"
            }
            """;

        static string NameOf(Type type) => $"{type.FullName}, {type.Assembly.GetName().Name}";
    }
}
