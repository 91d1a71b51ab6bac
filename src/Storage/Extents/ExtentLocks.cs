using System.Collections.Concurrent;
using CubeActors.Protocol;

namespace CubeActors.Storage;

/// <summary>Which extents fsck has locked on this replica while it looks for garbage. In memory only, as in CubeFS. Thread-safe.</summary>
/// <remarks>Source: CubeFS datanode/storage/extent_store.go, the gc lock; data-plane 3.16.</remarks>
public sealed class ExtentLocks
{
    /// <summary>More than any partition has extents: whoever locks more has lost count.</summary>
    public const int Max = 256 * 1024;

    private readonly ConcurrentDictionary<ulong, ExtentLockKind> _locks = new();
    private volatile bool _any;

    /// <summary>Asked on every append: costs one read while nothing is locked.</summary>
    public bool IsLockedForDelete(ExtentId id) => _any && _locks.TryGetValue(id.Value, out var kind) && kind == ExtentLockKind.Delete;

    public bool IsLocked(ExtentId id) => _any && _locks.ContainsKey(id.Value);

    /// <summary>What an extent is locked for; <see cref="ExtentLockKind.Normal"/> too where it is not locked.</summary>
    public ExtentLockKind KindOf(ExtentId id) => _any && _locks.TryGetValue(id.Value, out var kind) ? kind : ExtentLockKind.Normal;

    /// <returns>False if too many are locked already.</returns>
    public bool TryLock(ExtentId id, ExtentLockKind kind)
    {
        if (_locks.Count >= Max && !_locks.ContainsKey(id.Value)) return false;
        _locks[id.Value] = kind;
        _any = true;
        return true;
    }

    /// <summary>Whatever was listed, all go at once: so CubeFS does it, and fsck counts on it.</summary>
    public void Clear()
    {
        _any = false;
        _locks.Clear();
    }
}
