using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

/// <summary>Whether a file was written since it was last synced: one that was not is not synced again, once a minute in each of a thousand partitions. Thread-safe.</summary>
/// <param name="isDirty">Who wrote it before may not have synced it.</param>
internal sealed class DirtyMark(bool isDirty)
{
    private long _writes = isDirty ? 1 : 0;
    private long _synced;

    /// <summary>Called when a write has returned: a sync that runs beside the write does not count as one behind it.</summary>
    public void Set() => Interlocked.Increment(ref _writes);

    /// <summary>Returns when all that was marked before the call is durable.</summary>
    public void Sync(IFile file, IReadOnlyList<IFile> more)
    {
        var before = Interlocked.Read(ref _writes);
        if (before == Interlocked.Read(ref _synced)) return;
        file.Sync();
        foreach (var other in more) other.Sync();
        // Of two at once the later one may be the first to come back; a smaller number costs a sync, no more.
        Interlocked.Exchange(ref _synced, before);
    }
}
