using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;

namespace CubeActors.Persistence;

/// <summary>
/// An actor whose state is the sum of its events: recovers from snapshot and events before it sees a command, and changes its state in
/// handlers that run, on the actor's thread and in order, once their events are durable.
/// </summary>
/// <remarks>
/// The names and rules are Akka.Persistence's. Commands wait in a bounded internal stash during recovery and while a write is under way;
/// a failed or overdue write or recovery stops the actor. Nothing here blocks: the journal answers by message.
/// Stop it by a command of its own, not by PoisonPill, which would overtake stashed commands.
/// </remarks>
public abstract partial class Eventsourced : ActorBase, IRequiresMessageQueue<IDequeBasedMessageQueueSemantics>
{
    private enum Phase { ReadingSnapshot, ReadingEvents, Serving, Stopping }

    private sealed record JournalOverdue(object Token); // to itself

    private readonly SqliteJournal _journal;
    private readonly IStash _stash;
    private Phase _phase = Phase.ReadingSnapshot;
    private object _token = new(); // names the request under way; an answer with another token is not for this actor as it is now
    private ICancelable? _deadline;
    private long _highestSequenceNr; // given away, durable or not
    private int _stashed;
    private bool _stashWasFull;

    private protected Eventsourced(SqliteJournal journal)
    {
        ArgumentNullException.ThrowIfNull(journal);
        _journal = journal;
        _stash = StashFactory.CreateStash(Context, typeof(IWithUnboundedStash));
        Log = Context.GetLogger();
    }

    /// <summary>Names this actor's events in the journal; the same over restarts, and never used by two actors at once.</summary>
    public abstract string PersistenceId { get; }

    /// <summary>What to recover; asked once, at start.</summary>
    public virtual Recovery Recovery => Recovery.Default;

    /// <summary>Of the last event that was recovered or whose handler runs or ran.</summary>
    public long LastSequenceNr { get; private set; }

    public long SnapshotSequenceNr => LastSequenceNr;
    public bool IsRecovering => _phase is Phase.ReadingSnapshot or Phase.ReadingEvents;

    /// <summary>Commands that may wait during recovery or a write; see <see cref="OnStashOverflow"/>.</summary>
    protected virtual int InternalStashCapacity => 1000;

    /// <summary>
    /// How long the journal may take for one answer before this actor gives up and stops. The disk may hang; actors do not.
    /// </summary>
    protected virtual TimeSpan JournalTimeout => TimeSpan.FromSeconds(30);

    protected ILoggingAdapter Log { get; }

    /// <summary>Told a SnapshotOffer, each event, and at last RecoveryCompleted.</summary>
    protected abstract bool ReceiveRecover(object message);

    protected abstract bool ReceiveCommand(object message);

    /// <summary>A write failed or took too long; whether the event is durable is unknown. The actor stops afterwards, always.</summary>
    protected virtual void OnPersistFailure(Exception cause, object @event, long sequenceNr) =>
        Log.Error(cause, "Failed to persist {0} with sequence number {1} of {2}", @event.GetType(), sequenceNr, PersistenceId);

    /// <summary>
    /// The journal refused the event before it tried to write: it is not stored and its handler does not run. The actor goes on.
    /// </summary>
    protected virtual void OnPersistRejected(Exception cause, object @event, long sequenceNr) =>
        Log.Error(cause, "Rejected to persist {0} with sequence number {1} of {2}", @event.GetType(), sequenceNr, PersistenceId);

    /// <summary>Recovery failed. The actor stops afterwards, always.</summary>
    /// <param name="message">What ReceiveRecover was told when it threw; null if the journal failed.</param>
    protected virtual void OnRecoveryFailure(Exception reason, object? message = null) =>
        Log.Error(reason, "Failed to recover {0} after sequence number {1}", PersistenceId, LastSequenceNr);

    /// <summary>
    /// The internal stash is full. The command becomes a dead letter unless overridden, for example to refuse it to its sender.
    /// </summary>
    protected virtual void OnStashOverflow(object command)
    {
        if (!_stashWasFull) Log.Warning("{0} has {1} commands waiting; further ones become dead letters", PersistenceId, _stashed);
        Context.System.DeadLetters.Tell(new DeadLetter(command, Sender, Self), Sender);
    }

    protected sealed override bool Receive(object message) => ReceiveCommand(message);

    public override void AroundPreStart()
    {
        StartRecovery();
        base.AroundPreStart();
    }

    public override void AroundPreRestart(Exception cause, object message)
    {
        GiveBackStash();
        base.AroundPreRestart(cause, message);
    }

    public override void AroundPostRestart(Exception reason, object message)
    {
        StartRecovery();
        base.AroundPostRestart(reason, message);
    }

    public override void AroundPostStop()
    {
        GiveBackStash();
        base.AroundPostStop();
    }

    protected override bool AroundReceive(Receive receive, object message)
    {
        switch (message)
        {
            case SnapshotRead { Token: SnapshotLoad } or ReadFailed { Token: SnapshotLoad }: break; // answers of LoadSnapshot are commands
            case SnapshotRead read when IsCurrent(read.Token): OnSnapshotRead(read); return true;
            case EventsRead read when IsCurrent(read.Token): OnEventsRead(read); return true;
            case ReadFailed failed when IsCurrent(failed.Token): FailRecovery(failed.Cause, null); return true;
            case EventsWritten written when IsCurrent(written.Token): OnWritten(); return true;
            case EventsNotWritten failed when IsCurrent(failed.Token): FailWrite(failed.Cause); return true;
            case JournalOverdue overdue when IsCurrent(overdue.Token): OnOverdue(); return true;
            // Of a former life:
            case SnapshotRead or EventsRead or ReadFailed or EventsWritten or EventsNotWritten or JournalOverdue: return true;
        }
        if (_failedInHandler) StopResumed();
        if (_phase == Phase.Stopping) return false;
        if (_phase != Phase.Serving || IsPersisting)
        {
            StashCommand(message);
            return true;
        }
        return Serve(receive, message);
    }

    private bool Serve(Receive receive, object command)
    {
        var handled = base.AroundReceive(receive, TranslateLoad(command));
        AfterHandlers();
        return handled;
    }

    private bool IsCurrent(object token) => ReferenceEquals(token, _token);

    private void StashCommand(object command)
    {
        // Answers to its own requests and Terminated are few and must not get lost; the limit is for what others send.
        if (_stashed >= InternalStashCapacity && command is not Terminated && !Self.Equals(Sender))
        {
            OnStashOverflow(command);
            _stashWasFull = true;
            return;
        }
        _stash.Stash();
        _stashed++;
    }

    // One at a time: the next command may persist again, and the others would have to be stashed anew.
    private void UnstashOne()
    {
        if (_stashed == 0) return;
        _stash.Unstash();
        _stashed--;
        if (_stashed == 0) _stashWasFull = false;
    }

    private void GiveBackStash()
    {
        StopDeadline();
        _stashed = 0;
        _stash.UnstashAll();
    }

    private void Ask(Func<object, JournalRequest> request)
    {
        _token = new object();
        StopDeadline();
        if (_journal.TryEnqueue(request(_token)) is { } refusal) throw refusal;
        _deadline = Context.System.Scheduler.ScheduleTellOnceCancelable(JournalTimeout, Self, new JournalOverdue(_token), Self);
    }

    private void StopDeadline()
    {
        _deadline?.Cancel();
        _deadline = null;
    }

    private void OnOverdue()
    {
        var cause = new JournalException($"The journal '{_journal.Path}' gave no answer for {JournalTimeout}.");
        if (IsRecovering) FailRecovery(cause, null);
        else FailWrite(cause);
    }

    private void StopSelf()
    {
        _phase = Phase.Stopping;
        _token = new object();
        StopDeadline();
        Context.Stop(Self);
    }
}
