using CubeActors.Runtime;

namespace CubeActors.Raft;

/// <summary>The last indexes of the appends that a member has not acknowledged yet, oldest first: a ring of fixed size.</summary>
/// <remarks>The ring is made with the first message, so that a follower's table of members costs nothing.</remarks>
internal sealed class InFlight(int max)
{
    private ulong[] _lasts = [];
    private int _start;

    public int Count { get; private set; }
    public bool IsFull => Count == max;

    public void Add(ulong last)
    {
        Invariant.Check(!IsFull);
        if (_lasts.Length == 0) _lasts = new ulong[max];
        _lasts[(_start + Count) % max] = last;
        Count++;
    }

    /// <summary>Forgets every message whose entries end at <paramref name="index"/> or before it.</summary>
    public void FreeUpTo(ulong index)
    {
        while (Count > 0 && _lasts[_start] <= index) FreeOldest();
    }

    public void FreeOldest()
    {
        if (Count == 0) return;
        _start = (_start + 1) % max;
        Count--;
    }

    public void Clear() => (_start, Count) = (0, 0);
}
