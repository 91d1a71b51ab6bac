using System.Numerics;

namespace CubeActors.LoadGen;

/// <summary>
/// Counts durations in buckets that widen with the value: within 0.8 % from nanoseconds to hours, in 38 KiB, without allocating.
/// </summary>
/// <remarks>
/// One writer. Values below 128 ns are exact; above, each power of two is cut into 128 buckets (the layout of HdrHistogram).
/// </remarks>
internal sealed class LatencyHistogram
{
    private const int SubBits = 7;
    private const int SubBuckets = 1 << SubBits;
    private const int ExponentMax = 43; // 2^43 ns are 2.4 hours; anything longer counts there

    private readonly long[] _counts = new long[(ExponentMax - SubBits + 2) * SubBuckets];

    public long Count { get; private set; }

    /// <summary>The longest duration, exact; zero if there is none.</summary>
    public TimeSpan Max => TimeSpan.FromMicroseconds(_maxNanoseconds / 1000.0);

    private long _maxNanoseconds;
    private double _sumNanoseconds;

    public TimeSpan Mean => Count == 0 ? TimeSpan.Zero : TimeSpan.FromMicroseconds(_sumNanoseconds / Count / 1000.0);

    public void Record(TimeSpan duration)
    {
        var nanoseconds = Math.Max(0, duration.Ticks * TimeSpan.NanosecondsPerTick);
        _counts[IndexOf(nanoseconds)]++;
        _maxNanoseconds = Math.Max(_maxNanoseconds, nanoseconds);
        _sumNanoseconds += nanoseconds;
        Count++;
    }

    /// <summary>Adds everything <paramref name="other"/> has counted. Its writer must have stopped.</summary>
    public void Add(LatencyHistogram other)
    {
        for (var i = 0; i < _counts.Length; i++) _counts[i] += other._counts[i];
        _maxNanoseconds = Math.Max(_maxNanoseconds, other._maxNanoseconds);
        _sumNanoseconds += other._sumNanoseconds;
        Count += other.Count;
    }

    /// <summary>The duration that <paramref name="quantile"/> of the operations did not exceed; zero if there are none.</summary>
    /// <param name="quantile">Above 0, up to 1.</param>
    public TimeSpan Quantile(double quantile)
    {
        if (Count == 0) return TimeSpan.Zero;
        var rank = Math.Max(1, (long)Math.Ceiling(quantile * Count));
        long seen = 0;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= rank) return TimeSpan.FromMicroseconds(Math.Min(UpperEdge(i), _maxNanoseconds) / 1000.0);
        }

        return Max;
    }

    private static int IndexOf(long nanoseconds)
    {
        if (nanoseconds < SubBuckets) return (int)nanoseconds;
        var exponent = BitOperations.Log2((ulong)nanoseconds);
        if (exponent > ExponentMax) return ((ExponentMax - SubBits + 2) * SubBuckets) - 1;
        return ((exponent - SubBits + 1) * SubBuckets) + (int)((nanoseconds >> (exponent - SubBits)) & (SubBuckets - 1));
    }

    private static long UpperEdge(int index)
    {
        if (index < SubBuckets) return index;
        var shift = (index / SubBuckets) - 1;
        return ((long)(SubBuckets + (index % SubBuckets) + 1) << shift) - 1;
    }
}
