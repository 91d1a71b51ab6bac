namespace CubeActors.Actors;

/// <summary>The extents of one task that are still to be repaired. Thread-safe.</summary>
internal sealed class RepairQueue
{
    private readonly Lock _lock = new();
    private readonly LinkedList<RepairItem> _items;

    public RepairQueue(IEnumerable<RepairItem> items) => _items = new LinkedList<RepairItem>(items);

    public int Count { get { lock (_lock) return _items.Count; } }

    /// <summary>Takes the next extent, one of <paramref name="source"/> if there is any: a connection to it is open.</summary>
    public bool TryTake(string? source, out RepairItem item)
    {
        lock (_lock)
        {
            item = default;
            if (_items.First is not { } next) return false;
            // Items stand in the order of their sources, and few sources there are: at most as many steps as this one's neighbours.
            for (var node = next; source is not null && node is not null; node = node.Next)
            {
                if (node.Value.Source != source) continue;
                next = node;
                break;
            }

            item = next.Value;
            _items.Remove(next);
            return true;
        }
    }

    /// <summary>Nobody takes any more.</summary>
    public void Clear()
    {
        lock (_lock) _items.Clear();
    }
}
