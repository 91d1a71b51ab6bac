using CubeActors.Protocol.Objects;

namespace CubeActors.ControlPlane;

/// <summary>What must be deleted from the data nodes, by data partition, oldest first.</summary>
internal sealed class GarbageQueue
{
    private readonly SortedDictionary<ulong, SortedDictionary<ulong, GarbageItem>> _byPartition = [];

    public ulong LastId { get; private set; }
    public IEnumerable<ulong> Partitions => _byPartition.Keys;
    public IEnumerable<GarbageItem> Items => _byPartition.Values.SelectMany(items => items.Values);

    /// <summary>Adds extents, each once: pieces of one normal extent, and repeated notes of one slot, become one item.</summary>
    public void Add(string volume, IEnumerable<ObjectExtent> extents)
    {
        var merged = new Dictionary<OwnedExtent, long>();
        foreach (var piece in extents)
        {
            var key = OwnedExtent.Of(piece);
            var end = key.IsTiny ? piece.Size : piece.ExtentOffset + piece.Size;
            merged[key] = Math.Max(end, merged.GetValueOrDefault(key));
        }

        foreach (var (key, bytes) in merged) Insert(new GarbageItem(LastId + 1, volume, key, bytes));
    }

    /// <summary>Puts back what a snapshot holds.</summary>
    public void Restore(ulong lastId, IEnumerable<GarbageItem> items)
    {
        foreach (var item in items) Insert(item);
        LastId = Math.Max(LastId, lastId);
    }

    /// <summary>The oldest items of one partition, at most <paramref name="max"/>.</summary>
    public IReadOnlyList<GarbageItem> Oldest(ulong partitionId, int max) =>
        _byPartition.TryGetValue(partitionId, out var items) ? [.. items.Values.Take(max)] : [];

    public (long Extents, long Bytes) Pending(string? volume)
    {
        long extents = 0, bytes = 0;
        foreach (var item in Items)
        {
            if (volume is not null && item.Volume != volume) continue;
            extents++;
            bytes += item.Bytes;
        }

        return (extents, bytes);
    }

    public IReadOnlyList<GarbageItem> Remove(ulong partitionId, IEnumerable<ulong> ids)
    {
        var removed = new List<GarbageItem>();
        if (!_byPartition.TryGetValue(partitionId, out var items)) return removed;
        foreach (var id in ids)
            if (items.Remove(id, out var item)) removed.Add(item);
        if (items.Count == 0) _byPartition.Remove(partitionId);
        return removed;
    }

    public IReadOnlyList<GarbageItem> RemoveVolume(string volume)
    {
        var gone = Items.Where(item => item.Volume == volume).ToList();
        foreach (var item in gone) Remove(item.Key.PartitionId, [item.Id]);
        return gone;
    }

    private void Insert(GarbageItem item)
    {
        if (!_byPartition.TryGetValue(item.Key.PartitionId, out var items)) _byPartition[item.Key.PartitionId] = items = [];
        items.Add(item.Id, item);
        LastId = Math.Max(LastId, item.Id);
    }
}
