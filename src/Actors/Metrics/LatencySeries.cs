using System.Numerics;

namespace CubeActors.Actors;

/// <summary>One histogram of durations, with the bytes that went along. Recording allocates nothing and takes no lock.</summary>
/// <remarks>Counts lie in a stripe a processor, so that threads that record at the same time do not fight for a cache line; reading adds them up.</remarks>
internal sealed class LatencySeries
{
    /// <summary>More stripes cost memory in every series and win little: a stripe is shared by few threads then.</summary>
    private const int StripesMax = 8;

    /// <summary>Longs of a stripe: whole cache lines.</summary>
    private const int LineLongs = 8;

    private static readonly int Stripes = Math.Min(StripesMax, (int)BitOperations.RoundUpToPowerOf2((uint)Environment.ProcessorCount));

    private readonly long[] _bounds;
    private readonly long[] _cells;
    private readonly int _stripeLongs;

    /// <param name="bounds">In ticks, ascending; shared by many series.</param>
    public LatencySeries(long[] bounds)
    {
        _bounds = bounds;
        _stripeLongs = (bounds.Length + 3 + LineLongs - 1) / LineLongs * LineLongs; // a bucket a bound and one above them, the sum, the bytes
        _cells = new long[_stripeLongs * Stripes];
    }

    /// <param name="ticks">Duration of each.</param>
    /// <param name="times">How many of this duration.</param>
    /// <param name="bytes">Of all of them together.</param>
    public void Record(long ticks, int times = 1, long bytes = 0)
    {
        var bucket = 0;
        while (bucket < _bounds.Length && ticks > _bounds[bucket]) bucket++;
        var start = (Thread.GetCurrentProcessorId() & (Stripes - 1)) * _stripeLongs;
        Interlocked.Add(ref _cells[start + bucket], times);
        Interlocked.Add(ref _cells[start + _bounds.Length + 1], ticks * times);
        if (bytes != 0) Interlocked.Add(ref _cells[start + _bounds.Length + 2], bytes);
    }

    /// <summary>What was recorded up to now. Records that come meanwhile are in it wholly, partly or not at all.</summary>
    public LatencySnapshot Read(LatencyBounds bounds, long ticksPerSecond)
    {
        var counts = new long[_bounds.Length + 1];
        long sum = 0, bytes = 0;
        for (var start = 0; start < _cells.Length; start += _stripeLongs)
        {
            for (var bucket = 0; bucket < counts.Length; bucket++) counts[bucket] += Interlocked.Read(ref _cells[start + bucket]);
            sum += Interlocked.Read(ref _cells[start + _bounds.Length + 1]);
            bytes += Interlocked.Read(ref _cells[start + _bounds.Length + 2]);
        }

        return new LatencySnapshot(bounds, counts, sum * 1e6 / ticksPerSecond, bytes);
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
