namespace CubeActors.Storage;

/// <summary>The extents whose files are open, at most a capacity of them. Picks whom to close by second chance (CLOCK).</summary>
/// <remarks>
/// A strict LRU would need a shared list on every read; here a read sets one mark at most. Thread-safe. Never called with an extent's
/// lock held, so that the caller may lock the victim.
/// </remarks>
internal sealed class OpenExtents(int capacity)
{
    private readonly Lock _gate = new();
    private readonly List<Extent> _ring = [];
    private readonly List<Extent> _leaving = [];
    private int _hand;

    /// <returns>The extent that has to be closed instead, and reported by <see cref="Left"/> when it is; null while there is room.</returns>
    public Extent? Admit(Extent opened)
    {
        lock (_gate)
        {
            if (_ring.Contains(opened)) return null; // given up after a fault and opened again
            if (_ring.Count < capacity)
            {
                _ring.Add(opened);
                return null;
            }
            // At most once around: then every mark is cleared.
            for (var steps = 0; steps < _ring.Count && _ring[_hand].TakeUsedMark(); steps++) _hand = (_hand + 1) % _ring.Count;
            var victim = _ring[_hand];
            _ring[_hand] = opened;
            _hand = (_hand + 1) % _ring.Count;
            _leaving.Add(victim);
            return victim;
        }
    }

    /// <summary>A victim is synced and closed. Until then it counts as open: somebody may be making everything durable meanwhile.</summary>
    public void Left(Extent victim)
    {
        lock (_gate) _leaving.Remove(victim);
    }

    public void Remove(Extent closed)
    {
        lock (_gate)
        {
            _leaving.Remove(closed);
            var at = _ring.IndexOf(closed);
            if (at < 0) return;
            _ring[at] = _ring[^1];
            _ring.RemoveAt(_ring.Count - 1);
            if (_hand >= _ring.Count) _hand = 0;
        }
    }

    public Extent[] Snapshot()
    {
        lock (_gate) return [.. _ring, .. _leaving];
    }
}
