using CubeActors.Protocol;

namespace CubeActors.Storage;

/// <summary>Remembers which normal extents were deleted here in the last four hours, so that no repair brings one back. Thread-safe.</summary>
/// <remarks>In memory only, as in CubeFS (datanode/storage/extent_store.go NormalExtentDeleteRetainTime).</remarks>
/// <param name="max">Deletes that are remembered; of more the oldest are forgotten.</param>
internal sealed class Tombstones(TimeProvider clock, int max = int.MaxValue)
{
    public static readonly TimeSpan Retention = TimeSpan.FromHours(4);

    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, long> _deletedAt = [];
    private readonly Queue<(ulong Id, long At)> _inOrder = [];

    public void Add(ExtentId id)
    {
        lock (_gate)
        {
            var now = clock.GetTimestamp();
            DropExpired(now);
            if (_inOrder.Count >= max) DropOldest();
            _deletedAt[id.Value] = now;
            _inOrder.Enqueue((id.Value, now));
        }
    }

    public bool Contains(ExtentId id)
    {
        lock (_gate) return _deletedAt.TryGetValue(id.Value, out var at) && !IsExpired(at, clock.GetTimestamp());
    }

    private void DropExpired(long now)
    {
        while (_inOrder.TryPeek(out var oldest) && IsExpired(oldest.At, now)) DropOldest();
    }

    private void DropOldest()
    {
        var (id, at) = _inOrder.Dequeue();
        if (_deletedAt.TryGetValue(id, out var last) && last == at) _deletedAt.Remove(id);
    }

    private bool IsExpired(long at, long now) => clock.GetElapsedTime(at, now) >= Retention;
}
