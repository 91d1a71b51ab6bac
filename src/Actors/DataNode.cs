using System.Collections.Immutable;
using System.Net;
using Akka.Actor;
using Akka.Event;
using CubeActors.Client;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Raft;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>What a data node needs from outside: the four seams, and the actor system it lives in.</summary>
/// <param name="System">The node's own; the caller ends it after the node.</param>
/// <param name="BootId">The kernel's boot id, see <see cref="KernelBoot"/>.</param>
public sealed record DataNodeEnvironment(ActorSystem System, INetwork Network, IFileSystem Files, BufferPool Buffers, TimeProvider Time, Random Random, string BootId)
{
    /// <summary>The text of <c>/proc/stat</c>; null where there is none. Must not block.</summary>
    public Func<string?> ReadCpuTimes { get; init; } = () => null;

    /// <summary>How busy the devices under the disks are; null where nobody can say.</summary>
    public IBlockDevices? Devices { get; init; }

    /// <summary>Makes a queue of work and whatever runs it: its name, its threads, how much may wait, and whom to tell of what escaped an item.</summary>
    /// <remarks>Owned by the node, which disposes it if it can be. A simulation gives queues that it runs by hand.</remarks>
    public Func<string, int, int, Action<Exception>, IWorkQueue> WorkQueues { get; init; } = (name, threads, capacity, failed) => new DiskThreads(name, threads, capacity, failed);

    /// <summary>Is told of each request that was answered; null: nobody is.</summary>
    public IPacketTrace? Packets { get; init; }

    /// <summary>Takes samples of requests, and operations that have ended; null: nobody does, and nothing is made of them.</summary>
    public ITraceSink? Spans { get; init; }

    /// <summary>Completes when disks and masters may be touched; the ports answer before. It must not fail: who has a reason not to start stops the node.</summary>
    public Task MayLoad { get; init; } = Task.CompletedTask;

    /// <summary>Opens the journal of the node's own state; null: operations are kept in memory only, as in a simulation.</summary>
    public JournalOpener? OpenJournal { get; init; }

    /// <summary>Takes the requests to the masters instead of sockets; null for sockets of the network.</summary>
    public HttpMessageHandler? MasterTransport { get; init; }
}

/// <summary>One data node: the actors, the data path beside them, and the threads of its disks.</summary>
/// <remarks>No state outside it: several nodes live in one process. Thread-safe.</remarks>
public sealed class DataNode : IAsyncDisposable
{
    private readonly TaskCompletionSource _bound = new(Elsewhere.Continuations);
    private readonly TaskCompletionSource<string> _fatal = new(Elsewhere.Continuations);
    private readonly TaskCompletionSource _loaded = new(Elsewhere.Continuations);
    private readonly TaskCompletionSource _stopped = new(Elsewhere.Continuations);
    private readonly DataNodeEnvironment _environment;
    private readonly IReadOnlyList<IWorkQueue> _threads;
    private readonly IWorkQueue _stateThread;
    private readonly IWorkQueue? _ledgerThread;
    private readonly MasterClient _masters;
    private readonly ConnectionTable _connections;
    private readonly NodeBoard _board = new();
    private readonly IReadOnlyList<IWorkQueue> _logThreads;
    private readonly IReadOnlyList<RaftLogWriter> _logWriters;
    private readonly RaftTransport _raftTransport;
    private readonly RaftTransportServices _raftServices;
    private readonly RaftNode _raft;
    private readonly NodeLimits _limits;
    private RaftReceiver? _raftReceiver;
    private readonly NodeParts _parts;
    private volatile PhaseReport _phase = new(NodePhase.Binding, ["not started"], default, []);
    private readonly DiskOperations _operations;
    private readonly NodeDrain _drain;
    private IActorRef? _supervisor;

    public DataNode(DataNodeSettings settings, DataNodeEnvironment environment)
    {
        _environment = environment;
        var log = Logging.GetLogger(environment.System, "data-path");
        var events = new DataPathEvents(log);
        var gates = Gates = new PartitionGates(ParkingLimits.Of(settings.DataPath.Waiting, settings.DataPath.BufferBudgetBytes));
        var waits = new WaitMeters(environment.Time);
        var gate = Gate = new NodeGate();
        var desk = new AdminDesk();
        var sources = new KnownSources { Self = () => _parts!.Address, HostsOf = partition => _board.Partition(partition)?.Hosts ?? [] };
        var sourceCheck = new SourceCheck(sources, settings.SourceCheck, environment.Time, log);
        var repairs = new RepairCounts();
        var ledger = new LedgerBoard(settings.Ledger, environment.Time, environment.Random, Logging.GetLogger(environment.System, "ledger")) { Spans = environment.Spans };
        events.Ledger = ledger;
        var integrity = new IntegrityBoard();
        var meters = new OperationMeters(environment.Time, settings.Measurement.Bounds) { Degrade = settings.Measurement.Degrade, ByPartition = settings.Measurement.ByPartition };
        ActorRecords.Of(environment.System).Time = environment.Time;
        var slow = new SlowRequests(settings.DataPath.SlowRequest, environment.Time);
        _operations = new DiskOperations(environment.Time, settings.DataPath.AdminReply);
        _limits = new NodeLimits(settings.DiskQos, settings.Disks.Select(disk => disk.Path), environment.Time, gate, settings.Budgets) { OneRepairReadPerDisk = settings.Storage.OneRepairReadPerDisk };
        _threads = [.. settings.Disks.Select((_, index) => environment.WorkQueues(
            $"disk-{index}", settings.Storage.ThreadsPerDisk, settings.Storage.QueuePerDisk, e => events.Broken("a disk thread", e)))];
        foreach (var (limits, threads) in _limits.PerDisk.Zip(_threads)) limits.Budget.Watch(threads);
        _stateThread = environment.WorkQueues("node-state", 1, StateQueue, e => events.Broken("the thread of the node's own state", e));
        if (settings.RaftDirectory.Length > 0 && environment.OpenJournal is not null)
            _ledgerThread = environment.WorkQueues("ledger", 1, StateQueue, e => events.Broken("the thread of the ledger's file", e));
        // Written by a thread of its own: an election must not wait behind what clients have queued.
        _logThreads = [.. settings.Disks.Select((_, index) => environment.WorkQueues($"raft-log-{index}", 1, settings.Storage.QueuePerDisk, e => events.Broken("a raft log thread", e)))];
        _logWriters = [.. settings.Disks.Select((_, index) => new RaftLogWriter(_logThreads[index], _threads[index], environment.Time, settings.RaftLog))];
        var addresses = new RaftAddresses();
        _raftServices = new RaftTransportServices(
            environment.Network, environment.Buffers, environment.Time, settings.RaftTransport, new RaftTransportEvents(Logging.GetLogger(environment.System, "raft")));
        _raftTransport = new RaftTransport(addresses, _raftServices);
        _raft = new RaftNode(addresses, _raftTransport, settings.RaftGroups, environment.Time);
        var raft = new RaftServices(
            _raft, settings.RaftGroups, new RaftSettings(), new PeerQuestion(environment.Network, environment.Time, events), environment.Buffers, environment.Time, environment.Random,
            settings.Identity.RaftPorts, () => gate.UsesPeerRaftPorts);
        _masters = new MasterClient(
            new MasterSettings(settings.Masters) { ConnectionLifetime = settings.MasterLink.NameLookupPeriod, ConnectionsMax = settings.MasterLink.ConnectionsMax, ReplyBytesMax = ReplyBytesMax },
            environment.Network, environment.Time, environment.MasterTransport);
        var questions = new MasterQuestions(_masters, () => _parts!.Address);
        _connections = new ConnectionTable(new DataPathServices(
            environment.Network, environment.Buffers, environment.Time, gates, gate, settings.DataPath, desk, events)
        {
            Limits = _limits,
            Sources = sourceCheck,
            Meters = meters,
            Trace = environment.Packets,
            Spans = environment.Spans,
            Waits = waits,
            Slow = slow,
        });
        RepairServices RepairOf(int index) => new(
            environment.Network, environment.Buffers, environment.Time, _limits, _limits.PerDisk[index], settings.Repair, environment.Random, events)
        {
            Counts = repairs,
            Operations = ledger,
        };
        var suspects = settings.Disks.Select(_ => new SuspectQueue(settings.Integrity.SuspectsPerDisk, settings.Integrity.QuietAfterReport, environment.Time, integrity)).ToList();
        suspects.ForEach(integrity.Add);
        var store = new ExtentStoreSettings(environment.Time) { OpenExtentsMax = settings.Storage.OpenExtentsPerPartition, QuietTime = settings.Repair.QuietTime };
        _parts = new NodeParts(settings, environment.Network, environment.Time, environment.Random, _masters, _connections, gate, _board, desk)
        {
            ContextOf = index => new DiskContext(
                environment.Files, _threads[index], environment.Time, store, settings.Storage, gates, _board, environment.BootId,
                $"datanode port {settings.Identity.DataPort}, pid {Environment.ProcessId}", () => _parts!.Address, raft, _logWriters[index])
            {
                Devices = environment.Devices,
                BackupTimeout = () => gate.Disks.IsHeard ? gate.Disks.BackupTimeout : null,
                NodeId = () => _parts!.Id,
                AskHosts = questions.HostsAsync,
                Operations = ledger,
                Repair = RepairOf(index),
                Suspects = suspects[index],
            },
            Integrity =
            [
                .. settings.Disks.Select((disk, index) => new IntegrityParts(
                    index, disk.Path, _threads[index], environment.Files, gates, _board, RepairOf(index), settings.Integrity, suspects[index], integrity, () => _parts!.Address)),
            ],
            Gates = gates,
            Sources = sources,
            Ledger = ledger,
            LedgerFile = _ledgerThread is null ? null : new LedgerFile(environment.OpenJournal!, environment.Files, _ledgerThread, RaftDirectory.StateDirectoryOf(settings.RaftDirectory)),
            Raft = _raft,
            Transfer = new LeadershipTransfer(raft.Peers),
            MayLoad = environment.MayLoad,
            State = settings.RaftDirectory.Length == 0 ? null : new NodeState(
                environment.Files, _stateThread, settings.RaftDirectory,
                new PortRecord(settings.Identity.DataPort.ToString(System.Globalization.CultureInfo.InvariantCulture), settings.Identity.RaftReplicaPort, settings.Identity.RaftHeartbeatPort)),
            ReadCpuTimes = environment.ReadCpuTimes,
            Roster = questions.RosterAsync,
            FindGroup = _raft.Find,
            Bound = bound =>
            {
                DataEndPoint = bound.Data;
                SmuxEndPoint = bound.Smux;
                // From the first moment: an unread raft port would hold up peers of CubeFS. Groups join as their partitions are loaded.
                if (bound is { RaftHeartbeat: { } heartbeats, RaftReplica: { } replicas }) _raftReceiver = new RaftReceiver(heartbeats, replicas, _raft, _raftServices);
                _bound.TrySetResult();
            },
            Fatal = reason =>
            {
                _fatal.TrySetResult(reason);
                _bound.TrySetException(new DataNodeException(reason));
            },
            Publish = (phase, reasons, id) =>
            {
                var known = _phase.Phases;
                if (known.IsEmpty || known[^1].Phase != phase) known = known.Add(new PhaseStart(phase, environment.Time.GetUtcNow()));
                _phase = new PhaseReport(phase, reasons, id, known);
                if (gate.IsStarted) _loaded.TrySetResult();
            },
            Stopped = () => _stopped.TrySetResult(),
        };
        var startedAt = environment.Time.GetUtcNow().ToUnixTimeSeconds();
        DataNodeHeartbeatResponse Report() => HeartbeatReport.Build(_board.Disks, _board.Partitions, settings.Identity.ZoneName, startedAt, gate.Volumes);
        _drain = new NodeDrain(_parts.Drain, () => (_connections.Count, _connections.InFlight));
        Surface = new NodeSurface(
            new PartitionInspection(gates, _board, _raft.Find, settings.RaftGroups, environment.Time), meters,
            () => new NodeFigures(
                _board.Cluster, _connections.Count, environment.Buffers.Outstanding, environment.Buffers.RentedBytes, environment.Buffers.Waiting, events.Mismatches.Total,
                [.. settings.Disks.Select((disk, index) => new DiskQueue(disk.Path, _threads[index].Depth, _logThreads[index].Depth))],
                RaftFigures.Of(_raft, _raftTransport, _raftReceiver))
            {
                MismatchesByDoubt = events.Mismatches.ByDoubt,
                UnexpectedSources = sourceCheck.Unexpected,
                LackInMemory = _board.Lack.InMemory.Count,
                LackOnDisk = _board.Lack.InDisk.Count,
                Integrity = integrity.Read(),
                Repair = repairs.Figures(_limits.Budgets.RepairsUnderWay),
                Budgets = _limits.Budgets.Figures(),
                Parked = gates.Waiting.Requests,
                ParkedBytes = gates.Waiting.Bytes,
                Waits = waits.Read(),
                Phases = meters.ReadPhases(),
                Refusals = meters.ReadRefusals(),
                SlowRequests = slow.Count,
                BufferBudgetBytes = settings.DataPath.BufferBudgetBytes,
                MasterAnsweredAt = _board.MasterAnsweredAt,
                HeartbeatAt = _board.HeartbeatAt,
                Operations = ledger.Figures,
            },
            Report)
        {
            Operations = _operations,
            Ledger = ledger,
            Drain = _drain,
            Qos = _limits,
            Budgets = _limits.Budgets.Figures,
            Marking = new ClusterMarking(_masters, environment.Files, _stateThread, settings.RaftDirectory, _board),
            Inspection = new NodeInspection(
                new ActorTree(() => _supervisor, ActorRecords.Of(environment.System), environment.Time),
                () => ClusterMembers.Of(_board.Partitions, _parts.Id, _parts.Address, _raft, _raftTransport, settings.RaftGroups.Tick),
                partition => GateWords.View(gates, partition),
                () => [.. settings.Disks.Select((disk, index) => new DiskWorkView(
                    disk.Path, _threads[index].Figures, _logThreads[index].Depth, _limits.PerDisk[index].Budget.Running(TrafficClass.Repair), _limits.PerDisk[index].RepairTasks.Inside))],
                slow, new TransferOrders(_raft, _parts.Transfer!, _board))
            {
                Nodes = () => _board.Nodes,
            },
            Integrity = integrity.Read,
            Recent = () => _board.Operations,
            ReportRecent = isOn => gate.ReportsOperations = isOn,
        };
        if (settings.Identity.LocalAddress is { } local) _parts.Address = $"{local}:{settings.Identity.DataPort}";
    }

    /// <summary>Where packets are taken; null until the ports are bound.</summary>
    public IPEndPoint? DataEndPoint { get; private set; }

    /// <summary>Where smux is taken; null until the ports are bound.</summary>
    public IPEndPoint? SmuxEndPoint { get; private set; }

    /// <summary>Completes, with one sentence that says what to do, if the node cannot run as it is. It goes on answering until it is stopped.</summary>
    public Task<string> Fatal => _fatal.Task;

    /// <summary>Completes when every disk is settled: from then on all requests are served, whether a master answers or not.</summary>
    public Task Loaded => _loaded.Task;

    /// <summary>The node as it is now.</summary>
    public NodeStatus Status
    {
        get
        {
            var phase = _phase;
            return new NodeStatus(phase.Phase, phase.NotReady, phase.Id.Value, _parts.Address, _board.Disks, _board.Partitions) { Phases = phase.Phases };
        }
    }

    /// <summary>The phase alone: it costs nothing to ask for.</summary>
    public NodePhase Phase => _phase.Phase;

    /// <summary>Completes when the root of the node has answered a message: its mailbox is worked off and the dispatcher runs.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> fired first.</exception>
    public Task ProveAliveAsync(CancellationToken cancel) =>
        _supervisor?.Ask<ActorIdentity>(new Identify(null), Timeout.InfiniteTimeSpan, cancel) ?? Task.CompletedTask; // Identify is answered by every actor

    /// <summary>What operators and monitoring see and set.</summary>
    public NodeSurface Surface { get; }

    /// <summary>What an operator may order of disks and partitions.</summary>
    public IDiskOperations Operations => _operations;

    /// <summary>What the data path goes by; tests set flags here that later layers own.</summary>
    internal PartitionGates Gates { get; }

    /// <inheritdoc cref="Gates"/>
    internal NodeGate Gate { get; }

    /// <summary>The limits of the disks, to be shown and set.</summary>
    public IDiskQos DiskQos => _limits;

    /// <summary>Connections and smux streams that are open.</summary>
    public int OpenConnections => _connections.Count;

    /// <summary>Starts the node.</summary>
    /// <returns>Completes as soon as the ports are bound; disks and masters follow in the background.</returns>
    /// <exception cref="DataNodeException">A port cannot be bound.</exception>
    public Task StartAsync()
    {
        _supervisor = _environment.System.ActorOf(NodeSupervisor.PropsFor(_parts), "node");
        _operations.Open(_supervisor);
        _drain.Open(_supervisor);
        return _bound.Task;
    }

    /// <summary>Answers what is in flight, closes the disks cleanly and ends all threads.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> fired first: the node is left as it is, to be ended with the process.</exception>
    public async Task StopAsync(CancellationToken cancel)
    {
        if (_supervisor is null) return;
        _supervisor.Tell(new NodeSupervisor.Stop());
        await _stopped.Task.WaitAsync(cancel).ConfigureAwait(false);
        await ReleaseAllAsync().ConfigureAwait(false);
    }

    /// <summary>Stops the node if it runs.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None).ConfigureAwait(false);
        await ReleaseAllAsync().ConfigureAwait(false);
    }

    private async Task ReleaseAllAsync()
    {
        _connections.Dispose();
        _limits.Dispose();
        _raft.Dispose();
        await _raftTransport.DisposeAsync().ConfigureAwait(false); // before the receiver: our own end is no news of a peer
        if (_raftReceiver is { } receiver) await receiver.DisposeAsync().ConfigureAwait(false);
        foreach (var writer in _logWriters) writer.Dispose();
        foreach (var threads in _logThreads.Concat(_threads).Append(_stateThread).Append(_ledgerThread)) (threads as IDisposable)?.Dispose();
        _masters.Dispose();
    }

    /// <summary>An answer of a master: the list of 10,000 nodes, or what it knows of one node with 20,000 replicas, has a few MiB.</summary>
    private const int ReplyBytesMax = 64 << 20;

    /// <summary>Of raftDir: a few files at a registration.</summary>
    private const int StateQueue = 64;

    private sealed record PhaseReport(NodePhase Phase, ImmutableArray<string> NotReady, NodeId Id, ImmutableArray<PhaseStart> Phases);
}

/// <summary>A data node cannot start or go on as it is. The message is one sentence that names the cause and says what to do.</summary>
public sealed class DataNodeException(string message) : Exception(message);
