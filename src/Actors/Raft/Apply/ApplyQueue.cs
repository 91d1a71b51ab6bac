using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>One committed entry that is here with its data, or a range of entries to be read from the log.</summary>
/// <param name="Payload">Its lease is held, for <paramref name="First"/> = <paramref name="Last"/>; default for a range.</param>
/// <param name="IsHere">The payload counts; an entry without data has no lease.</param>
internal readonly record struct ApplyItem(ulong First, ulong Last, RaftPayload Payload, bool IsHere, IProposal? Proposal);

/// <summary>Committed entries in order, with a way back to the front. A ring that grows; not thread-safe.</summary>
internal sealed class ApplyQueue
{
    private ApplyItem[] _ring = new ApplyItem[4];
    private int _start;

    public int Count { get; private set; }

    /// <summary>Adds an item; a range that continues the last one becomes part of it, so that a backlog of any length that lies in the log is one item.</summary>
    public void Add(in ApplyItem item)
    {
        if (Count > 0 && IsRange(item) && _ring[(_start + Count - 1) % _ring.Length] is var last && IsRange(last) && last.Last + 1 == item.First)
        {
            _ring[(_start + Count - 1) % _ring.Length] = last with { Last = item.Last };
            return;
        }

        if (Count == _ring.Length) Grow();
        _ring[(_start + Count++) % _ring.Length] = item;
    }

    public bool TryTake(out ApplyItem item)
    {
        item = default;
        if (Count == 0) return false;
        item = _ring[_start];
        _ring[_start] = default;
        _start = (_start + 1) % _ring.Length;
        Count--;
        return true;
    }

    /// <summary>Puts what was taken, or what is left of it, back to where it was.</summary>
    public void PutBack(in ApplyItem item)
    {
        if (Count == _ring.Length) Grow();
        _start = (_start + _ring.Length - 1) % _ring.Length;
        _ring[_start] = item;
        Count++;
    }

    private static bool IsRange(in ApplyItem item) => item is { IsHere: false, Proposal: null };

    private void Grow()
    {
        var larger = new ApplyItem[_ring.Length * 2];
        for (var i = 0; i < Count; i++) larger[i] = _ring[(_start + i) % _ring.Length];
        (_ring, _start) = (larger, 0);
    }
}
