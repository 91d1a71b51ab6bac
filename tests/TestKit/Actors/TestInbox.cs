using System.Collections.Concurrent;

namespace CubeActors.TestKit;

/// <summary>Messages that reached a test actor: those still to be read, and a bounded history of all for failure texts.</summary>
internal sealed class TestInbox(Func<TimeSpan> now)
{
    public const int HistoryMax = 50;

    private readonly BlockingCollection<MessageEnvelope> _unread = [];
    private readonly Queue<(int Number, TimeSpan At, MessageEnvelope Envelope)> _history = new();
    private int _received;

    public bool HasMessages => _unread.Count > 0;

    public void Add(MessageEnvelope envelope)
    {
        lock (_history)
        {
            _history.Enqueue((++_received, now(), envelope));
            if (_history.Count > HistoryMax) _history.Dequeue();
        }
        _unread.Add(envelope);
    }

    /// <param name="realTimeMax">How long to wait in real time; zero in virtual time, where all that can come has come.</param>
    public MessageEnvelope? Take(TimeSpan realTimeMax) => _unread.TryTake(out var envelope, realTimeMax) ? envelope : null;

    public string Describe()
    {
        lock (_history)
        {
            if (_received == 0) return "Received so far: nothing.";
            var lines = _history.Select(e =>
                $"  {e.Number}. +{e.At:c} {FailureText.Describe(e.Envelope.Message)} from {FailureText.Path(e.Envelope.Sender)}");
            return $"Received so far ({_received}):{Environment.NewLine}{string.Join(Environment.NewLine, lines)}";
        }
    }
}
