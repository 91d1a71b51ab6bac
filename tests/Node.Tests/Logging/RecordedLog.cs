using System.Collections.Concurrent;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace CubeActors.Node.Tests;

/// <summary>A log that keeps its lines as text.</summary>
internal sealed class RecordedLog : ILogEventSink
{
    public RecordedLog() => Logger = new LoggerConfiguration().MinimumLevel.Verbose().WriteTo.Sink(this).CreateLogger();

    public Logger Logger { get; }

    public ConcurrentQueue<string> Lines { get; } = new();

    public void Emit(LogEvent logEvent) => Lines.Enqueue($"{logEvent.Level} {logEvent.RenderMessage()}");
}
