namespace CubeActors.Actors;

/// <summary>Upper bounds of the buckets of a histogram of durations, in microseconds, ascending. A value equal to a bound is below it.</summary>
public sealed class LatencyBounds
{
    /// <summary>Of all operations. Source: CubeFS util/exporter/histogram.go.</summary>
    public static readonly LatencyBounds Operations = new(1, 50, 250, 500, 2500, 5000, 25000, 50000, 250000, 500000, 2500000, 5000000);

    /// <summary>Of all operations where metrics are pushed. Source: CubeFS util/exporter/histogram.go, enablePush.</summary>
    public static readonly LatencyBounds Pushed = new(1, 300, 1000, 5000, 500000, 2500000);

    /// <summary>Of request_const_us. Source: CubeFS util/exporter/exporter.go InitRecoderWithCluster.</summary>
    public static readonly LatencyBounds Requests = new(50, 100, 200, 500, 1000, 2000, 5000, 10000, 200000, 500000);

    /// <summary>Of waits for a partition: from a moment to the minute that a delete may wait, with the limits of appends among them.</summary>
    internal static readonly LatencyBounds Waits = new(1000, 10000, 50000, 100000, 250000, 500000, 1000000, 1500000, 2000000, 5000000, 10000000, 30000000, 60000000);

    /// <summary>Of phases of a request: from what a page cache takes to what a stalled disk takes.</summary>
    internal static readonly LatencyBounds Phases = new(10, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 10000000);

    private LatencyBounds(params long[] microseconds) => Microseconds = microseconds;

    public IReadOnlyList<long> Microseconds { get; }

    /// <summary>The same in units of <see cref="TimeProvider.GetTimestamp"/>, so that recording needs no conversion.</summary>
    internal long[] InTicks(long ticksPerSecond) => [.. Microseconds.Select(bound => (long)(bound * (ticksPerSecond / 1e6)))];
}
