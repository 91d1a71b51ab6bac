using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>Keeps nothing: for what is run without a node around it.</summary>
internal sealed class NullOperationLog : IOperationLog
{
    public static readonly NullOperationLog Instance = new();

    private NullOperationLog()
    {
    }

    public OperationHandle Begin(OperationKind kind, Guid id, PartitionId? partition, string? disk, string? peer, string detail) => new(id, null);

    public OperationHandle Accept(OperationKind kind, Guid id, PartitionId? partition, string? disk, string? peer, string detail) => new(id, null);

    public void Alert(OperationAlert alert)
    {
    }

    public void Excluded(OperationKind kind, ConflictVerdict verdict)
    {
    }
}
