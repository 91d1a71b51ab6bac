namespace CubeActors.Actors;

/// <summary>Counts answers that did not match their request, each by the first of its doubts. Thread-safe.</summary>
internal sealed class ReplyMismatchCounts
{
    private readonly long[] _counts = new long[ReplyDoubtNames.All.Count];

    public long Total
    {
        get
        {
            long total = 0;
            for (var i = 0; i < _counts.Length; i++) total += Interlocked.Read(ref _counts[i]);
            return total;
        }
    }

    /// <summary>In the order of <see cref="ReplyDoubtNames.All"/>.</summary>
    public IReadOnlyList<long> ByDoubt
    {
        get
        {
            var counts = new long[_counts.Length];
            for (var i = 0; i < counts.Length; i++) counts[i] = Interlocked.Read(ref _counts[i]);
            return counts;
        }
    }

    public void Add(ReplyDoubts doubts) => Interlocked.Increment(ref _counts[ReplyDoubtNames.IndexOf(doubts)]);
}
