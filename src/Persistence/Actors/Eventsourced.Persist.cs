using System.Collections.Immutable;

namespace CubeActors.Persistence;

public abstract partial class Eventsourced
{
    private Queue<PendingHandler> _inFlight = new();
    private Queue<PendingHandler> _next = new();
    private bool _failedInHandler;

    private bool IsPersisting => _inFlight.Count > 0;

    /// <summary>
    /// Writes the event and then runs <paramref name="handler"/> with it. Commands wait until all handlers of this one have run; the
    /// sender is still the command's.
    /// </summary>
    /// <exception cref="InvalidOperationException">During recovery, or the event's type is not registered.</exception>
    public void Persist<TEvent>(TEvent @event, Action<TEvent> handler)
    {
        ArgumentNullException.ThrowIfNull(@event);
        ArgumentNullException.ThrowIfNull(handler);
        if (IsRecovering) throw new InvalidOperationException("Cannot persist during replay; persist on RecoveryCompleted or later.");
        // Serialized now: what the handler or the caller changes later cannot differ from what is written.
        var stored = _journal.Events.Serialize(@event, EventRegistry.EventBytesMax);
        _next.Enqueue(new PendingHandler(@event, stored, e => handler((TEvent)e)));
    }

    /// <summary>Like Persist for each event; they become durable all or none.</summary>
    public void PersistAll<TEvent>(IEnumerable<TEvent> events, Action<TEvent> handler)
    {
        ArgumentNullException.ThrowIfNull(events);
        foreach (var @event in events.ToImmutableArray()) Persist(@event, handler);
    }

    /// <summary>
    /// Runs <paramref name="handler"/> after the handlers of all events persisted so far; at once if there are none. Stores nothing.
    /// </summary>
    public void DeferAsync<TEvent>(TEvent @event, Action<TEvent> handler)
    {
        ArgumentNullException.ThrowIfNull(@event);
        ArgumentNullException.ThrowIfNull(handler);
        if (IsRecovering) throw new InvalidOperationException("Cannot defer during replay; defer on RecoveryCompleted or later.");
        if (_inFlight.Count == 0 && _next.Count == 0) handler(@event);
        else _next.Enqueue(new PendingHandler(@event, null, e => handler((TEvent)e)));
    }

    /// <summary>
    /// Removes events from the journal, up to and including the number; the answer is a DeleteMessagesSuccess or -Failure to itself.
    /// </summary>
    public void DeleteMessages(long toSequenceNr)
    {
        Enqueue(new DeleteEvents(Self, Self, new object(), PersistenceId, Math.Min(toSequenceNr, LastSequenceNr)));
    }

    private void AfterHandlers()
    {
        while (_phase == Phase.Serving && !IsPersisting && _next.Count > 0) WriteNext();
        if (!IsPersisting && _phase == Phase.Serving) UnstashOne();
    }

    private void WriteNext()
    {
        (_inFlight, _next) = (_next, _inFlight);
        var events = _inFlight.Where(p => p.Stored is not null).Select(p => p.Stored!.Value).ToArray();
        if (events.Length == 0)
        {
            RunHandlers();
            return;
        }
        var (asker, sender, first) = (Self, Sender, _highestSequenceNr + 1);
        try
        {
            Ask(token => new WriteEvents(asker, sender, token, PersistenceId, first, events));
            _highestSequenceNr += events.Length;
        }
        catch (JournalException refusal)
        {
            Reject(refusal);
        }
    }

    private void OnWritten()
    {
        StopDeadline();
        RunHandlers();
        AfterHandlers();
    }

    private void RunHandlers()
    {
        // Stays non-empty until the last handler has run, so that a DeferAsync among them keeps its place.
        _failedInHandler = true; // unless all of them return
        while (_inFlight.TryPeek(out var pending))
        {
            if (pending.Stored is not null) LastSequenceNr++;
            pending.Handle(pending.Event);
            _inFlight.Dequeue();
        }
        _failedInHandler = false;
    }

    // A restart recovers the event. Resume would go on with a state that lacks it, so it ends here.
    private void StopResumed()
    {
        Log.Error("{0} was resumed after a handler of a durable event failed; its state cannot be trusted and it stops", PersistenceId);
        StopSelf();
    }

    private void Reject(JournalException refusal)
    {
        var sequenceNr = _highestSequenceNr;
        var rejected = _inFlight.ToArray();
        _inFlight.Clear();
        foreach (var pending in rejected)
        {
            if (pending.Stored is null) pending.Handle(pending.Event);
            else OnPersistRejected(refusal, pending.Event, ++sequenceNr);
        }
    }

    private void FailWrite(Exception cause)
    {
        var first = _inFlight.First(p => p.Stored is not null);
        try
        {
            OnPersistFailure(cause, first.Event, LastSequenceNr + 1);
        }
        finally
        {
            StopSelf();
        }
    }
}
