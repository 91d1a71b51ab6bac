namespace CubeActors.Actors;

/// <summary>What a raft log must have done with an entry before it counts as saved.</summary>
public enum RaftDurability
{
    /// <summary>Written to the kernel: it survives the process. Synced in the background; a power cut of one node is made up for by the others.</summary>
    Replicated,
    /// <summary>Synced: it survives a power cut of all nodes.</summary>
    Strict,
}

/// <summary>How the log writer of a disk works. Term and vote are synced before they count as saved, whatever it says.</summary>
public sealed record RaftLogWriterSettings
{
    public RaftDurability Durability { get; init; } = RaftDurability.Replicated;

    /// <summary>
    /// With Replicated: how often everything written is synced. One second bounds what a power cut takes to that, and what a sync writes to a
    /// second's worth; CubeFS never syncs its log while it runs (raft.md 3.5).
    /// </summary>
    public TimeSpan SyncInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>64 MiB: bytes of entries that may wait for the disk, all groups together. Half a second of a good disk's writing.</summary>
    public long QueuedBytesMax { get; init; } = 64 * 1024 * 1024;
}
