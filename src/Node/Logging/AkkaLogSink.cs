using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;

namespace CubeActors.Node;

/// <summary>Writes what actors log into the program's log. Named by akka.loggers in the configuration of each actor system; Akka.NET creates it.</summary>
/// <remarks>No ReceiveActor: that compiles a matcher at its first message, which a start would wait for.</remarks>
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
            case InitializeLogger:
                Sender.Tell(new LoggerInitialized());
                return true;
            default:
                return false;
        }
    }
}
