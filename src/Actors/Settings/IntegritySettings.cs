namespace CubeActors.Actors;

/// <summary>How damaged blocks are looked for, compared with other replicas, and set right.</summary>
public sealed record IntegritySettings
{
    /// <summary>Bytes that a disk's scrubber reads in a second, here and from others, at the most; 0: nothing is scrubbed. Blocks that clients find damaged are compared all the same.</summary>
    public long ScrubBytesPerSecond { get; init; }

    /// <summary>A walk through all of a disk is stretched to take about this long, and the next one begins so long after it.</summary>
    public TimeSpan PassPeriod { get; init; } = TimeSpan.FromDays(30);

    /// <summary>An extent that was appended to within this time is left to the next pass.</summary>
    public TimeSpan ColdAfter { get; init; } = TimeSpan.FromHours(1);

    /// <summary>From the start of the node to the first read of its scrubbers.</summary>
    public TimeSpan FirstScrub { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Tiny extents, which have no stored CRCs, are compared with one other replica; otherwise they are only read.</summary>
    public bool ComparesTiny { get; init; } = true;

    /// <summary>Blocks of one disk that are compared at a time, each of another partition.</summary>
    public int ComparisonsPerDisk { get; init; } = 2;

    /// <summary>Blocks of one disk that may wait to be compared; further ones are found again by the next reader or pass.</summary>
    public int SuspectsPerDisk { get; init; } = 1024;

    /// <summary>How often a block is tried to be compared. With the pauses that is some seven minutes: longer than a node takes to restart.</summary>
    public int TriesMax { get; init; } = 12;

    /// <summary>Wait before a block is tried again; doubled each time.</summary>
    public TimeSpan RetryMin { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The wait doubles up to this.</summary>
    public TimeSpan RetryMax { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>A difference counts when it was seen twice, this far apart: what is half written is written by then.</summary>
    public TimeSpan Confirm { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long the own log may take to come as far as those of the others.</summary>
    public TimeSpan CatchUp { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A block that could not be set right is not compared again within this time, whoever reads it.</summary>
    public TimeSpan QuietAfterReport { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Replaced blocks that are kept in a partition's directory; at the limit nothing more is replaced there.</summary>
    public int KeptPerPartition { get; init; } = 64;

    /// <summary>How long they are kept.</summary>
    public TimeSpan KeptFor { get; init; } = TimeSpan.FromDays(30);
}
