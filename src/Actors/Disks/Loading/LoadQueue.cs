using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>Why a partition is loaded before others.</summary>
internal enum LoadUrgency
{
    /// <summary>Nobody has asked: in the order of the listing.</summary>
    Listed,

    /// <summary>A member of its group asks for votes: there is no leader, and this replica's voice may be the one that is missing.</summary>
    Leaderless,

    /// <summary>A client or another replica waits for it.</summary>
    Wanted,
}

/// <summary>The two steps in which a disk loads its partitions.</summary>
internal enum LoadStep
{
    /// <summary>Record and raft log: a few small reads, after which the replica has its voice in its group.</summary>
    Record,

    /// <summary>The extents, which may take minutes.</summary>
    Extents,
}

/// <summary>The partitions of a disk that wait to be loaded, the urgent ones first. Pure.</summary>
/// <remarks>
/// What callers wait for goes through both steps before anything else. Then the voices, first those of groups without a leader, and the extents of the
/// rest last: a node that starts is missed by its groups for as short a time as can be. Equals come in the order in which they became so.
/// An urgency stays with a partition from step to step until it is removed; a lower one never replaces a higher one.
/// </remarks>
internal sealed class LoadQueue
{
    private readonly Dictionary<PartitionId, LoadUrgency> _urgencies = []; // of all that wait or are under way
    private readonly Dictionary<PartitionId, LoadStep> _waiting = [];
    private readonly Queue<PartitionId>[] _queues = [new(), new(), new(), new(), new()]; // by rank; what has another rank by now is passed over

    public int Count => _waiting.Count;

    public bool Contains(PartitionId partition) => _waiting.ContainsKey(partition);

    /// <summary>It waits for a step from now on.</summary>
    public void Add(PartitionId partition, LoadStep step)
    {
        _urgencies.TryAdd(partition, LoadUrgency.Listed);
        _waiting[partition] = step;
        Enqueue(partition);
    }

    /// <returns>False if it is not known, or as urgent already.</returns>
    public bool Raise(PartitionId partition, LoadUrgency urgency)
    {
        if (!_urgencies.TryGetValue(partition, out var now) || now >= urgency) return false;
        _urgencies[partition] = urgency;
        if (_waiting.ContainsKey(partition)) Enqueue(partition);
        return true;
    }

    /// <summary>It does not wait any more, and its urgency is forgotten.</summary>
    public void Remove(PartitionId partition)
    {
        _waiting.Remove(partition);
        _urgencies.Remove(partition);
    }

    /// <summary>The next one; its urgency stays for the step behind.</summary>
    public bool TryTake(out PartitionId partition, out LoadStep step)
    {
        for (var rank = 0; rank < _queues.Length; rank++)
        {
            while (_queues[rank].TryDequeue(out partition))
            {
                if (!_waiting.TryGetValue(partition, out step) || RankOf(step, _urgencies[partition]) != rank) continue;
                _waiting.Remove(partition);
                return true;
            }
        }

        (partition, step) = (default, default);
        return false;
    }

    private void Enqueue(PartitionId partition) => _queues[RankOf(_waiting[partition], _urgencies[partition])].Enqueue(partition);

    private static int RankOf(LoadStep step, LoadUrgency urgency) => (step, urgency) switch
    {
        (LoadStep.Extents, LoadUrgency.Wanted) => 0,
        (LoadStep.Record, LoadUrgency.Wanted) => 1,
        (LoadStep.Record, LoadUrgency.Leaderless) => 2,
        (LoadStep.Record, _) => 3,
        _ => 4,
    };
}
