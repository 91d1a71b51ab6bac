namespace CubeActors.Actors;

/// <summary>What one class of work may do on one disk.</summary>
/// <param name="Streams">At a time.</param>
/// <param name="PerSecond">Bytes, of deletes pieces, a second while clients are quiet; 0 for no limit.</param>
/// <param name="Floor">The same while clients keep the disk busy; 0: this class does not give way by its rate.</param>
public readonly record struct TrafficLimits(int Streams, long PerSecond, long Floor);

/// <summary>Budgets of the work that no client waits for, by disk and by peer. Section cubeactors.budgets; the limits of a master count where they are lower.</summary>
public sealed record BudgetSettings
{
    private const long MiB = 1 << 20;

    /// <summary>No limits.</summary>
    public static readonly BudgetSettings None = new()
    {
        Repair = new(int.MaxValue, 0, 0),
        Scrub = new(int.MaxValue, 0, 0),
        ServesPerDisk = int.MaxValue,
        StreamsFromPeer = int.MaxValue,
        StreamsToPeer = int.MaxValue,
        WaitingMax = int.MaxValue,
    };

    /// <summary>Replicas that fetch what they lack.</summary>
    public TrafficLimits Repair { get; init; } = new(Streams: 8, PerSecond: 0, Floor: 8 * MiB);

    /// <summary>Reading to see whether data is sound.</summary>
    public TrafficLimits Scrub { get; init; } = new(Streams: 1, PerSecond: 64 * MiB, Floor: 1 * MiB);

    /// <summary>Extents and objects deleted.</summary>
    public TrafficLimits Delete { get; init; } = new(Streams: 1, PerSecond: 0, Floor: 0);

    /// <summary>Repair reads of others that one disk serves at a time; further ones are told to come again.</summary>
    public int ServesPerDisk { get; init; } = 32;

    /// <summary>Streams that fetch from one other node at a time.</summary>
    public int StreamsFromPeer { get; init; } = 32;

    /// <summary>Repair reads of one other node that are served at a time; further ones are told to come again.</summary>
    public int StreamsToPeer { get; init; } = 64;

    /// <summary>Bytes a second fetched from one other node; 0 for no limit.</summary>
    public long BytesFromPeer { get; init; }

    /// <summary>Bytes a second that one other node may read here; 0 for no limit. Beyond it is told to come again.</summary>
    public long BytesToPeer { get; init; }

    /// <summary>Part of the time, above 0 up to 1, in which client work is under way on a disk's threads, from which on the disk counts as busy.</summary>
    public double BusyShare { get; init; } = 0.05;

    /// <summary>Mean wait of client work for a disk's threads from which on the disk counts as busy.</summary>
    public TimeSpan BusyWait { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>That wait for one class on one disk; further ones are left for another time.</summary>
    public int WaitingMax { get; init; } = 4096;

    /// <summary>The limits of one class.</summary>
    public TrafficLimits Of(TrafficClass kind) => kind switch
    {
        TrafficClass.Repair => Repair,
        TrafficClass.Scrub => Scrub,
        TrafficClass.Delete => Delete,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}
