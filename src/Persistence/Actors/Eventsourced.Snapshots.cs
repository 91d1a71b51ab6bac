namespace CubeActors.Persistence;

public abstract partial class Eventsourced
{
    private sealed record SnapshotLoad(long ToSequenceNr);

    /// <summary>
    /// Stores the state as of <see cref="LastSequenceNr"/>; the actor goes on meanwhile. The answer is a SaveSnapshotSuccess or -Failure
    /// to itself. Serialized before this returns.
    /// </summary>
    /// <exception cref="InvalidOperationException">The snapshot's type is not registered.</exception>
    public void SaveSnapshot(object snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        var stored = _journal.Events.Serialize(snapshot, EventRegistry.SnapshotBytesMax);
        var metadata = new SnapshotMetadata(PersistenceId, LastSequenceNr, _journal.UtcNow);
        Enqueue(new WriteSnapshot(Self, Self, new object(), metadata, stored));
    }

    /// <summary>Reads a snapshot; the answer is a LoadSnapshotResult or LoadSnapshotFailed to itself.</summary>
    public void LoadSnapshot(string persistenceId, SnapshotSelectionCriteria criteria, long toSequenceNr)
    {
        ArgumentException.ThrowIfNullOrEmpty(persistenceId);
        ArgumentNullException.ThrowIfNull(criteria);
        Enqueue(new ReadSnapshot(Self, Self, new SnapshotLoad(toSequenceNr), persistenceId, criteria, toSequenceNr));
    }

    /// <summary>Removes the snapshots that fit; the answer is a DeleteSnapshotsSuccess or -Failure to itself.</summary>
    public void DeleteSnapshots(SnapshotSelectionCriteria criteria)
    {
        ArgumentNullException.ThrowIfNull(criteria);
        Enqueue(new DeleteSnapshotRows(Self, Self, new object(), PersistenceId, criteria));
    }

    // Refused requests are answered like failed ones: the actor has one way to hear of it.
    private void Enqueue(JournalRequest request)
    {
        if (_journal.TryEnqueue(request) is { } refusal) Self.Tell(request.Failed(refusal), Self);
    }

    private object TranslateLoad(object message)
    {
        switch (message)
        {
            case ReadFailed { Token: SnapshotLoad } failed: return new LoadSnapshotFailed(failed.Cause);
            case SnapshotRead { Token: SnapshotLoad load, Snapshot: null }: return new LoadSnapshotResult(null, load.ToSequenceNr);
            case SnapshotRead { Token: SnapshotLoad load, Snapshot: { } found }:
                try
                {
                    var value = _journal.Events.Deserialize(found.Value, Describe(found.Metadata));
                    return new LoadSnapshotResult(new SnapshotOffer(found.Metadata, value), load.ToSequenceNr);
                }
                catch (JournalException cause)
                {
                    return new LoadSnapshotFailed(cause);
                }
            default: return message;
        }
    }

    private string Describe(SnapshotMetadata metadata) =>
        $"Snapshot {metadata.SequenceNr} of '{metadata.PersistenceId}' in the journal '{_journal.Path}'";
}
