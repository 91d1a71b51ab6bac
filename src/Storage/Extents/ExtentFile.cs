using CubeActors.Runtime;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

/// <summary>The open file of an extent, with its block CRCs. Counted: the file closes when the last holder lets go.</summary>
/// <remarks>
/// The extent is the first holder; evicting or deleting lets go of it, and whoever still reads finishes undisturbed. FileEnd and all
/// writes belong to the extent's lock; reading and the verified marks need none.
/// </remarks>
internal sealed class ExtentFile(IFile file, long fileEnd)
{
    private int _holders = 1;
    private long _writes;
    private long _syncedWrites;

    public IFile File { get; } = file;
    public BlockCrcs Blocks { get; } = new();

    /// <summary>The length of the file; above the watermark if an overwrite reached behind it.</summary>
    public long FileEnd { get; set; } = fileEnd;

    /// <summary>Some write may not survive a power cut yet.</summary>
    public bool IsDirty => Volatile.Read(ref _writes) != Volatile.Read(ref _syncedWrites);

    /// <summary>Called when the write has returned: a sync that runs beside it covers it perhaps, and then one more is made.</summary>
    public void MarkWritten() => Interlocked.Increment(ref _writes);

    /// <summary>Makes everything written before the call durable. Needs a hold, but not the lock.</summary>
    public void Sync()
    {
        var before = Volatile.Read(ref _writes);
        File.Sync();
        // Syncs may return out of order; the mark only moves forward.
        for (var synced = Volatile.Read(ref _syncedWrites); synced < before;)
        {
            var seen = Interlocked.CompareExchange(ref _syncedWrites, before, synced);
            if (seen == synced) break;
            synced = seen;
        }
    }

    public bool TryHold()
    {
        for (var holders = Volatile.Read(ref _holders); holders > 0;)
        {
            var seen = Interlocked.CompareExchange(ref _holders, holders + 1, holders);
            if (seen == holders) return true;
            holders = seen;
        }
        return false;
    }

    public void LetGo()
    {
        var left = Interlocked.Decrement(ref _holders);
        Invariant.Check(left >= 0);
        if (left == 0) File.Dispose();
    }
}
