using Akka.Actor;
using Akka.Event;

namespace CubeActors.TestKit;

/// <summary>
/// Hears every log event and dead letter of a system, synchronously on the publisher's thread, so that nothing is still on its way
/// when a test looks.
/// </summary>
internal sealed class LogTap : MinimalActorRef
{
    private const int EventsMax = 200;

    private readonly Lock _gate = new();
    private readonly Queue<(TimeSpan At, LogEvent Event)> _events = new();
    private readonly List<EventExpectation> _expectations = [];
    private readonly Func<TimeSpan> _now;

    private LogTap(ExtendedActorSystem system, Func<TimeSpan> now)
    {
        _now = now;
        Provider = system.Provider;
        Path = new RootActorPath(new Address("akka", system.Name)) / "log-tap";
    }

    public override ActorPath Path { get; }
    public override IActorRefProvider Provider { get; }

    public static LogTap Attach(ExtendedActorSystem system, Func<TimeSpan> now)
    {
        var tap = new LogTap(system, now);
        system.EventStream.Subscribe(tap, typeof(LogEvent));
        system.EventStream.Subscribe(tap, typeof(AllDeadLetters));
        return tap;
    }

    public void Detach(ActorSystem system) => system.EventStream.Unsubscribe(this);

    public void Add(EventExpectation expectation)
    {
        lock (_gate) _expectations.Add(expectation);
    }

    public void Remove(EventExpectation expectation)
    {
        lock (_gate) _expectations.Remove(expectation);
    }

    public IEnumerable<string> Describe(LogLevel atLeast, int linesMax)
    {
        lock (_gate)
        {
            var lines = _events.Where(e => e.Event.LogLevel() >= atLeast).TakeLast(linesMax)
                .Select(e => $"  +{e.At:c} {e.Event.LogLevel()} {e.Event.LogSource}: {e.Event.Message} {e.Event.Cause}".TrimEnd()).ToList();
            return lines.Count == 0 ? [] : [$"Logged ({atLeast} and above):", .. lines];
        }
    }

    protected override void TellInternal(object message, IActorRef sender)
    {
        lock (_gate)
        {
            if (message is LogEvent log)
            {
                _events.Enqueue((_now(), log));
                if (_events.Count > EventsMax) _events.Dequeue();
            }
            foreach (var expectation in _expectations) expectation.Observe(message);
        }
    }
}
