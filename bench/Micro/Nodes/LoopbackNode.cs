using System.Net;
using Akka.Actor;
using Akka.Configuration;
using CubeActors.Actors;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;

namespace CubeActors.Micro;

/// <summary>A whole data node in this process, on an address of its own, with a directory of its own, without a master.</summary>
internal sealed class LoopbackNode : IDisposable
{
    private const int DataPort = 17310, SmuxPort = 17810;
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(10);

    private readonly ActorSystem _system = ActorSystem.Create("micro", ConfigurationFactory.ParseString(
        "akka { loggers = [], loglevel = OFF, stdout-loglevel = OFF, coordinated-shutdown { run-by-actor-system-terminate = off, run-by-clr-shutdown-hook = off } }"));
    private readonly string _directory;
    private readonly bool _isOwn;
    private readonly DataNode _node;

    /// <param name="directory">The node's only disk, which stays; null: a directory for this run.</param>
    public LoopbackNode(IPAddress address, string? directory = null)
    {
        _isOwn = directory is null;
        _directory = directory ?? Directory.CreateTempSubdirectory("cubeactors-micro-").FullName;
        EndPoint = new IPEndPoint(address, DataPort);
        const long budget = 64 << 20;
        var second = TimeSpan.FromSeconds(1);
        var settings = new DataNodeSettings(
            new NodeIdentity(address, BindToLocalAddress: true, DataPort, SmuxPort, "17330", "17340", "default", MediaType: 1, ""),
            [new DiskSettings(_directory, ReservedBytes: 0)],
            ["127.0.0.1:1"], // nobody listens there
            new DataPathSettings(budget, 64, 32, 10 * second, 5 * second, second, 5 * second, 120 * second, 30 * second, second, InlineReads: true),
            new StorageSettings(
                ThreadsPerDisk: 4, QueuePerDisk: 1024, LoadsPerDisk: 4, OpenExtentsPerPartition: 100, FiguresPeriod: Long, SpacePeriod: Long,
                SyncPeriod: Long, ProbePeriod: Long, DiskDeadline: Long,
                ReserveFloorBytes: 0, StopOnCorruptPartition: true),
            new MasterLinkSettings(Long, Long, Long),
            new RaftTransportSettings(
                QueueMessagesMax: 64, QueueBytesMax: 8 << 20, DirectBytes: 16 << 10, FrameBytesMax: 4 << 20, Dial: second, WriteStall: second, ReceiveStall: Long,
                BufferWait: second, RedialMin: second, RedialMax: second, ConnectionsMax: 64, SnapshotSendsMax: 1, SnapshotBytesMax: 0, SnapshotRead: Long,
                SnapshotWrite: Long, SnapshotAnswer: Long),
            new RaftGroupSettings(
                Tick: TimeSpan.FromMilliseconds(300), MessagesMax: 2048, ProposalBytesMax: 8 << 20, CacheBytesMax: 8 << 20, TurnOverdue: second, LogWriteOverdue: second,
                ApplyOverdue: second, AppliedSavePeriod: Long, ExchangePeriod: Long, TruncateDelay: Long),
            new RaftLogWriterSettings());
        _node = new DataNode(settings, new DataNodeEnvironment(
            _system, new TcpNetwork(), LinuxFileSystem.Instance, new BufferPool(budget), TimeProvider.System, new Random(1), KernelBoot.ReadId()));
        _node.StartAsync().GetAwaiter().GetResult();
        _node.Loaded.GetAwaiter().GetResult();
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>Partitions that serve.</summary>
    public int Serving => _node.Status.Partitions.Count(partition => partition.State == PartitionState.Serving);

    public void Dispose()
    {
        _node.StopAsync(CancellationToken.None).GetAwaiter().GetResult();
        var ended = _system.WhenTerminated; // what Terminate returns can be null where the system ends at that very moment
        _ = _system.Terminate();
        ended.GetAwaiter().GetResult();
        if (_isOwn) Directory.Delete(_directory, recursive: true);
    }
}
