using Akka.Actor;

namespace CubeActors.Persistence;

public abstract partial class Eventsourced
{
    private Recovery _recovery = Recovery.None;
    private long _replayed;

    private void StartRecovery()
    {
        if (string.IsNullOrWhiteSpace(PersistenceId)) throw new InvalidOperationException($"{GetType()} has no PersistenceId.");
        _recovery = Recovery;
        try
        {
            Ask(token => new ReadSnapshot(Self, ActorRefs.NoSender, token, PersistenceId, _recovery.FromSnapshot, _recovery.ToSequenceNr));
        }
        catch (JournalException refusal)
        {
            FailRecovery(refusal, null);
        }
    }

    private void OnSnapshotRead(SnapshotRead read)
    {
        _highestSequenceNr = read.HighestSequenceNr;
        _phase = Phase.ReadingEvents;
        if (read.Snapshot is { } snapshot && !TryOffer(snapshot.Metadata, snapshot.Value)) return;
        // Deleted events are gone; an actor that deletes without a snapshot begins after them, as in Akka.
        LastSequenceNr = Math.Max(LastSequenceNr, read.DeletedTo);
        NextPage();
    }

    private bool TryOffer(SnapshotMetadata metadata, StoredValue stored) => TryRecover(
        () => new SnapshotOffer(metadata, _journal.Events.Deserialize(stored, Describe(metadata))),
        () => LastSequenceNr = metadata.SequenceNr);

    private void OnEventsRead(EventsRead read)
    {
        if (read.Events.Count == 0)
        {
            FailRecovery(Missing(), null);
            return;
        }
        foreach (var (sequenceNr, stored) in read.Events)
        {
            if (sequenceNr != LastSequenceNr + 1)
            {
                FailRecovery(Missing(), null);
                return;
            }
            var where = $"Event {sequenceNr} of '{PersistenceId}' in the journal '{_journal.Path}'";
            if (!TryRecover(() => _journal.Events.Deserialize(stored, where), () => LastSequenceNr = sequenceNr)) return;
            _replayed++;
        }
        NextPage();
    }

    private void NextPage()
    {
        var to = Math.Min(_recovery.ToSequenceNr, _highestSequenceNr);
        if (LastSequenceNr >= to || _replayed >= _recovery.ReplayMax)
        {
            CompleteRecovery();
            return;
        }
        try
        {
            Ask(token => new ReadEvents(
                Self, ActorRefs.NoSender, token, PersistenceId, LastSequenceNr + 1, to, _recovery.ReplayMax - _replayed));
        }
        catch (JournalException refusal)
        {
            FailRecovery(refusal, null);
        }
    }

    private void CompleteRecovery()
    {
        StopDeadline();
        _token = new object();
        // The next event goes behind all that was ever written, also if less was asked for.
        LastSequenceNr = _highestSequenceNr;
        _phase = Phase.Serving; // before RecoveryCompleted: its handler may persist
        if (TryRecover(() => RecoveryCompleted.Instance, static () => { })) AfterHandlers();
    }

    private bool TryRecover(Func<object> read, Action before)
    {
        object? message = null;
        try
        {
            message = read();
            before();
            base.AroundReceive(ReceiveRecover, message);
            return true;
        }
        catch (Exception reason)
        {
            FailRecovery(reason, message);
            return false;
        }
    }

    private JournalException Missing() => new(
        $"The journal '{_journal.Path}' is incomplete: "
        + $"event {LastSequenceNr + 1} of '{PersistenceId}' is missing, but there are later ones.", fault: JournalFault.Damaged);

    private void FailRecovery(Exception reason, object? message)
    {
        try
        {
            OnRecoveryFailure(reason, message);
        }
        finally
        {
            StopSelf();
        }
    }
}
