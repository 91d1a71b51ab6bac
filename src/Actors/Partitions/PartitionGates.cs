using System.Collections.Concurrent;
using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>The gates of all partitions that serve on this node. Readers take no lock.</summary>
/// <remarks>Each partition's actor is the only writer of its entry.</remarks>
public sealed class PartitionGates
{
    private readonly ConcurrentDictionary<ulong, PartitionGate> _gates = new();

    public int Count => _gates.Count;

    /// <returns>The gate, or null where the partition does not serve here.</returns>
    public PartitionGate? Find(PartitionId partition) => _gates.TryGetValue(partition.Value, out var gate) ? gate : null;

    public void Publish(PartitionGate gate) => _gates[gate.Partition.Value] = gate;

    public void Withdraw(PartitionId partition) => _gates.TryRemove(partition.Value, out _);
}
