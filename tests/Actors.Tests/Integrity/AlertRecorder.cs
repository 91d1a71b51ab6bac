using System.Collections.Concurrent;
using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>Keeps alerts; all else of operations goes to whoever stands behind it.</summary>
internal sealed class AlertRecorder : IOperationLog
{
    private readonly ConcurrentQueue<OperationAlert> _alerts = new();

    /// <summary>The node's own ledger; without one operations leave no trace.</summary>
    public IOperationLog Behind { get; set; } = NullOperationLog.Instance;

    public IReadOnlyList<OperationAlert> All => [.. _alerts];

    public Guid NewId() => Behind.NewId();

    public OperationHandle Begin(OperationKind kind, Guid id, PartitionId? partition, string? disk, string? peer, string detail) => Behind.Begin(kind, id, partition, disk, peer, detail);

    public OperationHandle Accept(OperationKind kind, Guid id, PartitionId? partition, string? disk, string? peer, string detail) => Behind.Accept(kind, id, partition, disk, peer, detail);

    public void Alert(OperationAlert alert)
    {
        _alerts.Enqueue(alert);
        Behind.Alert(alert);
    }

    public void Forget(PartitionId partition, string why) => Behind.Forget(partition, why);

    public void Excluded(OperationKind kind, ConflictVerdict verdict) => Behind.Excluded(kind, verdict);
}
