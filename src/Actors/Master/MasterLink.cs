using System.Collections.Frozen;
using Akka.Actor;
using Akka.Event;
using CubeActors.Client;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Actors;

/// <summary>Speaks with the masters: registers the node, for ever if need be, answers heartbeats, fetches the cluster's limits.</summary>
/// <remarks>Spawned only when the ports are bound, so that a node which a master knows is one that answers.</remarks>
internal sealed class MasterLink : ReceiveActor, IWithTimers
{
    /// <summary>The node has an id.</summary>
    /// <param name="Address"><c>ip:port</c>, the node's name everywhere.</param>
    public sealed record Registered(NodeId Id, string Address, string Cluster);

    /// <summary>Whether raft ports may differ from node to node is another answer than before; it stands in the node's gate.</summary>
    public sealed record PeerPortsChanged;

    /// <summary>The addresses of all data nodes and the ids under which the masters know them. Sent to the supervisor when they are another set than before.</summary>
    /// <remarks>Never empty: masters that know nobody have not finished loading.</remarks>
    public sealed record NodesKnown(IReadOnlyDictionary<string, NodeId> Ids);

    /// <summary>All disks of this node that a master has marked as decommissioned; a disk that is not named is not. Sent to the supervisor with every
    /// heartbeat in which the list is another one, and with the first.</summary>
    public sealed record DisksDecommissioned(IReadOnlyList<string> Paths);

    /// <summary>The masters will never take this node as it is configured.</summary>
    public sealed record RegistrationRefused(string Reason);

    /// <summary>A heartbeat task whose packet has been acknowledged; its answer is posted.</summary>
    public sealed record Heartbeat(AdminTask Task, DataNodeHeartbeatRequest Request);

    private sealed record Registration(NodeId Id, string Address, ClusterInfo Cluster, UpgradeCompatibleSettings Upgrade);

    private sealed record TryRegister;

    private sealed record RefreshCluster;

    private sealed record Posted;

    private readonly MasterClient _masters;
    private readonly DataNodeSettings _settings;
    private readonly NodeGate _gate;
    private readonly NodeBoard _board;
    private readonly TimeProvider _time;
    private readonly long _startedAt;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly CancellationTokenSource _stopping = new();
    private TimeSpan _pause;

    public MasterLink(MasterClient masters, DataNodeSettings settings, NodeGate gate, NodeBoard board, TimeProvider time)
    {
        (_masters, _settings, _gate, _board, _time) = (masters, settings, gate, board, time);
        _startedAt = time.GetUtcNow().ToUnixTimeSeconds();
        _pause = settings.MasterLink.RetryMin;
        Become(Registering);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props PropsFor(MasterClient masters, DataNodeSettings settings, NodeGate gate, NodeBoard board, TimeProvider time) =>
        Props.Create(() => new MasterLink(masters, settings, gate, board, time));

    protected override void PreStart() => Self.Tell(new TryRegister());

    protected override void PostStop()
    {
        _stopping.Cancel();
        _stopping.Dispose();
    }

    private void Registering()
    {
        Receive<TryRegister>(_ => RegisterAsync(_stopping.Token).PipeTo(Self));
        Receive<Registration>(done =>
        {
            _gate.Volumes = _gate.Volumes with
            {
                WithoutVersion0 = done.Upgrade.VolsForbidWriteOpOfProtoVer0.ToFrozenSet(StringComparer.Ordinal),
                ClusterWithoutVersion0 = done.Upgrade.ClusterForbidWriteOpOfProtoVer0,
            };
            LearnPeerPorts(done.Cluster.RaftPartitionCanUsingDifferentPort);
            Log.Registered(_log, done.Id, done.Address, done.Cluster.Cluster);
            Context.Parent.Tell(new Registered(done.Id, done.Address, done.Cluster.Cluster));
            Timers.StartPeriodicTimer(nameof(RefreshCluster), new RefreshCluster(), _settings.MasterLink.ClusterInfoPeriod);
            Become(Serving);
        });
        Receive<Status.Failure>(failure =>
        {
            if (failure.Cause is MasterException { Failure: MasterFailure.Refused } refused && NeverWillDo(refused.Message))
            {
                Context.Parent.Tell(new RegistrationRefused(
                    $"the masters refuse this node: {refused.Message}; make mediaType and zoneName what they were when this address was first registered"));
                return;
            }

            Log.MasterFailed(_log, "Registration with the masters failed", failure.Cause.Message, _pause);
            Timers.StartSingleTimer(nameof(TryRegister), new TryRegister(), _pause);
            _pause = _pause * 2 < _settings.MasterLink.RetryMax ? _pause * 2 : _settings.MasterLink.RetryMax;
        });
        // A master that knew this address before sends heartbeats at once; they are answered all the same.
        Receive<Heartbeat>(Answer);
        Receive<Posted>(_ => { });
    }

    private void Serving()
    {
        Receive<Heartbeat>(Answer);
        Receive<RefreshCluster>(_ => _masters.GetClusterInfoAsync(_stopping.Token).PipeTo(Self));
        // Its limits concern deletes and repair, which come with their own issues.
        Receive<ClusterInfo>(info => LearnPeerPorts(info.RaftPartitionCanUsingDifferentPort));
        Receive<Posted>(_ => { });
        Receive<Status.Failure>(failure => Log.MasterFailed(_log, "A call to the masters failed", failure.Cause.Message, _settings.MasterLink.ClusterInfoPeriod));
    }

    private void LearnPeerPorts(bool mayDiffer)
    {
        if (_gate.UsesPeerRaftPorts == mayDiffer) return;
        _gate.UsesPeerRaftPorts = mayDiffer;
        Context.Parent.Tell(new PeerPortsChanged());
    }

    private void Answer(Heartbeat heartbeat)
    {
        LearnPeerPorts(heartbeat.Request.RaftPartitionCanUsingDifferentPortEnabled);
        _gate.Volumes = HeartbeatReport.Policies(heartbeat.Request);
        var report = HeartbeatReport.Build(_board.Disks, _board.Partitions, _settings.Identity.ZoneName, _startedAt, _gate.Volumes);
        PostAsync(heartbeat.Task.Answered(report, MasterJson.Default.DataNodeHeartbeatResponse)).PipeTo(Self);
    }

    private async Task<Posted> PostAsync(AdminTask answered)
    {
        await _masters.PostTaskResponseAsync(answered, _stopping.Token).ConfigureAwait(false);
        return new Posted();
    }

    private async Task<Registration> RegisterAsync(CancellationToken cancel)
    {
        var cluster = await _masters.GetClusterInfoAsync(cancel).ConfigureAwait(false);
        if (cluster.ClusterEnableSnapshot)
            throw new MasterException(MasterFailure.BadReply, $"cluster {cluster.Cluster} has snapshots enabled, which this data node does not serve.");
        var upgrade = await UpgradeSettingsAsync(cancel).ConfigureAwait(false);
        var identity = _settings.Identity;
        var address = $"{identity.LocalAddress?.ToString() ?? cluster.Ip}:{identity.DataPort}";
        var id = await _masters.AddDataNodeAsync(
            address, identity.RaftHeartbeatPort, identity.RaftReplicaPort, identity.ZoneName, identity.MediaType, identity.ServiceIdKey, cancel).ConfigureAwait(false);
        return new Registration(id, address, cluster, upgrade);
    }

    private async Task<UpgradeCompatibleSettings> UpgradeSettingsAsync(CancellationToken cancel)
    {
        try
        {
            return await _masters.GetUpgradeSettingsAsync(cancel).ConfigureAwait(false);
        }
        catch (MasterException e) when (e.Failure == MasterFailure.UnknownApi)
        {
            return new UpgradeCompatibleSettings(); // an older master: nothing is forbidden there
        }
    }

    // CubeFS wraps every failure in a hint at the media type; only what stands before the hint tells.
    private static bool NeverWillDo(string message)
    {
        var cause = message.Split(", hint", 2)[0];
        return cause.Contains("mediaType", StringComparison.OrdinalIgnoreCase) || cause.Contains("zoneName", StringComparison.OrdinalIgnoreCase);
    }
}
