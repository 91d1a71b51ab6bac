using System.Threading.Channels;
using Akka.Actor;
using Akka.Event;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace CubeActors.Node.Tests;

/// <summary>Whoever has heard that the logger is ready may log: no line is lost behind that.</summary>
public sealed class AkkaLogSinkTests : ILogEventSink
{
    private readonly Channel<string> _written = Channel.CreateUnbounded<string>();

    void ILogEventSink.Emit(Serilog.Events.LogEvent logEvent) => _written.Writer.TryWrite(logEvent.RenderMessage());

    [Fact]
    public async Task A_logger_that_says_it_is_ready_gets_every_line_from_its_level_on()
    {
        await using var log = new LoggerConfiguration().WriteTo.Sink(this).CreateLogger();
        var system = ActorSystems.Create("ready", Akka.Configuration.Config.Empty, LogEventLevel.Information, log);
        try
        {
            var bus = new LoggingBus(); // nobody else subscribes here
            bus.SetLogLevel(LogLevel.InfoLevel);
            var sink = system.ActorOf(Props.Create(() => new AkkaLogSink()));
            await sink.Ask<LoggerInitialized>(new InitializeLogger(bus), TimeSpan.FromSeconds(60));
            bus.Publish(new Debug("node", typeof(AkkaLogSinkTests), "a detail"));
            bus.Publish(new Info("node", typeof(AkkaLogSinkTests), "a line"));
            bus.Publish(new Error(null, "node", typeof(AkkaLogSinkTests), "an error"));
            Assert.Equal(("a line", "an error"), (await NextAsync(), await NextAsync()));
        }
        finally
        {
            await ActorSystems.EndAsync(system);
        }
    }

    private Task<string> NextAsync() => _written.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));
}
