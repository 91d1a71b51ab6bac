using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>Where operations write down that they begin, how far they are and how they end. One object a node; thread-safe, never blocks, never throws.</summary>
internal interface IOperationLog
{
    /// <summary>An operation that runs from now on.</summary>
    /// <param name="id">See <see cref="OperationIds"/>. Used once.</param>
    /// <param name="detail">One line: what is to be done.</param>
    /// <returns>To be disposed, or ended by one of its methods, on every path.</returns>
    OperationHandle Begin(OperationKind kind, Guid id, PartitionId? partition, string? disk, string? peer, string detail);

    /// <summary>An operation that waits for its turn; it runs from <see cref="OperationHandle.Start"/> on.</summary>
    /// <inheritdoc cref="Begin"/>
    OperationHandle Accept(OperationKind kind, Guid id, PartitionId? partition, string? disk, string? peer, string detail);

    /// <summary>Something that somebody has to look at. The same again within a minute is counted only.</summary>
    void Alert(OperationAlert alert);

    /// <summary>An operation did not begin because of another: counted, no alert.</summary>
    void Excluded(OperationKind kind, ConflictVerdict verdict);
}
