using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>One histogram of durations, with the bytes that went along. Recording allocates nothing and takes no lock.</summary>
internal sealed class LatencySeries
{
    private readonly long[] _bounds;
    private readonly StripedCounters _counters; // a bucket a bound and one above them, the sum, the bytes

    /// <param name="bounds">In ticks, ascending; shared by many series.</param>
    public LatencySeries(long[] bounds)
    {
        _bounds = bounds;
        _counters = new StripedCounters(bounds.Length + 3);
    }

    private int Ticks => _bounds.Length + 1;

    private int Bytes => _bounds.Length + 2;

    /// <param name="ticks">Duration of each.</param>
    /// <param name="times">How many of this duration.</param>
    /// <param name="bytes">Of all of them together.</param>
    public void Record(long ticks, int times = 1, long bytes = 0)
    {
        var bucket = 0;
        while (bucket < _bounds.Length && ticks > _bounds[bucket]) bucket++;
        _counters.Add(bucket, times);
        _counters.Add(Ticks, ticks * times);
        if (bytes != 0) _counters.Add(Bytes, bytes);
    }

    /// <summary>What was recorded up to now. Records that come meanwhile are in it wholly, partly or not at all.</summary>
    public LatencySnapshot Read(LatencyBounds bounds, long ticksPerSecond)
    {
        var counts = new long[_bounds.Length + 1];
        for (var bucket = 0; bucket < counts.Length; bucket++) counts[bucket] = _counters.Sum(bucket);
        return new LatencySnapshot(bounds, counts, _counters.Sum(Ticks) * 1e6 / ticksPerSecond, _counters.Sum(Bytes));
    }
}

/// <summary>A histogram at one moment.</summary>
/// <param name="Counts">A count for each bound, and one for what lies above all of them; not cumulative.</param>
/// <param name="SumMicroseconds">Of all durations.</param>
/// <param name="Bytes">That went along.</param>
public sealed record LatencySnapshot(LatencyBounds Bounds, IReadOnlyList<long> Counts, double SumMicroseconds, long Bytes)
{
    public long Count => Counts.Sum();
}
