namespace CubeActors.Actors;

/// <summary>Keeps the last so many items; older ones are forgotten. Thread-safe; adding takes a short lock and never waits for anything.</summary>
/// <param name="capacity">1 or more.</param>
public sealed class RecentRing<T>(int capacity)
{
    private readonly Lock _lock = new();
    private readonly T[] _items = new T[capacity];
    private long _added;

    /// <summary>All that were ever added.</summary>
    public long Added { get { lock (_lock) return _added; } }

    public void Add(T item)
    {
        lock (_lock) _items[_added++ % _items.Length] = item;
    }

    /// <summary>What is kept, the oldest first.</summary>
    public IReadOnlyList<T> Read()
    {
        lock (_lock)
        {
            var kept = new T[(int)Math.Min(_added, _items.Length)];
            for (var i = 0; i < kept.Length; i++) kept[i] = _items[(_added - kept.Length + i) % _items.Length];
            return kept;
        }
    }
}
