namespace CubeActors.Storage;

/// <summary>When a log begins a new file, and what its tail is worth.</summary>
public sealed record RaftLogSettings(TimeProvider Clock)
{
    /// <summary>32 MiB. Source: CubeFS depends/tiglabs/raft/storage/wal/config.go. An entry that would end behind it begins the next file.</summary>
    public long FileBytesMax { get; init; } = 32 * 1024 * 1024;

    /// <summary>128 KiB: a file of more than that is also ended after <see cref="FileAgeMax"/>. Source: as above.</summary>
    public long AgingFileBytesMin { get; init; } = 128 * 1024;

    /// <summary>Source: CubeFS depends/tiglabs/raft/storage/wal, one hour since the file was begun or opened.</summary>
    public TimeSpan FileAgeMax { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// The kernel restarted since the log was written, or nobody knows: pages that were not synced may be missing in the middle of what was
    /// written last. Broken records with intact ones behind them are then cut off together with those, and reported as loss. Without it they
    /// are damage, and the log is refused.
    /// </summary>
    public bool UnsyncedMayBeLost { get; init; }

    /// <summary>
    /// Entries that this replica acknowledged may be gone, whatever the files look like. Remembered over restarts, as every other loss, until
    /// <see cref="RaftLog.SetCaughtUp"/>.
    /// </summary>
    public bool MustCatchUp { get; init; }

    /// <summary>All of the log was synced when it was last closed: opening it syncs only what it changes.</summary>
    public bool FoundIsDurable { get; init; }
}
