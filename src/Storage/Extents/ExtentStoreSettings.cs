namespace CubeActors.Storage;

/// <summary>How one partition's extent store works.</summary>
public sealed record ExtentStoreSettings(TimeProvider Clock)
{
    /// <summary>Normal extents whose files are open at once; the tiny ones come on top. Source: CubeFS datanode/storage/extent_cache.go.</summary>
    public int OpenExtentsMax { get; init; } = 100;

    /// <summary>A normal extent is listed for comparison only when nobody appended to it for longer than this; whole seconds.</summary>
    public TimeSpan QuietTime { get; init; } = ExtentStore.QuietTime;

    /// <summary>
    /// Stored block CRCs may be stale: the disk was last written by Go, or lost power. A mismatch then resets the record and the bytes are
    /// served, instead of <see cref="StorageError.BlockDamaged"/>.
    /// </summary>
    public bool BlockCrcsAreHints { get; init; }

    /// <summary>Only for Create: the 64 empty tiny extents take writes at once, because this node creates the partition as its primary.</summary>
    public bool TinyAvailableAtOnce { get; init; }

    /// <summary>Only for Open: all that lies in the directory was synced when it was last closed, so that nothing has to be synced for it again.</summary>
    public bool FoundIsDurable { get; init; }

    /// <summary>Only for Open: what <see cref="ExtentStore.Keep"/> said at that close; empty for none.</summary>
    internal ReadOnlyMemory<byte> Kept { get; init; }

    internal ExtentStoreSettings Checked() => OpenExtentsMax >= 1
        ? this : throw new ArgumentOutOfRangeException(nameof(OpenExtentsMax), OpenExtentsMax, "At least one extent must be open to be used.");
}

/// <summary>How far opening a store has come, in extents found and extents examined.</summary>
public readonly record struct LoadProgress(int Loaded, int Total);
