using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>Which operations somebody wants to see.</summary>
/// <param name="State">Null: all; and so on.</param>
/// <param name="Limit">At most so many.</param>
public sealed record OperationFilter(OperationState? State = null, OperationKind? Kind = null, PartitionId? Partition = null, int Limit = OperationFilter.LimitDefault)
{
    public const int LimitDefault = 100;

    /// <summary>Only those that have not ended.</summary>
    public bool IsOpen { get; init; }

    /// <summary>A page that an HTTP client and a terminal can still take.</summary>
    public const int LimitMax = 10_000;

    internal bool Admits(OperationEntry entry) => (!IsOpen || entry.IsOpen) && (State is null || State == entry.State) && (Kind is null || Kind == entry.Kind) && (Partition is null || Partition == entry.Partition);
}
