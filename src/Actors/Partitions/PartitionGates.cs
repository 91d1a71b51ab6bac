using System.Collections.Concurrent;
using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>The gates of all partitions that serve on this node, and which ones are yet to come. Readers of gates take no lock.</summary>
/// <remarks>
/// Each partition's actor is the only writer of its gate; its disk announces it before. Thread-safe. No callback is called under the lock.
/// </remarks>
public sealed class PartitionGates
{
    private readonly ConcurrentDictionary<ulong, PartitionGate> _gates = new();
    private readonly Dictionary<ulong, Action?> _announced = []; // guarded by the lock; the action is null once it was called
    private readonly HashSet<ulong> _withdrawn = []; // guarded by the lock; empty once all disks are listed
    private readonly Lock _lock = new();
    private volatile bool _isListed;

    /// <summary>Partitions that serve.</summary>
    public int Count => _gates.Count;

    /// <summary>Every disk has said what it holds: an id that is neither announced nor serves is unknown here.</summary>
    public bool IsListed => _isListed;

    /// <returns>The gate, or null where the partition does not serve here.</returns>
    public PartitionGate? Find(PartitionId partition) => _gates.TryGetValue(partition.Value, out var gate) ? gate : null;

    /// <summary>The partition lies on a disk of this node and does not serve yet: who asks for it may wait. Announced twice, the first one counts.</summary>
    /// <param name="wanted">Called at most once, on any thread, when a caller asks for it.</param>
    public void Announce(PartitionId partition, Action wanted)
    {
        lock (_lock)
        {
            _withdrawn.Remove(partition.Value);
            if (!_gates.ContainsKey(partition.Value)) _announced.TryAdd(partition.Value, wanted);
        }
    }

    /// <summary>The partition serves from now on, or serves differently; who waits for it is let in.</summary>
    public void Publish(PartitionGate gate)
    {
        lock (_lock)
        {
            _gates[gate.Partition.Value] = gate;
            _announced.Remove(gate.Partition.Value);
            _withdrawn.Remove(gate.Partition.Value);
        }
    }

    /// <summary>The partition does not serve now: closed, failed or deleted. Who waits for it is refused.</summary>
    public void Withdraw(PartitionId partition)
    {
        lock (_lock)
        {
            _gates.TryRemove(partition.Value, out _);
            _announced.Remove(partition.Value);
            if (!_isListed) _withdrawn.Add(partition.Value);
        }
    }

    /// <summary>Every disk has announced what it holds. Not taken back.</summary>
    public void AllListed()
    {
        lock (_lock)
        {
            _isListed = true;
            _withdrawn.Clear();
        }
    }
}
