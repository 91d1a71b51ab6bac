using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;
using Akka.Event;

namespace CubeActors.Node;

/// <summary>The mailbox of <see cref="AkkaLogSink"/>: what an ending system has still to log is written, and a system that logs faster than can be written has a limit.</summary>
/// <remarks>An ending system stops its logger ahead of the lines in its mailbox. Those are the last words of a node, the ones an operator looks for.</remarks>
internal sealed class LogMailbox(Settings settings, Config config) : MailboxType(settings, config), IProducesMessageQueue<LogMailbox.Queue>
{
    public override IMessageQueue Create(IActorRef owner, ActorSystem system) => new Queue(ActorLines.Of(system));

    internal sealed class Queue(ActorLines lines) : IMessageQueue, IUnboundedMessageQueueSemantics, ILoggerMessageQueueSemantics
    {
        private readonly ConcurrentQueue<Envelope> _messages = new();

        public bool HasMessages => !_messages.IsEmpty;

        public int Count => _messages.Count;

        /// <summary>Takes a message; a line beyond <see cref="LogFiles.QueueMax"/> is dropped and counted, one that nobody wants to read is not even queued.</summary>
        public void Enqueue(IActorRef receiver, Envelope envelope)
        {
            if (envelope.Message is not LogEvent logged) _messages.Enqueue(envelope);
            else if (!lines.Matters(logged)) return; // each timer of each actor is one, on the level debug
            else if (_messages.Count >= LogFiles.QueueMax) lines.Drop(logged);
            else _messages.Enqueue(envelope);
        }

        public bool TryDequeue(out Envelope envelope) => _messages.TryDequeue(out envelope);

        /// <summary>The logger has ended: what it left is written here.</summary>
        public void CleanUp(IActorRef owner, IMessageQueue deadletters)
        {
            while (_messages.TryDequeue(out var envelope))
                if (envelope.Message is LogEvent logged) lines.Write(logged);
        }
    }
}
