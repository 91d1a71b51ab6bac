using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Event;

namespace CubeActors.Actors.Tests;

/// <summary>Hears every log event of a node, on the thread that logs it, so that none is still on its way when a test looks.</summary>
internal sealed class LogRecorder : MinimalActorRef
{
    private readonly ConcurrentQueue<LogEvent> _events = new();

    private LogRecorder(ExtendedActorSystem system)
    {
        Provider = system.Provider;
        Path = new RootActorPath(new Address("akka", system.Name)) / "log-recorder";
    }

    public override ActorPath Path { get; }
    public override IActorRefProvider Provider { get; }

    /// <summary>Exceptions that reached the log: promises of ours that were broken. There must be none, whatever peers do.</summary>
    public IReadOnlyList<string> Broken => [.. _events.OfType<Error>().Where(e => e.Cause is not null).Select(e => $"{e.Message}: {e.Cause}")];

    public IReadOnlyList<string> Texts => [.. _events.Select(e => e.Message?.ToString() ?? "")];

    public static LogRecorder Attach(ActorSystem system)
    {
        var recorder = new LogRecorder((ExtendedActorSystem)system);
        system.EventStream.Subscribe(recorder, typeof(LogEvent));
        return recorder;
    }

    protected override void TellInternal(object message, IActorRef sender)
    {
        if (message is LogEvent log) _events.Enqueue(log);
    }
}
