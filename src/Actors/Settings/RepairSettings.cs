namespace CubeActors.Actors;

/// <summary>How replicas are repaired and compared. Limits of repair on the disk stand in <see cref="DiskQosSettings"/>.</summary>
public sealed record RepairSettings
{
    /// <summary>Extents of one task that are repaired at a time, each over a connection of its own. CubeFS: NumOfFilesToRecoverInParallel, 10.</summary>
    public int StreamsPerTask { get; init; } = 4;

    /// <summary>Partitions of the node whose tiny extents are compared at a time.</summary>
    public int VerificationsPerNode { get; init; } = 8;

    /// <summary>Partitions of the node whose normal extents are compared at a time. One has up to 20 MiB of lists in memory.</summary>
    public int CyclesPerNode { get; init; } = 4;

    /// <summary>From the end of one comparison of a partition's normal extents to the next. CubeFS: every second minute.</summary>
    public TimeSpan CyclePeriod { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The first one comes this long after the start at the earliest, and within a period more, at a random moment. CubeFS: 1 min.</summary>
    public TimeSpan FirstCycle { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Repair tasks that are out to other replicas at a time, for all partitions of a disk: they read from it. CubeFS: no limit.</summary>
    public int TasksPerDisk { get; init; } = 8;

    /// <summary>Extents of one repair task for another replica. CubeFS: no limit.</summary>
    public int ExtentsPerTask { get; init; } = 1000;

    /// <summary>Bytes that another replica fetches by one task: some minutes of a slow disk. A task has one extent at the least. CubeFS: no limit.</summary>
    public long BytesPerTask { get; init; } = 1L << 30;

    /// <summary>How long a task may take another replica. Then it counts as busy for as long again, and gets no task. CubeFS: for ever.</summary>
    public TimeSpan TaskPatience { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>From one comparison of a partition's tiny extents to the next. CubeFS: every second minute.</summary>
    public TimeSpan VerificationPeriod { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The first comparison comes within this time after the start, at a random moment.</summary>
    public TimeSpan FirstVerification { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>While a tiny extent is broken the next comparison comes this soon: writers of small files wait for it.</summary>
    public TimeSpan BrokenPeriod { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The sender of a task gets its answer by then, whether all is done or not. CubeFS leaders wait without end, and do nothing else for the partition meanwhile.</summary>
    public TimeSpan TaskReply { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Normal extents that were appended to within this time are not compared: between their replicas something is always under way. CubeFS: RepairInterval, 60 s.</summary>
    public TimeSpan QuietTime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>From one look at how far the copy is that fills a new replica to the next. CubeFS: datanode/partition_raft.go StartRaftAfterRepair, 5 s.</summary>
    public TimeSpan CopyPeriod { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Dialling another replica. CubeFS: 1 s.</summary>
    public TimeSpan Dial { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Patience for each packet of a repair read, and for a list of extents. CubeFS: GetAllWatermarksDeadLineTime, 60 s.</summary>
    public TimeSpan Packet { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Patience for all packets that answer one repair read: bytes that only trickle would hold a stream for ever.</summary>
    public TimeSpan Range { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Wait before an extent is tried again; doubled each time.</summary>
    public TimeSpan RetryMin { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The wait doubles up to this.</summary>
    public TimeSpan RetryMax { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Wait after a source whose disk reads for another repair. CubeFS: 5 s.</summary>
    public TimeSpan TokenPause { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>An extent that failed this often is left to the next task.</summary>
    public int TriesPerExtent { get; init; } = 4;
}
