using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;

namespace CubeActors.Node;

/// <summary>Writes what actors log into the program's log. Named by akka.loggers in the configuration of each actor system; Akka.NET creates it.</summary>
/// <remarks>
/// No ReceiveActor: that compiles a matcher at its first message, which a start would wait for.
/// It subscribes itself: Akka.NET (1.4.46, LoggingBus.AddLogger) lets an actor system begin when the logger has answered, and subscribes it behind that, on some other thread. What is logged in
/// between would be lost, the first lines of a node.
/// </remarks>
internal sealed class AkkaLogSink : ActorBase, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    private readonly ActorLines _lines = ActorLines.Of(Context.System);

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case LogEvent line:
                _lines.Write(line);
                return true;
            case InitializeLogger start:
                var bus = start.LoggingBus;
                foreach (var level in Enum.GetValues<LogLevel>())
                    if (level >= bus.LogLevel) bus.Subscribe(Self, level.ClassFor());
                Sender.Tell(new LoggerInitialized());
                return true;
            default:
                return false;
        }
    }
}
