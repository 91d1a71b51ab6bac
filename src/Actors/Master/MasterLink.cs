using Akka.Actor;
using Akka.Event;
using CubeActors.Client;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>Speaks with the masters: registers the node, for ever if need be, answers heartbeats, fetches the cluster's limits and its nodes.</summary>
/// <remarks>
/// Spawned only when the ports are bound, so that a node which a master knows is one that answers. Nothing that a master answers, or does not
/// answer, ends the node, except that it is another cluster's, or of another zone or media type than was registered.
/// </remarks>
internal sealed partial class MasterLink : ReportingActor, IWithTimers
{
    /// <summary>The node was registered as this in an earlier run, and has not yet been told otherwise.</summary>
    /// <param name="Address"><c>ip:port</c>.</param>
    public sealed record Recalled(NodeId Id, string Address);

    /// <summary>The node has an id.</summary>
    /// <param name="Address"><c>ip:port</c>, the node's name everywhere.</param>
    public sealed record Registered(NodeId Id, string Address, string Cluster);

    /// <summary>Whether raft ports may differ from node to node is another answer than before; it stands in the node's gate.</summary>
    public sealed record PeerPortsChanged;

    /// <summary>The addresses of all data nodes and the ids under which the masters know them. Sent to the supervisor with every answer, about every ten seconds.</summary>
    /// <remarks>Never empty: masters that know nobody have not finished loading.</remarks>
    public sealed record NodesKnown(IReadOnlyDictionary<string, NodeId> Ids);

    /// <summary>All disks of this node that a master has marked as decommissioned; a disk that is not named is not. Sent to the supervisor with every heartbeat.</summary>
    public sealed record DisksDecommissioned(IReadOnlyList<string> Paths);

    /// <summary>What holds up the registration, one sentence; null once nothing unusual does any more.</summary>
    public sealed record RegistrationHeldUp(string? By);

    /// <summary>The masters will never take this node as it is configured.</summary>
    public sealed record RegistrationRefused(string Reason);

    /// <summary>A heartbeat task whose packet has been acknowledged; its answer is posted.</summary>
    public sealed record Heartbeat(AdminTask Task, DataNodeHeartbeatRequest Request);

    /// <summary>A task to list a partition's extents whose packet has been acknowledged; its answer is posted.</summary>
    public sealed record LoadPartition(AdminTask Task, PartitionId Partition);

    private sealed record RefreshCluster;

    private sealed record AskNodes;

    private sealed record NodesHeard(IReadOnlyList<DataNodeEntry> Nodes);

    private sealed record NodesFailed(Exception Cause);

    private sealed record CallFailed(string What, Exception Cause);

    private sealed record SampleHost;

    private sealed record TurnOperations;

    private readonly MasterLinkParts _parts;
    private readonly DataNodeSettings _settings;
    private readonly NodeGate _gate;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly CancellationTokenSource _stopping = new();
    private readonly OperationWindow _operations = new();
    private readonly long _startedAt;
    private CpuTimes? _cpu;
    private long _nodesFailed; // in a row

    public MasterLink(MasterLinkParts parts)
    {
        (_parts, _settings, _gate) = (parts, parts.Settings, parts.Gate);
        _startedAt = parts.Time.GetUtcNow().ToUnixTimeSeconds();
        _pause = _settings.MasterLink.RetryMin;
        Become(Registering);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props PropsFor(MasterLinkParts parts) => Props.Create(() => new MasterLink(parts));

    protected override ActorState Describe() => Say(
        "master link", _parts.Board.Cluster.Length > 0 ? "registered" : "registering", ("cluster", _parts.Board.Cluster), ("masters", string.Join(", ", _parts.Masters.Addresses)),
        ("failed lists of nodes in a row", _nodesFailed > 0 ? _nodesFailed : null));

    protected override void PreStart()
    {
        _loads = Context.ActorOf(LoadDesk.PropsFor(_parts.Gates, _parts.Board, _parts.Masters, _parts.Time, _parts.Operations), "loads");
        Recall();
        SampleCpu();
        LearnMasters();
        Timers.StartPeriodicTimer(nameof(SampleHost), new SampleHost(), HostSamplePeriod, HostSamplePeriod);
        Timers.StartPeriodicTimer(nameof(TurnOperations), new TurnOperations(), OperationWindow.Length, OperationWindow.Length);
        Self.Tell(new TryRegister());
    }

    protected override void PostStop()
    {
        _stopping.Cancel();
        _stopping.Dispose();
    }

    /// <summary>What is done whether the node is registered or not: a master that knew its address before sends tasks at once.</summary>
    private void Always()
    {
        Receive<RecordLoaded>(Recall);
        Receive<RecordUnusable>(unusable => Refused(unusable.Reason));
        Receive<RecordSaved>(_ => { });
        Receive<Heartbeat>(Obey);
        Receive<LoadPartition>(load => _loads.Tell(new LoadDesk.Load(load.Task, load.Partition)));
        Receive<LookAgain>(_ => ReportIfSettled());
        Receive<ReportOverdue>(_ => ReportAnyway());
        Receive<Posted>(PostEnded);
        Receive<SampleHost>(_ => SampleCpu());
        Receive<TurnOperations>(_ => _parts.Board.Operations = _operations.Turn(_parts.Board.Partitions));
        Receive<CallFailed>(failed => Log.MasterCallFailed(_log, failed.What, failed.Cause.Message));
    }

    private void Serving()
    {
        Always();
        Receive<RefreshCluster>(_ => _parts.Masters.GetClusterInfoAsync(_stopping.Token).PipeTo(Self, failure: cause => new CallFailed("The cluster's limits could not be fetched, the old ones stay", cause)));
        Receive<ClusterInfo>(Learn);
        Receive<AskNodes>(_ => NodesAsync(_stopping.Token).PipeTo(Self, failure: cause => new NodesFailed(cause)));
        Receive<NodesHeard>(heard =>
        {
            _nodesFailed = 0;
            _parts.Board.MasterAnsweredAt = _parts.Time.GetUtcNow();
            if (KnownNodes.Ids(heard.Nodes) is { Count: > 0 } ids)
            {
                _parts.Board.Nodes = ids;
                Context.Parent.Tell(new NodesKnown(ids));
                _parts.Sources.SetNodes(ids.Keys);
            }

            LearnMasters();
            AskNodesLater();
        });
        Receive<NodesFailed>(failed =>
        {
            Log.MasterCallFailed(_log, "The list of data nodes could not be fetched", failed.Cause.Message, isFirst: _nodesFailed++ == 0);
            AskNodesLater();
        });
    }

    /// <summary>Names are resolved when masters are called, hence again and again.</summary>
    private void LearnMasters() => _parts.Sources.SetMasters(_parts.Masters.LeaderTold is { } leader ? _parts.Masters.Addresses.Append(leader) : _parts.Masters.Addresses);

    /// <summary>After the answer: masters that are slow are not asked twice at a time.</summary>
    private void AskNodesLater() => Timers.StartSingleTimer(nameof(AskNodes), new AskNodes(), _settings.MasterLink.NodesPeriod);

    private void Learn(ClusterInfo cluster)
    {
        _gate.Limits = ClusterLimits.From(cluster);
        LearnPeerPorts(cluster.RaftPartitionCanUsingDifferentPort);
    }

    private void LearnPeerPorts(bool mayDiffer)
    {
        if (_gate.UsesPeerRaftPorts == mayDiffer) return;
        _gate.UsesPeerRaftPorts = mayDiffer;
        Context.Parent.Tell(new PeerPortsChanged());
    }

    /// <summary>A few tries in a row. Source: CubeFS datanode/space_manager.go, five, 200 ms apart.</summary>
    private async Task<NodesHeard> NodesAsync(CancellationToken cancel)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return new NodesHeard(await _parts.Masters.GetAllDataNodesAsync(cancel).ConfigureAwait(false));
            }
            catch (MasterException) when (tries < NodesTriesMax)
            {
                await Task.Delay(NodesRetry, _parts.Time, cancel).ConfigureAwait(false);
            }
        }
    }

    private void SampleCpu()
    {
        if (!CpuTimes.TryParse(_parts.ReadCpuTimes(), out var now)) return;
        if (_cpu is { } before) _parts.Board.CpuPercent = CpuTimes.Percent(before, now);
        _cpu = now;
    }

    /// <summary>Between two readings of the processors' times: short enough to show what is going on when a master asks.</summary>
    private static readonly TimeSpan HostSamplePeriod = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan NodesRetry = TimeSpan.FromMilliseconds(200);

    private const int NodesTriesMax = 5;
}
