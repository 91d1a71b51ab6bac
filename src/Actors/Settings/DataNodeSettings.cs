using System.Net;

namespace CubeActors.Actors;

/// <summary>All that one data node is told at start. Read and validated by Node; no default stands here.</summary>
/// <param name="Identity">Who the node is and where it listens.</param>
/// <param name="Disks">In the order of the configuration; paths exactly as written there, because the master compares them byte by byte.</param>
/// <param name="Masters"><c>host:port</c> of each master.</param>
public sealed record DataNodeSettings(
    NodeIdentity Identity, IReadOnlyList<DiskSettings> Disks, IReadOnlyList<string> Masters, DataPathSettings DataPath, StorageSettings Storage, MasterLinkSettings MasterLink,
    RaftTransportSettings RaftTransport, RaftGroupSettings RaftGroups, RaftLogWriterSettings RaftLog)
{
    /// <summary>How operations are measured.</summary>
    public MeasurementSettings Measurement { get; init; } = new(LatencyBounds.Operations, Degrade: 0, ByPartition: false);

    /// <summary>Limits of each disk's I/O.</summary>
    public DiskQosSettings DiskQos { get; init; } = DiskQosSettings.Default;

    /// <summary>When silence in a raft group is worth a line in the log.</summary>
    public RaftAlarmSettings RaftAlarms { get; init; } = RaftAlarmSettings.Default;

    /// <summary>Home of constcfg and CLUSTER-VERSION; empty where the node keeps neither.</summary>
    public string RaftDirectory { get; init; } = "";

    /// <summary>How leaderships are given away before a stop.</summary>
    public DrainSettings Drain { get; init; } = new();

    /// <summary>How replicas are repaired and compared.</summary>
    public RepairSettings Repair { get; init; } = new();

    /// <summary>How the ledger of operations is kept.</summary>
    public LedgerSettings Ledger { get; init; } = new();

    /// <summary>How damaged blocks are found and set right. Without more, nothing is scrubbed.</summary>
    public IntegritySettings Integrity { get; init; } = new();

    /// <summary>What repair, scrubbing and deletes may take from clients.</summary>
    public BudgetSettings Budgets { get; init; } = new();

    /// <summary>What happens with packets of masters and data nodes that come from somewhere else. CubeFS: nobody looks.</summary>
    public SourcePolicy SourceCheck { get; init; } = SourcePolicy.Warn;
}

/// <summary>Who the node is and where it listens.</summary>
/// <param name="LocalAddress">The address that others reach it by; null where the master has to tell it.</param>
/// <param name="BindToLocalAddress">Listen on <paramref name="LocalAddress"/> only, not on every interface.</param>
/// <param name="DataPort">Packets of clients, peers and masters.</param>
/// <param name="SmuxPort">The same packets inside smux streams; the data port plus the shift that is equal in a cluster.</param>
/// <param name="RaftHeartbeatPort">Announced to the master as text, as it stands in the configuration.</param>
/// <param name="RaftReplicaPort">The same for all other messages of raft.</param>
/// <param name="MediaType">1 SSD, 2 HDD. Source: control-plane, key mediaType.</param>
/// <param name="ServiceIdKey">Sent at registration where the master authenticates; empty otherwise.</param>
public sealed record NodeIdentity(
    IPAddress? LocalAddress, bool BindToLocalAddress, int DataPort, int SmuxPort, string RaftHeartbeatPort, string RaftReplicaPort, string ZoneName, uint MediaType, string ServiceIdKey)
{
    /// <summary>The raft ports as numbers; Node has checked that they are.</summary>
    internal RaftPorts RaftPorts =>
        new(int.Parse(RaftHeartbeatPort, System.Globalization.CultureInfo.InvariantCulture), int.Parse(RaftReplicaPort, System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>The address to bind: the local one if asked for and known, else every interface.</summary>
    public IPAddress BindAddress => BindToLocalAddress && LocalAddress is not null ? LocalAddress : IPAddress.Any;
}

/// <summary>One disk of the configuration.</summary>
/// <param name="Path">The root directory, as written in the configuration.</param>
/// <param name="ReservedBytes">Free space that the node leaves alone; the disk is read-only below it.</param>
public sealed record DiskSettings(string Path, long ReservedBytes)
{
    /// <summary>With less free than this the disk is read-only to the master and takes no new partition; partitions that exist write on, down to
    /// <see cref="ReservedBytes"/>, which is never more. CubeFS: diskRdonlySpace.</summary>
    public long ReadOnlyBelowBytes { get; init; } = ReservedBytes;
}

/// <summary>Limits of the data path. Every queue, buffer and wait on it has one here.</summary>
/// <param name="BufferBudgetBytes">Bytes of payload in memory at once, over all connections; when spent, sockets are not read.</param>
/// <param name="ConnectionsMax">Open connections, both ports together; further ones are closed at once.</param>
/// <param name="RequestsPerConnectionMax">Requests of one connection that are neither answered nor refused; then it is not read.</param>
/// <param name="ReceiveStall">A packet that began must make progress within this time, or its connection is closed.</param>
/// <param name="SendStall">A peer that takes none of our bytes for this long is closed. CubeFS: 5 s a packet.</param>
/// <param name="FollowerDial">CubeFS: 1 s.</param>
/// <param name="FollowerReply">CubeFS: 5 s.</param>
/// <param name="FollowerDeleteReply">CubeFS: 120 s for batch deletes.</param>
/// <param name="AdminReply">A task of a master that is not answered by then is refused. CubeFS masters wait 30 s.</param>
/// <param name="Drain">How long a closing connection goes on reading, so that what we sent is not lost to a reset.</param>
/// <param name="InlineReads">Serve reads that the page cache holds on the receiving thread, without a hop to an I/O thread.</param>
public sealed record DataPathSettings(
    long BufferBudgetBytes, int ConnectionsMax, int RequestsPerConnectionMax, TimeSpan ReceiveStall, TimeSpan SendStall, TimeSpan FollowerDial, TimeSpan FollowerReply,
    TimeSpan FollowerDeleteReply, TimeSpan AdminReply, TimeSpan Drain, bool InlineReads)
{
    /// <summary>Bytes of one smux connection that were received and not yet read, all its streams together. CubeFS: smuxMaxBuffer, 4 MiB.</summary>
    public int SmuxUnreadBytesMax { get; init; } = Protocol.SmuxSettings.Default.UnreadBytesMax;

    /// <summary>Requests that take longer are remembered for operators; zero: none is.</summary>
    public TimeSpan SlowRequest { get; init; }

    /// <summary>What waits for partitions that do not serve yet.</summary>
    public WaitingSettings Waiting { get; init; } = WaitingSettings.Default;
}

/// <summary>How disks and partitions are run.</summary>
/// <param name="ThreadsPerDisk">I/O threads of each disk.</param>
/// <param name="QueuePerDisk">Items that may wait for them, each class.</param>
/// <param name="LoadsPerDisk">Partitions loaded at once. CubeFS: diskCurrentLoadDpLimit, 4.</param>
/// <param name="OpenExtentsPerPartition">CubeFS: cacheCap, 100.</param>
/// <param name="FiguresPeriod">How often used space and status of a partition are computed anew. CubeFS: 60 s.</param>
/// <param name="SpacePeriod">How often a disk's free space is read. CubeFS: 5 s.</param>
/// <param name="SyncPeriod">How often what was acknowledged is made durable in the background. CubeFS: 5 to 15 minutes.</param>
/// <param name="ProbePeriod">How often a disk is written to and read as a test. CubeFS: 2 minutes.</param>
/// <param name="DiskDeadline">An answer that a disk owes for longer is a fault of the disk.</param>
/// <param name="ReserveFloorBytes">Least reserve of a disk, whatever its configuration says. CubeFS: 5 GiB.</param>
/// <param name="StopOnCorruptPartition">A partition whose files are damaged ends the start, so that somebody looks; otherwise the node starts without it.</param>
public sealed record StorageSettings(
    int ThreadsPerDisk, int QueuePerDisk, int LoadsPerDisk, int OpenExtentsPerPartition, TimeSpan FiguresPeriod, TimeSpan SpacePeriod, TimeSpan SyncPeriod, TimeSpan ProbePeriod,
    TimeSpan DiskDeadline, long ReserveFloorBytes, bool StopOnCorruptPartition)
{
    /// <summary>A load that takes longer gives its place among those at once to the next one. Chosen by us: longer than a partition of 60,000 extents takes on a
    /// slow disk, and short enough that one bad spot of a disk does not hold up a start.</summary>
    public TimeSpan LoadPatience { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Partitions of a disk stopped at once. CubeFS: diskCurrentStopDpLimit, 4.</summary>
    public int StopsPerDisk { get; init; } = 4;

    /// <summary>I/O errors of a disk after which it is given up until somebody recovers it. CubeFS: diskUnavailableErrorCount, 5.</summary>
    public int DiskErrorsMax { get; init; } = 5;

    /// <summary>Broken partitions of a disk after which it is given up. CubeFS: diskUnavailablePartitionErrorCount, 3.</summary>
    public int BrokenPartitionsMax { get; init; } = 3;

    /// <summary>One repair read of others at a time and disk. CubeFS: enableDiskReadRepairExtentLimit, false.</summary>
    public bool OneRepairReadPerDisk { get; init; }
}

/// <summary>How the node talks to its masters.</summary>
/// <param name="RetryMin">Wait before the second try of registration. CubeFS: 2 s.</param>
/// <param name="RetryMax">The wait doubles up to this.</param>
/// <param name="ClusterInfoPeriod">How often limits are fetched. CubeFS: 60 s.</param>
public sealed record MasterLinkSettings(TimeSpan RetryMin, TimeSpan RetryMax, TimeSpan ClusterInfoPeriod)
{
    /// <summary>How long a connection to a master is used before its name is looked up again. CubeFS: nameResolveInterval, 1 minute.</summary>
    public TimeSpan NameLookupPeriod { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Connections to one master. CubeFS: httpPoolSize, 128.</summary>
    public int ConnectionsMax { get; init; } = 128;

    /// <summary>How often the list of all data nodes is fetched. CubeFS: 10 s.</summary>
    public TimeSpan NodesPeriod { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Part of the partitions, 0 to 1, that must be settled before the first report. What is missing in it only ages at the master.</summary>
    public double ReportShare { get; init; } = 0.99;

    /// <summary>How long the first report waits for that. A master gives a node up after 18 s without one.</summary>
    public TimeSpan ReportPatience { get; init; } = TimeSpan.FromSeconds(10);
}
