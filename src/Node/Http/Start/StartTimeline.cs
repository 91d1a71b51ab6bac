using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>What has been seen of a start: which replicas took how long, and how much is left. Looks at the node's status now and then; decides nothing.</summary>
/// <remarks>Times of replicas are as exact as the looks are frequent. It ends with the start: what is loaded anew later is not part of it. Thread-safe.</remarks>
internal sealed class StartTimeline(DateTimeOffset processStart)
{
    /// <summary>Replicas that are named as the slowest.</summary>
    private const int SlowestMax = 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, Seen> _loading = [];
    private readonly List<SlowPartition> _slowest = []; // of those that are settled; the slowest first
    private readonly Dictionary<LoadStage, TimeSpan> _stageTime = [];
    private bool _isOver;

    /// <summary>When the process was started, as the kernel says.</summary>
    public DateTimeOffset ProcessStart => processStart;

    /// <summary>When the ports listened; null where they are bound with the actors.</summary>
    public DateTimeOffset? PortsBound { get; init; }

    /// <summary>The node has been ready once.</summary>
    public bool IsOver
    {
        get
        {
            lock (_lock) return _isOver;
        }
    }

    /// <summary>Takes in how the node is at this moment.</summary>
    public void Look(NodeStatus status, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (_isOver) return;
            foreach (var partition in status.Partitions) Look(partition, now);
            if (status.Phase is NodePhase.Binding or NodePhase.Loading) return;
            _isOver = status.Phase == NodePhase.Ready;
            if (_isOver) _loading.Clear();
        }
    }

    /// <summary>The slowest replicas, those that are still being loaded included.</summary>
    public IReadOnlyList<SlowPartition> Slowest(NodeStatus status, DateTimeOffset now)
    {
        lock (_lock)
        {
            var under = status.Partitions.Where(partition => !IsSettled(partition) && _loading.ContainsKey(partition.Id.Value))
                .Select(partition => Describe(partition, now - _loading[partition.Id.Value].Since));
            return [.. _slowest.Concat(under).OrderByDescending(partition => partition.Seconds).Take(SlowestMax)];
        }
    }

    /// <summary>Time that replicas have spent in each stage, added up over all of them.</summary>
    public IReadOnlyDictionary<string, double> StageSeconds()
    {
        lock (_lock) return _stageTime.OrderBy(stage => stage.Key).ToDictionary(stage => stage.Key.ToString(), stage => Math.Round(stage.Value.TotalSeconds, 3));
    }

    private void Look(PartitionFigures partition, DateTimeOffset now)
    {
        var known = _loading.TryGetValue(partition.Id.Value, out var seen);
        if (!known)
        {
            // One that is settled at the first look was faster than looks are frequent.
            _loading.Add(partition.Id.Value, seen = new Seen { Since = now, LookedAt = now, Stage = partition.Stage, IsSettled = IsSettled(partition) });
            return;
        }

        if (seen!.IsSettled) return;
        _stageTime[seen.Stage] = _stageTime.GetValueOrDefault(seen.Stage) + (now - seen.LookedAt);
        // The wait for its turn says nothing of a replica.
        if (seen.Stage == LoadStage.Discovered && partition.Stage != LoadStage.Discovered) seen.Since = now;
        (seen.LookedAt, seen.Stage, seen.IsSettled) = (now, partition.Stage, IsSettled(partition));
        if (!seen.IsSettled) return;
        _slowest.Add(Describe(partition, now - seen.Since));
        _slowest.Sort(static (left, right) => right.Seconds.CompareTo(left.Seconds));
        if (_slowest.Count > SlowestMax) _slowest.RemoveAt(SlowestMax);
    }

    private static bool IsSettled(PartitionFigures partition) => partition.State is PartitionState.Serving or PartitionState.Unavailable;

    private static SlowPartition Describe(PartitionFigures partition, TimeSpan time)
    {
        var progress = partition.Progress();
        return new SlowPartition(
            partition.Id.Value, partition.DiskPath, partition.State.ToString(), partition.Stage.ToString(), Math.Round(time.TotalSeconds, 3),
            progress.Total > 0 ? progress.Done : null, progress.Total > 0 ? progress.Total : null, partition.ExtentCount, partition.Reason.Length > 0 ? partition.Reason : null);
    }

    private sealed class Seen
    {
        public required DateTimeOffset Since { get; set; }
        public required DateTimeOffset LookedAt { get; set; }
        public required LoadStage Stage { get; set; }
        public required bool IsSettled { get; set; }
    }
}
