using Akka.Actor;
using Akka.Event;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace CubeActors.Node.Tests;

/// <summary>Goal: the last words of an actor system are written. Method: a log that takes its first line only when the logger has been told to stop.</summary>
public sealed class LogMailboxTests : ILogEventSink
{
    private const int Lines = 200;

    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _mayGoOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _written = [];

    void ILogEventSink.Emit(Serilog.Events.LogEvent logEvent)
    {
        _begun.TrySetResult();
        _mayGoOn.Task.Wait();
        lock (_written) _written.Add(logEvent.RenderMessage());
    }

    [Fact]
    public async Task What_waits_when_the_system_ends_is_written_in_its_order()
    {
        await using var log = new LoggerConfiguration().WriteTo.Sink(this).CreateLogger();
        var system = ActorSystems.Create("last-words", Akka.Configuration.Config.Empty, LogEventLevel.Information, log);
        var logger = await system.ActorSelection("/system/*AkkaLogSink*").ResolveOne(TimeSpan.FromSeconds(10));
        var adapter = Akka.Event.Logging.GetLogger(system, "node");
        adapter.Info("first");
        await _begun.Task.WaitAsync(TimeSpan.FromSeconds(60));
        for (var i = 0; i < Lines; i++) adapter.Info("line {0}", i);
        ((IInternalActorRef)logger).Stop(); // as an ending system does, ahead of what waits
        _mayGoOn.SetResult();
        await ActorSystems.EndAsync(system);
        Assert.Equal(["first", .. Enumerable.Range(0, Lines).Select(i => $"line {i}")], _written);
    }

    [Fact]
    public async Task A_log_that_takes_nothing_costs_lines_that_are_counted_and_no_memory()
    {
        const int tooMany = 10;
        var tally = new LogTally();
        await using var log = new LoggerConfiguration().WriteTo.Sink(this).CreateLogger();
        var system = ActorSystems.Create("slow-log", Akka.Configuration.Config.Empty, LogEventLevel.Information, log, tally);
        var adapter = Akka.Event.Logging.GetLogger(system, "node");
        adapter.Info("first");
        await _begun.Task.WaitAsync(TimeSpan.FromSeconds(60));
        for (var i = 0; i < LogFiles.QueueMax + tooMany; i++) adapter.Info("line");
        Assert.Equal(tooMany, tally.Dropped);
        adapter.Error("an error");
        Assert.Equal((tooMany + 1, 1), ((int)tally.Dropped, (int)tally.Errors)); // counted, written or not
        _mayGoOn.SetResult();
        await ActorSystems.EndAsync(system);
        Assert.Equal(LogFiles.QueueMax + 1, _written.Count);
    }
}
