namespace CubeActors.Persistence;

/// <summary>What an actor is given back when it starts.</summary>
/// <param name="FromSnapshot">Which snapshot to begin with; None for events only.</param>
/// <param name="ToSequenceNr">Inclusive.</param>
/// <param name="ReplayMax">Events at most.</param>
public sealed record Recovery(SnapshotSelectionCriteria FromSnapshot, long ToSequenceNr = long.MaxValue, long ReplayMax = long.MaxValue)
{
    public static Recovery Default { get; } = new();

    /// <summary>Neither snapshot nor events; only the last sequence number is found.</summary>
    public static Recovery None { get; } = new(SnapshotSelectionCriteria.None, 0, 0);

    public Recovery() : this(SnapshotSelectionCriteria.Latest) { }
}

/// <summary>The last message of a recovery, told to ReceiveRecover; from here on events can be persisted.</summary>
public sealed record RecoveryCompleted
{
    public static RecoveryCompleted Instance { get; } = new();

    private RecoveryCompleted() { }
}
