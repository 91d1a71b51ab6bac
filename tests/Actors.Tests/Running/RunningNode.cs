using System.Net;
using Akka.Actor;
using Akka.Configuration;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;

namespace CubeActors.Actors.Tests;

/// <summary>A whole data node in this process: real sockets on an address of its own, real files in a directory of its own, no master.</summary>
internal sealed class RunningNode
{
    public const int DataPort = 17310;
    public const int SmuxPort = 17810;

    private static readonly Config Quiet = ConfigurationFactory.ParseString(
        """
        akka {
          loggers = []
          loglevel = INFO
          stdout-loglevel = OFF
          log-dead-letters = off
          coordinated-shutdown { run-by-actor-system-terminate = off, run-by-clr-shutdown-hook = off }
        }
        """);

    private readonly ActorSystem _system;
    private readonly DirectoryInfo _directory;
    private readonly DataNode _node;

    private RunningNode(IPAddress address, DirectoryInfo directory, NodeOptions options)
    {
        _directory = directory;
        EndPoint = new IPEndPoint(address, DataPort);
        SmuxEndPoint = new IPEndPoint(address, SmuxPort);
        _system = ActorSystem.Create("node", Quiet);
        _system.Scheduler.Advanced.ScheduleOnce(TimeSpan.Zero, static () => { }); // as the program does it, which says why
        Log = LogRecorder.Attach(_system);
        Buffers = new BufferPool(options.BufferBudgetBytes);
        Network = new CheckedNetwork(options.Network);
        var settings = new DataNodeSettings(
            new NodeIdentity(address, BindToLocalAddress: true, DataPort, SmuxPort, "17330", "17340", "default", MediaType: 1, ""),
            [new DiskSettings(directory.FullName, ReservedBytes: 0)],
            ["127.0.0.1:1"], // nobody listens there: a node serves without a master
            options.DataPath with { BufferBudgetBytes = options.BufferBudgetBytes },
            new StorageSettings(
                options.ThreadsPerDisk, options.QueuePerDisk, LoadsPerDisk: 4, OpenExtentsPerPartition: 100, FiguresPeriod: Patience.Long, SpacePeriod: Patience.Long,
                SyncPeriod: Patience.Long, ProbePeriod: Patience.Long,
                DiskDeadline: Patience.Long, ReserveFloorBytes: 0, StopOnCorruptPartition: false),
            new MasterLinkSettings(Patience.Long, Patience.Long, Patience.Long),
            RaftWorld.Settings, options.RaftGroups, new RaftLogWriterSettings())
        {
            Repair = options.Repair,
            Integrity = options.Integrity,
            DiskQos = options.DiskQos,
            Budgets = options.Budgets,
        };
        _node = new DataNode(settings, new DataNodeEnvironment(
            _system, Network, options.Files(directory.FullName), Buffers, options.Time, new Random(1), KernelBoot.ReadId())
        {
            Packets = options.Packets,
            Spans = options.Spans,
        });
    }

    public IPEndPoint EndPoint { get; }
    public IPEndPoint SmuxEndPoint { get; }
    public LogRecorder Log { get; }
    public BufferPool Buffers { get; }
    public CheckedNetwork Network { get; }
    public NodeGate Gate => _node.Gate;
    public IDiskQos DiskQos => _node.DiskQos;
    public NodeSurface Surface => _node.Surface;
    public int OpenConnections => _node.OpenConnections;
    public string DiskPath => _directory.FullName;

    /// <summary>The node's name: <c>ip:port</c>.</summary>
    public string Address => EndPoint.ToString();

    public static Task<RunningNode> StartAsync(NodeOptions options) =>
        StartAsync(LoopbackAddresses.Next(), Directory.CreateTempSubdirectory("cubeactors-"), options);

    /// <summary>Stops the node and starts one anew on its address and directory.</summary>
    public async Task<RunningNode> RestartAsync(NodeOptions options)
    {
        await StopAsync();
        return await StartAsync(EndPoint.Address, _directory, options);
    }

    /// <summary>Starts a node that was stopped anew, on its address and directory.</summary>
    public Task<RunningNode> StartAgainAsync(NodeOptions options) => StartAsync(EndPoint.Address, _directory, options);

    public PartitionGates Gates => _node.Gates;

    public PartitionGate GateOf(ulong partition) => _node.Gates.Find(new PartitionId(partition)) ?? throw new InvalidOperationException($"partition {partition} is not served");

    /// <summary>Changes what a partition admits, as the layer that owns the flag will.</summary>
    public void SetFlags(ulong partition, Func<GateFlags, GateFlags> change)
    {
        var gate = GateOf(partition);
        _node.Gates.Publish(gate.With(change(gate.Flags), gate.Hosts, gate.Raft));
    }

    /// <summary>Creates a partition as a master does, by a task on the data port.</summary>
    /// <param name="otherHosts">The replicas behind this node, which is the chain leader.</param>
    public async Task CreatePartitionAsync(ulong partition, params string[] otherHosts)
    {
        using var master = await PacketPeer.ConnectAsync(EndPoint);
        var reply = await master.AskAsync(AdminPackets.Create(this, partition, otherHosts));
        Assert.True(reply.Header.Result == ResultCode.Ok, $"{reply.Text}\n{string.Join('\n', Log.Broken)}");
    }

    public Task<PacketPeer> ConnectAsync() => PacketPeer.ConnectAsync(EndPoint);

    /// <summary>Stops the node and asserts that nothing of it is left: no buffer is out, no connection is open, no exception was logged.</summary>
    public async Task StopAsync()
    {
        await _node.StopAsync(CancellationToken.None).Soon();
        var ended = _system.WhenTerminated; // what Terminate returns can be null where the system ends at that very moment
        _ = _system.Terminate();
        await ended.Soon();
        Assert.Empty(Log.Broken);
        Assert.Empty(Network.Violations);
        Assert.Equal(0, _node.OpenConnections);
        Assert.Equal(0, Buffers.Outstanding);
    }

    public void DeleteFiles() => _directory.Delete(recursive: true);

    private static async Task<RunningNode> StartAsync(IPAddress address, DirectoryInfo directory, NodeOptions options)
    {
        var node = new RunningNode(address, directory, options);
        await node._node.StartAsync().Soon();
        await node._node.Loaded.Soon();
        return node;
    }
}
