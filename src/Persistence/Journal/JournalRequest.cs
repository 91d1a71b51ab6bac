using Akka.Actor;

namespace CubeActors.Persistence;

/// <summary>Something an actor asks of the journal; answered by exactly one message, whatever happens.</summary>
/// <param name="Asker">Who gets the answer.</param>
/// <param name="Sender">Comes back as the answer's sender: handlers of an event still see who sent the command.</param>
/// <param name="Token">Comes back in the answer; an actor restarted meanwhile does not know it and drops the answer.</param>
internal abstract record JournalRequest(IActorRef Asker, IActorRef Sender, object Token, string PersistenceId)
{
    /// <summary>The answer if the request failed as a whole.</summary>
    public abstract object Failed(Exception cause);

    public void Answer(object answer) => Asker.Tell(answer, Sender);
}

/// <summary>Changes something: shares a transaction with its neighbours in the queue.</summary>
internal abstract record JournalWrite(IActorRef Asker, IActorRef Sender, object Token, string PersistenceId)
    : JournalRequest(Asker, Sender, Token, PersistenceId)
{
    /// <summary>The answer once the change is durable.</summary>
    public abstract object Succeeded();
}

internal sealed record WriteEvents(
    IActorRef Asker, IActorRef Sender, object Token, string PersistenceId, long FirstSequenceNr, IReadOnlyList<StoredValue> Events)
    : JournalWrite(Asker, Sender, Token, PersistenceId)
{
    public override object Succeeded() => new EventsWritten(Token);
    public override object Failed(Exception cause) => new EventsNotWritten(Token, cause);
}

internal sealed record EventsWritten(object Token);
internal sealed record EventsNotWritten(object Token, Exception Cause);

internal sealed record DeleteEvents(IActorRef Asker, IActorRef Sender, object Token, string PersistenceId, long ToSequenceNr)
    : JournalWrite(Asker, Sender, Token, PersistenceId)
{
    public override object Succeeded() => new DeleteMessagesSuccess(ToSequenceNr);
    public override object Failed(Exception cause) => new DeleteMessagesFailure(cause, ToSequenceNr);
}

internal sealed record WriteSnapshot(IActorRef Asker, IActorRef Sender, object Token, SnapshotMetadata Metadata, StoredValue Snapshot)
    : JournalWrite(Asker, Sender, Token, Metadata.PersistenceId)
{
    public override object Succeeded() => new SaveSnapshotSuccess(Metadata);
    public override object Failed(Exception cause) => new SaveSnapshotFailure(Metadata, cause);
}

internal sealed record DeleteSnapshotRows(
    IActorRef Asker, IActorRef Sender, object Token, string PersistenceId, SnapshotSelectionCriteria Criteria)
    : JournalWrite(Asker, Sender, Token, PersistenceId)
{
    public override object Succeeded() => new DeleteSnapshotsSuccess(Criteria);
    public override object Failed(Exception cause) => new DeleteSnapshotsFailure(Criteria, cause);
}

/// <summary>The newest snapshot that fits, and how far the events go.</summary>
internal sealed record ReadSnapshot(
    IActorRef Asker, IActorRef Sender, object Token, string PersistenceId, SnapshotSelectionCriteria Criteria, long ToSequenceNr)
    : JournalRequest(Asker, Sender, Token, PersistenceId)
{
    public override object Failed(Exception cause) => new ReadFailed(Token, cause);
}

/// <param name="DeletedTo">Events up to here were deleted; 0 if none were.</param>
/// <param name="HighestSequenceNr">Of all that was ever written, also if deleted; 0 for an actor that never wrote.</param>
internal sealed record SnapshotRead(
    object Token, (SnapshotMetadata Metadata, StoredValue Value)? Snapshot, long DeletedTo, long HighestSequenceNr);

/// <summary>One page of events in order.</summary>
internal sealed record ReadEvents(
    IActorRef Asker, IActorRef Sender, object Token, string PersistenceId, long FromSequenceNr, long ToSequenceNr, long CountMax)
    : JournalRequest(Asker, Sender, Token, PersistenceId)
{
    public override object Failed(Exception cause) => new ReadFailed(Token, cause);
}

internal sealed record EventsRead(object Token, IReadOnlyList<(long SequenceNr, StoredValue Value)> Events);
internal sealed record ReadFailed(object Token, Exception Cause);
