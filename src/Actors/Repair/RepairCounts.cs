namespace CubeActors.Actors;

/// <summary>What a node has repaired since its start. Thread-safe.</summary>
internal sealed class RepairCounts
{
    private long _extents, _bytes, _failed, _cycles, _tasks, _tasksFailed;

    /// <summary>An operation of this node's own replicas has ended.</summary>
    public void Add(RepairSummary summary)
    {
        Interlocked.Add(ref _extents, summary.Repaired);
        Interlocked.Add(ref _bytes, summary.Bytes);
        Interlocked.Add(ref _failed, summary.Failed);
    }

    /// <summary>The normal extents of a partition were compared.</summary>
    public void AddCycle() => Interlocked.Increment(ref _cycles);

    /// <summary>Another replica was given its share, and has answered or not.</summary>
    public void AddShare(bool answered)
    {
        Interlocked.Increment(ref _tasks);
        if (!answered) Interlocked.Increment(ref _tasksFailed);
    }

    /// <param name="streams">Extents that are being fetched now.</param>
    public RepairFigures Figures(int streams) => new(
        streams, Interlocked.Read(ref _extents), Interlocked.Read(ref _bytes), Interlocked.Read(ref _failed), Interlocked.Read(ref _cycles), Interlocked.Read(ref _tasks), Interlocked.Read(ref _tasksFailed));
}
