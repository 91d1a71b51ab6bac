using Akka.Actor;
using Akka.Event;
using Serilog.Events;

namespace CubeActors.Node.Tests;

/// <summary>Whoever has heard that the logger is ready may log: no line is lost behind that.</summary>
public sealed class AkkaLogSinkTests
{
    [Fact]
    public async Task A_logger_that_says_it_is_ready_gets_every_line_from_its_level_on()
    {
        var log = new RecordedLog();
        var system = ActorSystems.Create("ready", Akka.Configuration.Config.Empty, LogEventLevel.Information, log.Logger);
        try
        {
            var bus = new LoggingBus(); // nobody else subscribes here
            bus.SetLogLevel(LogLevel.InfoLevel);
            var sink = system.ActorOf(Props.Create(() => new AkkaLogSink()));
            await sink.Ask<LoggerInitialized>(new InitializeLogger(bus), TimeSpan.FromSeconds(60));
            bus.Publish(new Debug("node", typeof(AkkaLogSinkTests), "a detail"));
            bus.Publish(new Info("node", typeof(AkkaLogSinkTests), "a line"));
            bus.Publish(new Error(null, "node", typeof(AkkaLogSinkTests), "an error"));
            Assert.True(await sink.GracefulStop(TimeSpan.FromSeconds(60))); // behind the lines
            Assert.Equal(["Information a line", "Error an error"], log.Lines);
        }
        finally
        {
            await ActorSystems.EndAsync(system);
        }
    }
}
