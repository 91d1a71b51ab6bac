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
    public static ActorSystem Create(string name, Config tunables, LogEventLevel level, ILogger log)
    {
        // What Akka itself prints below a warning is about its own start and stop, and of use only to who debugs it.
        var akkaLevel = level switch
        {
            LogEventLevel.Verbose or LogEventLevel.Debug => "DEBUG",
            LogEventLevel.Information => "INFO",
            LogEventLevel.Warning => "WARNING",
            _ => "ERROR",
        };
        var config = ConfigurationFactory.ParseString($"akka.loglevel = {akkaLevel}").WithFallback(tunables);
        return ActorSystem.Create(name, ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(config), new LogSetup(log)));
    }
}
