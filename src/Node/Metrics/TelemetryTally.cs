using System.Collections.Immutable;

namespace CubeActors.Node;

/// <summary>Counts what a node sends to those who watch it. Thread-safe.</summary>
internal sealed class TelemetryTally
{
    private ImmutableArray<TargetTally> _targets = [];
    private volatile SpanTally? _spans;

    /// <summary>In the order in which they were added; there are a few.</summary>
    public ImmutableArray<TargetTally> Targets => _targets;

    /// <summary>Null where no spans are sent.</summary>
    public SpanTally? Spans { get => _spans; set => _spans = value; }

    public TargetTally Add(string target)
    {
        var added = new TargetTally(target);
        ImmutableInterlocked.Update(ref _targets, static (all, one) => all.Add(one), added);
        return added;
    }
}

/// <summary>Requests to one target: consul, push, otlp_traces or otlp_metrics.</summary>
internal sealed class TargetTally(string name)
{
    private long _sent;
    private long _failed;

    public string Name => name;

    public long Sent => Interlocked.Read(ref _sent);

    public long Failed => Interlocked.Read(ref _failed);

    public void Count(bool succeeded) => Interlocked.Increment(ref succeeded ? ref _sent : ref _failed);
}

/// <summary>What became of spans.</summary>
internal sealed class SpanTally
{
    private long _waiting;
    private long _exported;
    private long _queueFull;
    private long _refused;
    private long _unreachable;

    /// <summary>In the queue, and in the batch that is on its way.</summary>
    public long Waiting => Interlocked.Read(ref _waiting);

    public long Exported => Interlocked.Read(ref _exported);

    public IReadOnlyList<(string Reason, long Count)> Dropped =>
        [("queue_full", Interlocked.Read(ref _queueFull)), ("refused", Interlocked.Read(ref _refused)), ("unreachable", Interlocked.Read(ref _unreachable))];

    public void Enqueued() => Interlocked.Increment(ref _waiting);

    /// <summary>It was counted as enqueued, and had no place.</summary>
    public void QueueFull()
    {
        Interlocked.Decrement(ref _waiting);
        Interlocked.Increment(ref _queueFull);
    }

    public void Taken(int exported, int refused)
    {
        Interlocked.Add(ref _waiting, -(exported + refused));
        Interlocked.Add(ref _exported, exported);
        Interlocked.Add(ref _refused, refused);
    }

    public void Refused(int spans) => Taken(0, spans);

    public void Unreachable(int spans)
    {
        Interlocked.Add(ref _waiting, -spans);
        Interlocked.Add(ref _unreachable, spans);
    }
}
