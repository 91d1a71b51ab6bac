using System.Collections.Immutable;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Akka.Actor;
using Akka.Event;
using CubeActors.Client;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Raft;
using CubeActors.Runtime;
using CubeActors.Storage;
using CubeActors.TestKit;
using CubeActors.TestKit.Network;

namespace CubeActors.Actors.Tests;

/// <summary>A whole node in virtual time: its actors on the work loop, its disks and its network in memory.</summary>
/// <remarks>
/// HTTP to the masters is the one part that runs on other threads, because it goes through the base library's HttpClient: a scenario waits
/// for what it causes with <see cref="Until"/>, and time stands still meanwhile.
/// </remarks>
public abstract class NodeScenario : ActorTest
{
    private static readonly TimeSpan OtherThreadsMax = TimeSpan.FromSeconds(30);

    private readonly List<TestDisk> _disks = [];
    private readonly List<ScriptedMaster> _masters = [];
    private readonly List<string> _fatal = [];
    private readonly List<NodeStep> _steps = [];
    private readonly List<string> _warnings = [];
    private readonly List<string> _errors = [];
    private MasterClient? _client;
    private ConnectionTable? _connections;
    private NodeParts? _parts;
    private NodeLimits? _limits;

    private protected NodeScenario()
    {
        SimulatedNetwork = new SimulatedNetwork(Time);
        Sys.EventStream.Subscribe(ActorOf(Props.Create(() => new Listener(_warnings, _errors))), typeof(LogEvent));
    }

    /// <summary>A step that a node has published.</summary>
    private protected sealed record NodeStep(NodePhase Phase, string Reasons, ulong NodeId);

    private protected Journal Journal { get; } = new();
    private protected SimulatedNetwork SimulatedNetwork { get; }
    private protected NodeBoard Board { get; } = new();
    private protected PartitionGates Gates { get; } = new();
    private protected NodeGate Gate { get; } = new();
    private protected AdminDesk Desk { get; } = new();
    private protected IActorRef Supervisor { get; private set; } = ActorRefs.Nobody;

    /// <summary>Settings of the node; a scenario changes them before <see cref="Start"/>.</summary>
    private protected DataNodeSettings Settings { get; set; } = DefaultSettings;

    /// <summary>A node of one machine, without disks.</summary>
    internal static DataNodeSettings DefaultSettings { get; } = new(
        new NodeIdentity(IPAddress.Parse("127.0.0.11"), BindToLocalAddress: true, 17310, 17810, "17330", "17340", "zone-a", 1, ""),
        [],
        [ScriptedMaster.Address],
        new DataPathSettings(
            BufferBudgetBytes: 16 << 20, ConnectionsMax: 100, RequestsPerConnectionMax: 64, ReceiveStall: TimeSpan.FromSeconds(30), SendStall: TimeSpan.FromSeconds(5),
            FollowerDial: TimeSpan.FromSeconds(1), FollowerReply: TimeSpan.FromSeconds(5), FollowerDeleteReply: TimeSpan.FromSeconds(120), AdminReply: TimeSpan.FromSeconds(25),
            Drain: TimeSpan.FromSeconds(1), InlineReads: false),
        new StorageSettings(
            ThreadsPerDisk: 1, QueuePerDisk: 1000, LoadsPerDisk: 4, OpenExtentsPerPartition: 100, FiguresPeriod: TimeSpan.FromSeconds(60), SpacePeriod: TimeSpan.FromSeconds(5),
                SyncPeriod: TimeSpan.FromSeconds(60), ProbePeriod: TimeSpan.FromSeconds(120),
            DiskDeadline: TimeSpan.FromSeconds(30), ReserveFloorBytes: 0, StopOnCorruptPartition: false),
        new MasterLinkSettings(RetryMin: TimeSpan.FromSeconds(2), RetryMax: TimeSpan.FromSeconds(16), ClusterInfoPeriod: TimeSpan.FromSeconds(60)),
        RaftWorld.Settings, RaftWorld.Groups, new RaftLogWriterSettings());

    /// <summary>Every phase with its reasons, each once, in order.</summary>
    private protected IReadOnlyList<NodeStep> Steps => _steps;
    private protected IReadOnlyList<string> Fatal => _fatal;
    private protected IReadOnlyList<string> Warnings => _warnings;
    private protected IReadOnlyList<string> Errors => _errors;
    private protected bool IsStopped { get; private set; }

    /// <summary>Why the node is not ready, as it says itself.</summary>
    private protected string Reasons => _steps.Count == 0 ? "" : _steps[^1].Reasons;
    private protected NodePhase Phase => _steps.Count == 0 ? NodePhase.Binding : _steps[^1].Phase;
    private protected ConnectionTable Connections => _connections!;
    private RaftNode? _raft;

    /// <summary>The raft groups of the node.</summary>
    private protected RaftNode Raft => _raft!;

    /// <summary>Where the node looks for the raft members.</summary>
    private protected RaftAddresses RaftAddresses => _raft!.Addresses;

    /// <summary>What a leader master lists for this node; null: nobody can be asked.</summary>
    private protected Func<CancellationToken, Task<RosterAnswer>>? Roster { get; set; }

    /// <summary>How long the master wants backups kept; null while it has not said so.</summary>
    private protected TimeSpan? BackupTimeout { get; set; }

    /// <summary>Whether replicas are repaired and filled; otherwise nobody asks for it and no limit is set.</summary>
    private protected bool Repairs { get; set; }

    /// <summary>What was found of damaged blocks, where <see cref="Repairs"/> is set.</summary>
    private protected IntegrityBoard Integrity { get; } = new();

    /// <summary>Alerts of the node, the oldest first.</summary>
    private protected AlertRecorder Alerts { get; } = new();

    /// <summary>How the operator's orders reach the node.</summary>
    private protected DiskOperations Operations { get; private set; } = null!;

    /// <summary>Adds a disk to the node; fill it before <see cref="Start"/>.</summary>
    private protected TestDisk AddDisk(string path = "/disk0")
    {
        var disk = new TestDisk(path, Time, Journal);
        _disks.Add(disk);
        return disk;
    }

    /// <summary>Gives the node a raftDir, on a file system of its own; fill it before <see cref="Start"/>.</summary>
    private protected TestDisk AddRaftDirectory(string path = "/raft")
    {
        Settings = Settings with { RaftDirectory = path };
        return StateDisk = new TestDisk(path, Time, Journal);
    }

    private protected TestDisk? StateDisk { get; private set; }

    /// <summary>Completes when the node may touch disks and masters.</summary>
    private protected Task MayLoad { get; set; } = Task.CompletedTask;

    /// <summary>What <c>/proc/stat</c> says.</summary>
    private protected string? CpuTimes { get; set; }

    /// <summary>The node's operations.</summary>
    private protected LedgerBoard Ledger => _parts!.Ledger;

    /// <summary>The only operation of a kind that the ledger has.</summary>
    private protected OperationEntry OperationOf(OperationKind kind) => Assert.Single(Ledger.List(new OperationFilter(Kind: kind)));

    /// <summary>The node's own name, and its id as far as it is known.</summary>
    private protected (string Address, ulong Id) KnownAs => (_parts!.Address, _parts.Id.Value);

    private protected MasterQuestions Questions => new(_client!, () => _parts!.Address);

    /// <summary>A master at the configured address, from now on.</summary>
    private protected ScriptedMaster StartMaster()
    {
        SimulatedNetwork.Admit(ScriptedMaster.Address);
        var master = new ScriptedMaster(SimulatedNetwork);
        _masters.Add(master);
        return master;
    }

    /// <summary>Starts the node and runs all that its disks allow.</summary>
    private protected void Start()
    {
        var settings = Settings = Settings with { Disks = [.. _disks.Select(disk => new DiskSettings(disk.Path, ReservedBytes: 0) { ReadOnlyBelowBytes = disk.ReadOnlyBelowBytes })] };
        foreach (var disk in _disks) disk.IsWatched = true;
        var network = new ObservedNetwork(SimulatedNetwork, Journal);
        _client = new MasterClient(new MasterSettings(settings.Masters), network, Time);
        var events = new DataPathEvents(Logging.GetLogger(Sys, "data-path"));
        _connections = new ConnectionTable(new DataPathServices(
            network, new BufferPool(settings.DataPath.BufferBudgetBytes), Time, Gates, Gate, settings.DataPath, Desk, events));
        var buffers = new BufferPool(settings.DataPath.BufferBudgetBytes);
        var addresses = new RaftAddresses();
        var transport = new RaftTransport(addresses, new RaftTransportServices(
            network, buffers, Time, settings.RaftTransport, new RaftTransportEvents(Logging.GetLogger(Sys, "raft"))));
        _raft = new RaftNode(addresses, transport, settings.RaftGroups, Time);
        var raft = new RaftServices(
            _raft, settings.RaftGroups, new RaftSettings(), new PeerQuestion(network, Time, events), buffers, Time, new Random(1), settings.Identity.RaftPorts, () => Gate.UsesPeerRaftPorts);
        var limits = _limits = new NodeLimits(settings.DiskQos, settings.Disks.Select(disk => disk.Path), Time, Gate);
        NodeParts? parts = null;
        RepairServices RepairOf(int index) =>
            new(network, buffers, Time, limits, limits.PerDisk[index], settings.Repair, new Random(1), events) { Operations = Alerts };
        var suspects = _disks.Select(_ => new SuspectQueue(settings.Integrity.SuspectsPerDisk, settings.Integrity.QuietAfterReport, Time, Integrity)).ToList();
        suspects.ForEach(Integrity.Add);
        _parts = parts = new NodeParts(settings, network, Time, new Random(1), _client, _connections, Gate, Board, Desk)
        {
            ContextOf = index => new DiskContext(
                _disks[index].Files, _disks[index].Threads, Time, new ExtentStoreSettings(Time), settings.Storage, Gates, Board, TestDisk.BootId, "the node under test", () => parts!.Address,
                raft, new RaftLogWriter(_disks[index].Threads, _disks[index].Threads, Time, settings.RaftLog))
            {
                BackupTimeout = () => BackupTimeout,
                NodeId = () => parts!.Id,
                Operations = parts!.Ledger,
                Repair = Repairs ? RepairOf(index) : null,
                Suspects = Repairs ? suspects[index] : null,
            },
            Integrity = !Repairs ? [] :
            [
                .. _disks.Select((disk, index) => new IntegrityParts(
                    index, disk.Path, disk.Threads, disk.Files, Gates, Board, RepairOf(index), settings.Integrity, suspects[index], Integrity, () => parts!.Address)),
            ],
            Roster = Roster,
            Gates = Gates,
            MayLoad = MayLoad,
            State = StateDisk is { } state ? new NodeState(state.Files, state.Threads, settings.RaftDirectory, new PortRecord("17310", "17340", "17330")) : null,
            ReadCpuTimes = () => CpuTimes,
            FindGroup = _raft.Find,
            Bound = _ => { },
            Fatal = _fatal.Add,
            Publish = Publish,
            Stopped = () => IsStopped = true,
        };
        if (settings.Identity.LocalAddress is { } local) parts.Address = $"{local}:{settings.Identity.DataPort}";
        Alerts.Behind = parts.Ledger;
        Supervisor = Watch(Sys.ActorOf(NodeSupervisor.PropsFor(parts), "node"));
        Operations = new DiskOperations(Time, settings.DataPath.AdminReply);
        Operations.Open(Supervisor);
        RunUntilIdle();
    }

    /// <summary>A node whose masters do not answer, with all its disks loaded: enough for whatever is not about masters.</summary>
    private protected void StartWithoutMaster()
    {
        SimulatedNetwork.Silence(ScriptedMaster.Address);
        Start();
    }

    /// <summary>Runs the loop until <paramref name="condition"/> holds, which other threads may have a part in. Virtual time stands still.</summary>
    private protected void Until(Func<bool> condition, string what)
    {
        if (!Loop.RunUntil(condition, OtherThreadsMax))
            Assert.Fail($"Expected: {what}. The node is {Phase} ({Reasons}); fatal: {string.Join("; ", _fatal)}; errors: {string.Join("; ", _errors)}; journal: {string.Join(", ", Journal.Entries)}");
    }

    /// <summary>A task as a master sends it, answered through the reply returned.</summary>
    private protected RecordedReply Send<T>(Opcode opcode, T request, JsonTypeInfo<T> type)
    {
        var reply = new RecordedReply();
        var (header, json) = TaskPacket.Of(opcode, request, type);
        Desk.Accept(header, json, reply);
        RunUntilIdle();
        return reply;
    }

    private protected RecordedReply Create(CreateDataPartitionRequest request) => Send(Opcode.CreateDataPartition, request, MasterJson.Default.CreateDataPartitionRequest);

    private protected RecordedReply Create(ulong number) => Create(CreateRequest(number));

    private protected RecordedReply Delete(ulong number, bool force = false) => Send(
        Opcode.DeleteDataPartition, new DeleteDataPartitionRequest { PartitionId = new PartitionId(number), PartitionSize = TestDisk.PartitionBytes, Force = force },
        MasterJson.Default.DeleteDataPartitionRequest);

    /// <summary>A task for one disk.</summary>
    private protected RecordedReply Order(Opcode opcode, string disk = "/disk0") => Send(opcode, new DiskRequest { DiskPath = disk }, MasterJson.Default.DiskRequest);

    /// <summary>The node is registered, as far as its actors know: it asks for its list.</summary>
    private protected void Register()
    {
        Supervisor.Tell(new MasterLink.Registered(new NodeId(7), "127.0.0.11:17310", "test"));
        RunUntilIdle();
    }

    private protected static CreateDataPartitionRequest CreateRequest(ulong number) => new()
    {
        PartitionId = new PartitionId(number),
        PartitionSize = TestDisk.PartitionBytes,
        ReplicaNum = 2,
        VolumeId = "vol",
        Hosts = ["127.0.0.11:17310", "127.0.0.12:17310"],
        Members = [new Peer { Id = new NodeId(7), Address = "127.0.0.11:17310" }, new Peer { Id = new NodeId(8), Address = "127.0.0.12:17310" }],
    };

    private protected PartitionState? StateOf(ulong number) => Board.Partition(new PartitionId(number))?.State;

    private protected PartitionGate GateOf(ulong number) => Gates.Find(new PartitionId(number)) ?? throw new InvalidOperationException($"Partition {number} has no gate. Errors: {string.Join("; ", _errors)}");

    private protected void Stop()
    {
        Supervisor.Tell(new NodeSupervisor.Stop());
        RunUntilIdle();
    }

    protected override void AfterAll()
    {
        _connections?.Dispose();
        _limits?.Dispose();
        _client?.Dispose();
        foreach (var master in _masters)
        {
            master.Dispose();
            Await(master.Running);
        }
    }

    private void Publish(NodePhase phase, ImmutableArray<string> reasons, NodeId id)
    {
        var step = new NodeStep(phase, string.Join("; ", reasons), id.Value);
        if (_steps.Count == 0 || _steps[^1] != step) _steps.Add(step);
    }

    private sealed class Listener : ReceiveActor
    {
        public Listener(List<string> warnings, List<string> errors)
        {
            Receive<Warning>(warning => warnings.Add(warning.Message.ToString()!));
            Receive<Error>(error => errors.Add($"{error.Message}{(error.Cause is null ? "" : $" ({error.Cause.GetType().Name}: {error.Cause.Message})")}"));
        }
    }
}

/// <summary>The way back of a task: keeps every answer, so that a second one is seen.</summary>
internal sealed class RecordedReply : IAdminReply
{
    private readonly List<string> _answers = [];

    /// <summary><c>ok</c>, <c>ok &lt;data&gt;</c> or <c>refused: &lt;text&gt;</c>.</summary>
    public IReadOnlyList<string> Answers => _answers;

    /// <summary>The only answer; null while there is none.</summary>
    public string? Answer => _answers.SingleOrDefault();

    public void Succeed(byte[]? data = null) => _answers.Add(data is null ? "ok" : $"ok {Encoding.UTF8.GetString(data)}");

    public void Refuse(string text) => _answers.Add($"refused: {text}");
}

/// <summary>The packet of a master's task, taken apart as the data path hands it over.</summary>
internal static class TaskPacket
{
    public static (PacketHeader Header, byte[] Json) Of<T>(Opcode opcode, T request, JsonTypeInfo<T> type, Opcode? packetOpcode = null)
    {
        var task = AdminTask.For(opcode, "127.0.0.11:17310", default, 0, "request-1", request, type);
        var json = JsonSerializer.SerializeToUtf8Bytes(task, MasterJson.Default.AdminTask);
        return (new PacketHeader(
            ExtentTypes.Tiny, packetOpcode ?? opcode, ResultCode.None, RemainingFollowers.None, 0, (uint)json.Length, 0, default, default, 0, RequestId: 1, 0), json);
    }
}
