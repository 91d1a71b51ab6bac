using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>Why a partition is loaded before others.</summary>
internal enum LoadUrgency
{
    /// <summary>Nobody has asked: in the order of the listing.</summary>
    Listed,

    /// <summary>A member of its group asks for votes: there is no leader, and this replica may be the one that is missing.</summary>
    Leaderless,

    /// <summary>A client or another replica waits for it.</summary>
    Wanted,
}

/// <summary>The partitions of a disk that wait to be loaded, the urgent ones first. Pure.</summary>
/// <remarks>Each id is in it once; a higher urgency replaces a lower one, a lower one changes nothing. Of the same urgency who came first is first.</remarks>
internal sealed class LoadQueue
{
    private static readonly LoadUrgency[] HighestFirst = [LoadUrgency.Wanted, LoadUrgency.Leaderless, LoadUrgency.Listed];

    private readonly Dictionary<PartitionId, LoadUrgency> _waiting = [];
    private readonly Queue<PartitionId>[] _queues = [new(), new(), new()]; // what was moved up or taken out is passed over

    public int Count => _waiting.Count;

    public bool Contains(PartitionId partition) => _waiting.ContainsKey(partition);

    public void Add(PartitionId partition)
    {
        if (_waiting.TryAdd(partition, LoadUrgency.Listed)) _queues[(int)LoadUrgency.Listed].Enqueue(partition);
    }

    /// <returns>False if it does not wait, or as urgently already.</returns>
    public bool Raise(PartitionId partition, LoadUrgency urgency)
    {
        if (!_waiting.TryGetValue(partition, out var now) || now >= urgency) return false;
        _waiting[partition] = urgency;
        _queues[(int)urgency].Enqueue(partition);
        return true;
    }

    public bool Remove(PartitionId partition) => _waiting.Remove(partition);

    public bool TryTake(out PartitionId partition)
    {
        foreach (var urgency in HighestFirst)
        {
            while (_queues[(int)urgency].TryDequeue(out partition))
            {
                if (!_waiting.TryGetValue(partition, out var now) || now != urgency) continue;
                _waiting.Remove(partition);
                return true;
            }
        }

        partition = default;
        return false;
    }

    public void Clear()
    {
        _waiting.Clear();
        foreach (var queue in _queues) queue.Clear();
    }
}
