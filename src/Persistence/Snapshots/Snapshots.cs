namespace CubeActors.Persistence;

/// <param name="Timestamp">UTC, when the snapshot was asked for.</param>
public sealed record SnapshotMetadata(string PersistenceId, long SequenceNr, DateTime Timestamp);

/// <summary>
/// Told to ReceiveRecover before the events that follow the snapshot, or to ReceiveCommand as the answer of LoadSnapshot.
/// </summary>
public sealed record SnapshotOffer(SnapshotMetadata Metadata, object Snapshot);

/// <summary>Snapshots up to a sequence number and a moment.</summary>
/// <param name="MaxTimeStamp">UTC, inclusive.</param>
public sealed record SnapshotSelectionCriteria(long MaxSequenceNr, DateTime MaxTimeStamp)
{
    public static SnapshotSelectionCriteria None { get; } = new(0, DateTime.MinValue);
    public static SnapshotSelectionCriteria Latest { get; } = new(long.MaxValue, DateTime.MaxValue);

    public SnapshotSelectionCriteria(long maxSequenceNr) : this(maxSequenceNr, DateTime.MaxValue) { }
}

/// <summary>The snapshot is durable; events before it may be deleted.</summary>
public sealed record SaveSnapshotSuccess(SnapshotMetadata Metadata);

/// <summary>The snapshot was not stored. The actor goes on: its events are still complete.</summary>
public sealed record SaveSnapshotFailure(SnapshotMetadata Metadata, Exception Cause);

public sealed record DeleteSnapshotsSuccess(SnapshotSelectionCriteria Criteria);
public sealed record DeleteSnapshotsFailure(SnapshotSelectionCriteria Criteria, Exception Cause);

/// <summary>The answer of LoadSnapshot; without a fitting snapshot, Snapshot is null.</summary>
public sealed record LoadSnapshotResult(SnapshotOffer? Snapshot, long ToSequenceNr);

/// <summary>LoadSnapshot could not read.</summary>
public sealed record LoadSnapshotFailed(Exception Cause);

public sealed record DeleteMessagesSuccess(long ToSequenceNr);
public sealed record DeleteMessagesFailure(Exception Cause, long ToSequenceNr);
