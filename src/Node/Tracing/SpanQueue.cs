using System.Threading.Channels;

namespace CubeActors.Node;

/// <summary>Spans that wait to be sent, up to a limit. What comes beyond it is dropped and counted; nobody waits here. Thread-safe; one reader.</summary>
internal sealed class SpanQueue(int spansMax, SpanTally tally)
{
    private readonly Channel<Span> _spans = Channel.CreateBounded<Span>(new BoundedChannelOptions(spansMax) { SingleReader = true });

    public SpanTally Tally => tally;

    public void Add(IReadOnlyList<Span> spans)
    {
        foreach (var span in spans)
        {
            tally.Enqueued(); // before: the reader may be quicker than we are
            if (_spans.Writer.TryWrite(span)) continue;
            tally.QueueFull();
        }
    }

    /// <summary>The oldest, up to <paramref name="spansMax"/>; empty if there are none.</summary>
    public IReadOnlyList<Span> Take(int spansMax)
    {
        if (!_spans.Reader.TryRead(out var first)) return [];
        var taken = new List<Span> { first };
        while (taken.Count < spansMax && _spans.Reader.TryRead(out var next)) taken.Add(next);
        return taken;
    }
}
