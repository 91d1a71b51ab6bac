using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>The ledger as operators see it. Thread-safe; nothing here waits.</summary>
public interface IOperationLedger
{
    /// <summary>Those that are open first, each part with the newest first.</summary>
    IReadOnlyList<OperationEntry> List(OperationFilter filter);

    /// <returns>The operation of this id, or the one that went on with it; null if none is known.</returns>
    OperationEntry? Find(Guid id);

    /// <summary>The newest first.</summary>
    IReadOnlyList<OperationAlert> Alerts { get; }

    /// <summary>Whether an alert calls for somebody now: its cause is there, or was seen within the hour.</summary>
    bool IsActive(OperationAlert alert);

    /// <summary>Tells whoever carries the operation out to end it. That it has ended, its entry shows.</summary>
    /// <returns>Null, or why not.</returns>
    string? Cancel(Guid id);

    OperationFigures Figures { get; }
}
