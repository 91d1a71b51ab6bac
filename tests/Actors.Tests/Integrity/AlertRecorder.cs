using System.Collections.Concurrent;
using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>Keeps alerts, and nothing else of operations.</summary>
internal sealed class AlertRecorder : IOperationLog
{
    private readonly ConcurrentQueue<OperationAlert> _alerts = new();

    public IReadOnlyList<OperationAlert> All => [.. _alerts];

    public OperationHandle Begin(OperationKind kind, Guid id, PartitionId? partition, string? disk, string? peer, string detail) => new(id, null);

    public OperationHandle Accept(OperationKind kind, Guid id, PartitionId? partition, string? disk, string? peer, string detail) => new(id, null);

    public void Alert(OperationAlert alert) => _alerts.Enqueue(alert);

    public void Excluded(OperationKind kind, ConflictVerdict verdict)
    {
    }
}
