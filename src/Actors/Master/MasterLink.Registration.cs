using System.Collections.Frozen;
using Akka.Actor;
using CubeActors.Client;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Actors;

// Who the node is: what it remembers, what the masters say, and what it keeps of that.
internal sealed partial class MasterLink
{
    private sealed record TryRegister;

    private sealed record Registration(NodeId Id, string Address, ClusterInfo Cluster, UpgradeCompatibleSettings Upgrade);

    /// <summary>The node must not go on as it is.</summary>
    private sealed record NotOurs(string Reason);

    private sealed record RegistrationFailed(Exception Cause);

    private sealed record RaftDirectoryAsked;

    private sealed record RaftDirectoryAnswered;

    private sealed record RaftDirectoryHangs;

    private sealed record RecordLoaded(NodeRecord? Record);

    private sealed record RecordUnusable(string Reason);

    private sealed record RecordSaved;

    private TimeSpan _pause;
    private NodeRecord? _record;
    private bool _isRegistered;

    private void Registering()
    {
        Always();
        Receive<TryRegister>(_ => RegisterAsync(UsableDisks(), Self, _stopping.Token).PipeTo(Self, failure: cause => new RegistrationFailed(cause)));
        Receive<RaftDirectoryAsked>(_ => Timers.StartSingleTimer(nameof(RaftDirectoryHangs), new RaftDirectoryHangs(), _settings.Storage.DiskDeadline));
        Receive<RaftDirectoryHangs>(_ =>
        {
            Log.RaftDirectoryHangs(_log, _settings.RaftDirectory, _settings.Storage.DiskDeadline);
            Context.Parent.Tell(new RegistrationHeldUp($"the registration waits for raftDir {_settings.RaftDirectory}, which does not answer"));
        });
        Receive<RaftDirectoryAnswered>(_ =>
        {
            Timers.Cancel(nameof(RaftDirectoryHangs));
            Context.Parent.Tell(new RegistrationHeldUp(null));
        });
        Receive<Registration>(Begin);
        Receive<NotOurs>(not => Refused(not.Reason));
        Receive<RegistrationFailed>(failed =>
        {
            if (failed.Cause is MasterException refused && RegistrationRules.IsFinal(refused))
            {
                Refused($"the masters refuse this node: {refused.Message}; make mediaType and zoneName what they were when this address was first registered");
                return;
            }

            Timers.Cancel(nameof(RaftDirectoryHangs)); // a directory that fails is not one that hangs
            Log.MasterFailed(_log, "Registration with the masters failed", failed.Cause.Message, _pause);
            Timers.StartSingleTimer(nameof(TryRegister), new TryRegister(), _pause);
            _pause = RegistrationRules.Longer(_pause, _settings.MasterLink);
        });
    }

    private void Begin(Registration done)
    {
        _isRegistered = true;
        LearnMasters();
        _gate.Volumes = _gate.Volumes with
        {
            WithoutVersion0 = done.Upgrade.VolsForbidWriteOpOfProtoVer0.ToFrozenSet(StringComparer.Ordinal),
            ClusterWithoutVersion0 = done.Upgrade.ClusterForbidWriteOpOfProtoVer0,
        };
        Learn(done.Cluster);
        Log.Registered(_log, done.Id, done.Address, done.Cluster.Cluster);
        Context.Parent.Tell(new Registered(done.Id, done.Address, done.Cluster.Cluster));
        Remember(done);
        Timers.StartPeriodicTimer(nameof(RefreshCluster), new RefreshCluster(), _settings.MasterLink.ClusterInfoPeriod, _settings.MasterLink.ClusterInfoPeriod);
        Become(Serving);
        Self.Tell(new AskNodes());
    }

    private void Refused(string reason) => Context.Parent.Tell(new RegistrationRefused(reason));

    private void Recall()
    {
        if (_parts.State is not { } state) return;
        state.LoadAsync().PipeTo(
            Self, success: record => new RecordLoaded(record),
            // A newer format is refused: guessing who the node is would be worse than to ask. A directory that cannot be read is only waited out.
            failure: cause => cause is StorageCorruptException ? new RecordUnusable(cause.Message) : new CallFailed("What the node kept of itself could not be read", cause));
    }

    private void Recall(RecordLoaded loaded)
    {
        if (loaded.Record is not { } record || _isRegistered) return;
        if (!RegistrationRules.Fits(record, _settings.Identity))
        {
            Log.RecordVoid(_log, new NodeId(record.NodeId), record.Address);
            return;
        }

        _record = record;
        Log.Recalled(_log, new NodeId(record.NodeId), record.Address, record.Cluster);
        Context.Parent.Tell(new Recalled(new NodeId(record.NodeId), record.Address));
    }

    private void Remember(Registration done)
    {
        var identity = _settings.Identity;
        var record = new NodeRecord(NodeRecord.CurrentFormat, done.Id.Value, done.Cluster.Cluster, done.Address, identity.RaftHeartbeatPort, identity.RaftReplicaPort);
        if (_record is { } before && before.Cluster != record.Cluster) Log.OtherCluster(_log, before.Cluster, record.Cluster);
        if (_parts.State is not { } state || _record == record) return;
        _record = record;
        state.SaveAsync(record).PipeTo(Self, success: _ => new RecordSaved(), failure: cause => new CallFailed("Who the node is could not be kept; a start without masters will not know it", cause));
    }

    /// <summary>Disks that answer: one that hangs must not hold up the registration.</summary>
    private IReadOnlyList<string> UsableDisks() => [.. _parts.Board.Disks.Where(disk => disk.State is DiskState.Loading or DiskState.Ready).Select(disk => disk.Path)];

    private async Task<object> RegisterAsync(IReadOnlyList<string> disks, IActorRef self, CancellationToken cancel)
    {
        var masters = _parts.Masters;
        var identity = _settings.Identity;
        var cluster = await masters.GetClusterInfoAsync(cancel).ConfigureAwait(false);
        if (cluster.ClusterEnableSnapshot)
            throw new MasterException(MasterFailure.BadReply, $"cluster {cluster.Cluster} has snapshots enabled, which this data node does not serve.");
        if (!RegistrationRules.TryName(identity, cluster, out var address))
            throw new MasterException(MasterFailure.BadReply, $"the masters see this node at '{cluster.Ip}', which is no IPv4 address; set localIP.");
        // Before anything is promised to this cluster: its data must not be served in another one.
        if (_parts.State is { } state && await SettleAsync(state, disks, cluster, self).ConfigureAwait(false) is { } problem) return new NotOurs(problem);
        var upgrade = await UpgradeSettingsAsync(cancel).ConfigureAwait(false);
        var id = await masters.AddDataNodeAsync(
            address, identity.RaftHeartbeatPort, identity.RaftReplicaPort, identity.ZoneName, identity.MediaType, identity.ServiceIdKey, cancel).ConfigureAwait(false);
        if (id.Value == 0) throw new MasterException(MasterFailure.BadReply, "the masters gave this node the id 0, which is nobody's.");
        return new Registration(id, address, cluster, upgrade);
    }

    /// <summary>Waits for raftDir, for ever if need be: nothing else can tell whether this node may be registered.</summary>
    private static async Task<string?> SettleAsync(NodeState state, IReadOnlyList<string> disks, ClusterInfo cluster, IActorRef self)
    {
        self.Tell(new RaftDirectoryAsked(), ActorRefs.NoSender);
        var problem = await state.SettleAsync(disks, cluster).ConfigureAwait(false);
        self.Tell(new RaftDirectoryAnswered(), ActorRefs.NoSender);
        return problem;
    }

    private async Task<UpgradeCompatibleSettings> UpgradeSettingsAsync(CancellationToken cancel)
    {
        try
        {
            return await _parts.Masters.GetUpgradeSettingsAsync(cancel).ConfigureAwait(false);
        }
        catch (MasterException e) when (e.Failure == MasterFailure.UnknownApi)
        {
            return new UpgradeCompatibleSettings(); // an older master: nothing is forbidden there
        }
    }
}
