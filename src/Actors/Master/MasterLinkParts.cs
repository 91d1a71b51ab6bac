using CubeActors.Client;

namespace CubeActors.Actors;

/// <summary>What <see cref="MasterLink"/> works with.</summary>
/// <param name="Gate">Where what masters order is published.</param>
/// <param name="State">What the node keeps of itself; null where it keeps nothing.</param>
/// <param name="ReadCpuTimes">The text of <c>/proc/stat</c>; null where there is none. Does not block.</param>
/// <param name="Sources">Where it is published who may send tasks.</param>
internal sealed record MasterLinkParts(
    MasterClient Masters, DataNodeSettings Settings, NodeGate Gate, NodeBoard Board, PartitionGates Gates, TimeProvider Time, NodeState? State, Func<string?> ReadCpuTimes,
    KnownSources Sources)
{
    /// <summary>Where operations are written down.</summary>
    public IOperationLog Operations { get; init; } = NullOperationLog.Instance;
}
