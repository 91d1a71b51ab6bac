using System.Numerics;

namespace CubeActors.Runtime;

/// <summary>A fixed number of counters that many threads add to at the same time. Adding allocates nothing and takes no lock.</summary>
/// <remarks>Each counter lies in several stripes, one for a few processors, so that they do not pull one cache line from each other; reading adds the stripes up.</remarks>
public sealed class StripedCounters
{
    /// <summary>More stripes cost memory in every set and win little: a stripe is shared by few processors then.</summary>
    private const int StripesMax = 8;

    /// <summary>Longs of a cache line; a stripe is whole lines.</summary>
    private const int LineLongs = 8;

    private static readonly int Stripes = Math.Min(StripesMax, (int)BitOperations.RoundUpToPowerOf2((uint)Environment.ProcessorCount));

    private readonly long[] _cells;
    private readonly int _stripeLongs;

    /// <param name="count">Counters; they are numbered from 0.</param>
    public StripedCounters(int count)
    {
        Count = count;
        _stripeLongs = (count + LineLongs - 1) / LineLongs * LineLongs;
        _cells = new long[_stripeLongs * Stripes];
    }

    public int Count { get; }

    public void Add(int counter, long amount)
    {
        Invariant.Check((uint)counter < (uint)Count);
        Interlocked.Add(ref _cells[((Thread.GetCurrentProcessorId() & (Stripes - 1)) * _stripeLongs) + counter], amount);
    }

    /// <summary>What was added up to now; what comes meanwhile is in it or not.</summary>
    public long Sum(int counter)
    {
        Invariant.Check((uint)counter < (uint)Count);
        var total = 0L;
        for (var at = counter; at < _cells.Length; at += _stripeLongs) total += Interlocked.Read(ref _cells[at]);
        return total;
    }
}
