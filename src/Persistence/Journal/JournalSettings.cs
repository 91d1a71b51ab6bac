namespace CubeActors.Persistence;

/// <summary>Limits of one <see cref="SqliteJournal"/>.</summary>
public sealed record JournalSettings
{
    /// <summary>
    /// Requests of all actors that may wait for the writer; the next one is refused. Each actor has at most a few under way.
    /// </summary>
    public int QueuedRequestsMax { get; init; } = 4096;

    /// <summary>Writes that share one transaction and so one fsync. Bounds how long the first of them waits for the last.</summary>
    public int GroupWritesMax { get; init; } = 256;

    /// <summary>Events of one recovery page: reading a long history must not hold up the writes of other actors.</summary>
    public int PageEventsMax { get; init; } = 256;

    /// <summary>UTF-8 bytes of one recovery page, exceeded by at most one event.</summary>
    public int PageBytesMax { get; init; } = 1024 * 1024;

    /// <summary>Size of the database file; a write beyond it fails as on a full disk. Null: the disk is the limit.</summary>
    public long? FileBytesMax { get; init; }

    /// <summary>Source of written_at.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>
    /// Null: the journal has a thread of its own. Otherwise work is handed to this function and must run one piece at a time, in order;
    /// a simulation on one thread passes its work loop.
    /// </summary>
    public Action<Action>? RunOn { get; init; }

    internal JournalSettings Checked()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(QueuedRequestsMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(GroupWritesMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(PageEventsMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(PageBytesMax, 1);
        ArgumentNullException.ThrowIfNull(Time);
        return this;
    }
}
