using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;

namespace CubeActors.Node;

/// <summary>Writes what actors log into the program's log. Named by akka.loggers in the configuration of each actor system; Akka.NET creates it.</summary>
internal sealed class AkkaLogSink : ReceiveActor, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    public AkkaLogSink()
    {
        var lines = ActorLines.Of(Context.System);
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<LogEvent>(lines.Write);
    }
}
