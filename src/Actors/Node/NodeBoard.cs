using System.Collections.Concurrent;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Actors;

/// <summary>What the disks and partitions last said of themselves, for heartbeats, probes and inspection. Read from anywhere.</summary>
/// <remarks>Each entry has one writer: the actor it is about. Entries are immutable and replaced as a whole.</remarks>
public sealed class NodeBoard
{
    private readonly ConcurrentDictionary<string, DiskFigures> _disks = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<ulong, PartitionFigures> _partitions = new();
    private volatile RosterLack _lack = RosterLack.None;
    private volatile IReadOnlyDictionary<string, NodeId> _nodes = new Dictionary<string, NodeId>();
    private volatile RecentOperations _operations = RecentOperations.None;
    private double _cpuPercent;

    private volatile string _cluster = "";

    private long _masterAnswered;
    private long _heartbeat;

    public IReadOnlyList<DiskFigures> Disks => [.. _disks.Values.OrderBy(disk => disk.Path, StringComparer.Ordinal)];

    public IReadOnlyList<PartitionFigures> Partitions => [.. _partitions.Values.OrderBy(partition => partition.Id)];

    public PartitionFigures? Partition(PartitionId id) => _partitions.TryGetValue(id.Value, out var figures) ? figures : null;

    public DiskFigures? Disk(string path) => _disks.TryGetValue(path, out var figures) ? figures : null;

    /// <summary>The cluster's name, once the node is registered; empty before.</summary>
    public string Cluster { get => _cluster; internal set => _cluster = value; }

    /// <summary>When a master last answered a question of this node; null: none has yet.</summary>
    public DateTimeOffset? MasterAnsweredAt { get => Moment(ref _masterAnswered); internal set => Volatile.Write(ref _masterAnswered, value?.UtcTicks ?? 0); }

    /// <summary>When the last heartbeat came; null: none has yet.</summary>
    public DateTimeOffset? HeartbeatAt { get => Moment(ref _heartbeat); internal set => Volatile.Write(ref _heartbeat, value?.UtcTicks ?? 0); }

    private static DateTimeOffset? Moment(ref long ticks) => Volatile.Read(ref ticks) is > 0 and var at ? new DateTimeOffset(at, TimeSpan.Zero) : null;

    internal void Write(DiskFigures figures) => _disks[figures.Path] = figures;

    internal void Write(PartitionFigures figures) => _partitions[figures.Id.Value] = figures;

    /// <summary>Writes the first entry of a replica.</summary>
    /// <returns>False if the same partition has an entry from another disk already: that one stays.</returns>
    internal bool TryClaim(PartitionFigures figures) =>
        _partitions.AddOrUpdate(figures.Id.Value, figures, (_, known) => known.DiskPath == figures.DiskPath ? figures : known).DiskPath == figures.DiskPath;

    internal void Remove(PartitionId id) => _partitions.TryRemove(id.Value, out _);

    /// <summary>Forgets a disk: it is not one of this node any more.</summary>
    internal void RemoveDisk(string path) => _disks.TryRemove(path, out _);

    /// <summary>What was done in the last full minute.</summary>
    public RecentOperations Operations { get => _operations; internal set => _operations = value; }

    /// <summary>How busy the machine's processors were in the last seconds, 0 to 100; 0 where it is not known.</summary>
    public double CpuPercent { get => Volatile.Read(ref _cpuPercent); internal set => Volatile.Write(ref _cpuPercent, value); }

    /// <summary>All data nodes of the cluster by address, as the masters last listed them; empty until they did.</summary>
    public IReadOnlyDictionary<string, NodeId> Nodes { get => _nodes; internal set => _nodes = value; }

    /// <summary>What the master expects here and does not find, as of its last answer.</summary>
    public RosterLack Lack { get => _lack; internal set => _lack = value; }
}

/// <summary>Partitions that should be here and are not. Source: control-plane 2.7, checkLocalPartitionMatchWithMaster.</summary>
/// <param name="InMemory">The master's list has them, no disk has loaded them.</param>
/// <param name="InDisk">They are loaded, and their directory is gone.</param>
public sealed record RosterLack(IReadOnlyList<PartitionId> InMemory, IReadOnlyList<PartitionId> InDisk)
{
    public static readonly RosterLack None = new([], []);
}

/// <summary>How far a disk is.</summary>
public enum DiskState
{
    /// <summary>Its directory is being opened and listed.</summary>
    Opening,

    /// <summary>Its partitions are being loaded.</summary>
    Loading,

    /// <summary>All its partitions are settled.</summary>
    Ready,

    /// <summary>It cannot be used; <see cref="DiskFigures.Reason"/> says why.</summary>
    Unavailable,
}

/// <summary>One disk at one moment. Sizes in bytes; formulas of control-plane 4.3.</summary>
/// <param name="PartitionsFound">Partitions of this disk, also those that do not serve; -1 until the disk is listed.</param>
/// <param name="PartitionsSettled">Those that serve or finally cannot.</param>
/// <param name="Reason">Empty unless something is wrong.</param>
public sealed record DiskFigures(
    string Path, DiskState State, ulong Total, ulong Used, ulong Available, ulong Reserved, int PartitionsFound, int PartitionsSettled, string Reason)
{
    /// <summary>New partitions may be placed here; the master sees it as read-write.</summary>
    public bool IsWritable => State is DiskState.Loading or DiskState.Ready && Available > 0;

    /// <summary>The disk was taken away, or was never there: no partitions, sizes 0, status 0 to the master. <see cref="State"/> is then Unavailable.</summary>
    public bool IsLost { get; init; }

    /// <summary>The master moves its partitions elsewhere; kept in a marker file at the disk's root.</summary>
    public bool IsDecommissioned { get; init; }

    /// <summary>Partitions that met an I/O error, in ascending order; 0 stands for an error of no partition. Not empty: the disk is reported as bad.</summary>
    public IReadOnlyList<ulong> FailedPartitions { get; init; } = [];

    /// <summary>When the disk first was Unavailable or had an error, in this process; null while it is well.</summary>
    public DateTimeOffset? BadSince { get; init; }

    /// <summary>Replicas that were set aside on this disk (backup_ directories).</summary>
    public IReadOnlyList<BackupPartition> Backups { get; init; } = [];

    /// <summary>With fewer bytes free the disk is read-only and takes no new partition; never below <see cref="Reserved"/>. CubeFS: diskRdonlySpace.</summary>
    public ulong ReadOnlyBelow { get; init; }

    /// <summary>Partitions whose loading takes longer than it should; <see cref="Reason"/> names them.</summary>
    public int StalledLoads { get; init; }

    /// <summary>Sum of the sizes of its partitions.</summary>
    public ulong Allocated { get; init; }

    /// <summary>What is left of <see cref="Total"/> after <see cref="Allocated"/>.</summary>
    public ulong Unallocated => Total > Allocated ? Total - Allocated : 0;

    /// <summary>The block device that carries the disk, as <c>/dev/sdb1</c>; empty where it is not known.</summary>
    public string Device { get; init; } = "";

    /// <summary>Percent of the last interval in which the device had work, 0 to 100; 0 where it is not known.</summary>
    public double BusyPercent { get; init; }
}

/// <summary>How far a replica is.</summary>
public enum PartitionState
{
    /// <summary>Its extents are being listed.</summary>
    Loading,

    /// <summary>It takes requests.</summary>
    Serving,

    /// <summary>It cannot be used; <see cref="PartitionFigures.Reason"/> says why.</summary>
    Unavailable,

    /// <summary>It takes no more requests and waits for those inside.</summary>
    Closing,
}

/// <summary>One replica at one moment.</summary>
/// <param name="DiskPath">The disk's root, byte for byte as configured.</param>
/// <param name="Size">Bytes it may hold.</param>
/// <param name="ExtentCount">The 64 tiny extents included.</param>
/// <param name="Raft">Its group, as of now; null while it takes no part in one.</param>
/// <param name="BaseExtentId">The last id handed out; above 2^30 the partition is read-only.</param>
public sealed record PartitionFigures(
    PartitionId Id, string Volume, string DiskPath, PartitionState State, long Size, long Used, int ExtentCount, ulong BaseExtentId, IReadOnlyList<string> Hosts,
    IReadOnlyList<Peer> Peers, string Reason, Func<RaftGroupStatus?> Raft)
{
    /// <summary>Its group is being made whole: appends and batch deletes are refused (META IsRepairing).</summary>
    public bool IsRepairing { get; init; }

    /// <summary>Errors of the disk under this replica (META DiskErrCnt); above 0 it is out of service.</summary>
    public int ErrorCount { get; init; }

    /// <summary>How much of a rebuild is done, 0 to 1.</summary>
    public double RepairProgress { get; init; }

    /// <summary>Created to be filled from the others, and not yet complete (DataPartitionCreateType 1).</summary>
    public bool IsBeingRebuilt { get; init; }

    /// <summary>Absolute path of its directory; empty until META is read.</summary>
    public string Directory { get; init; } = "";

    /// <summary>While it is being rebuilt: bytes that the replica it is filled from holds; 0 while that is not known.</summary>
    public long LeaderBytes { get; init; }

    /// <summary>Not all of the 64 tiny extents were there after the last repair.</summary>
    public bool LacksTinyExtents { get; init; }

    /// <summary>This replica leads its raft group, as it says itself at this moment, and serves: a leader that clients cannot use is none to a master.</summary>
    public bool IsLeader => State == PartitionState.Serving && Raft() is { Role: CubeActors.Raft.RaftRole.Leader };

    /// <summary>How far it is on its way to serving; what it was in when it became unavailable or was closed.</summary>
    public LoadStage Stage { get; init; }

    /// <summary>How much of <see cref="Stage"/> is done, as of now.</summary>
    public Func<StageProgress> Progress { get; init; } = static () => default;

    /// <summary>Requests that wait until it serves, now.</summary>
    public int Parked => Gates?.WaitingFor(Id) ?? 0;

    /// <summary>Where they are counted; null where nobody can wait for it.</summary>
    internal PartitionGates? Gates { get; init; }

    /// <summary>What was done on it, counted on; null until it has been opened.</summary>
    public OperationCounts? Operations { get; init; }
}
