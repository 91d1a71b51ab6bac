using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using Directive = Akka.Actor.Directive;

namespace CubeActors.Actors;

/// <summary>The root of a node: spawns the listener first, then disks and the link to the masters, and leads them through the phases.</summary>
internal sealed class NodeSupervisor : ReceiveActor, IWithTimers
{
    /// <summary>Stop: answer what is in flight, close the disks cleanly, end.</summary>
    public sealed record Stop;

    private sealed record ConnectionsClosed;

    private sealed record DisksOverdue;

    private readonly NodeParts _parts;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<string, IActorRef> _disks = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unsettled = new(StringComparer.Ordinal);
    private readonly HashSet<string> _hanging = new(StringComparer.Ordinal); // not waited for any more; what they hold stays undecided
    private IActorRef _listener = ActorRefs.Nobody;
    private IActorRef _master = ActorRefs.Nobody;
    private NodePhase _phase = NodePhase.Binding;
    private MasterLink.Registered? _registered;

    public NodeSupervisor(NodeParts parts)
    {
        _parts = parts;
        Receive<PortListener.Bound>(Bound);
        Receive<PortListener.BindFailed>(failed => _parts.Fatal(failed.Reason));
        Receive<MasterLink.Registered>(registered =>
        {
            _registered = registered;
            _parts.Board.Cluster = registered.Cluster;
            var isNew = _parts.Address != registered.Address;
            _parts.Address = registered.Address;
            if (isNew) TellAddresses();
            Advance();
        });
        Receive<MasterLink.PeerPortsChanged>(_ => TellAddresses());
        Receive<MasterLink.RegistrationRefused>(refused => _parts.Fatal(refused.Reason));
        Receive<DiskActor.DiskSettled>(Settled);
        Receive<DiskActor.DiskHangs>(hangs =>
        {
            if (!_unsettled.Remove(hangs.Path)) return;
            _hanging.Add(hangs.Path);
            Advance();
        });
        Receive<TaskDesk.CreatePartition>(Create);
        Receive<TaskDesk.DeletePartition>(Delete);
        Receive<TaskDesk.PartitionOrder>(Hand);
        Receive<PartitionActor.KnownNodes>(known =>
        {
            foreach (var disk in _disks.Values) disk.Tell(known);
        });
        Receive<TaskDesk.DiskOrder>(order => Hand(order, order.Number, order.DiskPath));
        Receive<TaskDesk.RecoverBackup>(recover => Hand(recover, recover.Number, recover.Request.Disk));
        Receive<Terminated>(ended => Ended(ended.ActorRef));
        Receive<Stop>(_ => BeginStop());
        Receive<ConnectionsClosed>(_ => StopDisks());
        Receive<DisksOverdue>(_ => Finish());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props PropsFor(NodeParts parts) => Props.Create(() => new NodeSupervisor(parts));

    protected override void PreStart()
    {
        Enter(NodePhase.Binding);
        _listener = Context.ActorOf(PortListener.PropsFor(_parts.Network, _parts.Settings.Identity, _parts.Connections, () => _parts.HasRaftPorts), "listener");
    }

    /// <summary>The listener and the desk hold no state and may start anew; a disk never does, it would open a directory that is still open.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(-1, TimeSpan.FromMilliseconds(-1), cause =>
    {
        Log.Broken(_log, Sender.Path.Name, cause);
        return _disks.ContainsValue(Sender) || cause is Runtime.InvariantViolationException ? Directive.Stop : Directive.Restart;
    });

    private void Bound(PortListener.Bound bound)
    {
        Log.PortsBound(_log, bound.Data, bound.Smux);
        _parts.Bound(bound);
        _parts.HasRaftPorts = true;
        if (_phase != NodePhase.Binding) return; // the listener started anew
        Enter(NodePhase.Loading);
        _master = Context.ActorOf(MasterLink.PropsFor(_parts.Masters, _parts.Settings, _parts.Gate, _parts.Board, _parts.Time), "master");
        _parts.Desk.Open(Context.ActorOf(TaskDesk.PropsFor(Self, _master, _parts.FindGroup, _parts.Settings.DataPath.AdminReply), "tasks"));
        for (var i = 0; i < _parts.Settings.Disks.Count; i++)
        {
            var disk = _parts.Settings.Disks[i];
            _unsettled.Add(disk.Path);
            _disks.Add(disk.Path, Context.Watch(Context.ActorOf(DiskActor.PropsFor(disk, _parts.ContextOf(i)), $"disk-{i}")));
        }

        Advance();
    }

    private void TellAddresses()
    {
        foreach (var disk in _disks.Values) disk.Tell(new DiskActor.AddressesChanged());
    }

    private void Settled(DiskActor.DiskSettled settled)
    {
        var stops = settled.Corrupt.Count > 0 && _parts.Settings.Storage.StopOnCorruptPartition;
        // The first is what the start ends with: to log it too would say it twice.
        foreach (var problem in settled.Corrupt.Skip(stops ? 1 : 0)) Log.PartitionDamaged(_log, problem);
        if (stops)
        {
            _parts.Fatal($"{settled.Corrupt[0].TrimEnd('.')}.{(settled.Corrupt.Count > 1 ? $" ({settled.Corrupt.Count - 1} more are in the log)" : "")}"
                + " To start without such partitions set cubeactors.storage.corrupt-partition = leave-out.");
            return;
        }

        _unsettled.Remove(settled.Path);
        _hanging.Remove(settled.Path);
        Advance();
    }

    private void Advance()
    {
        if (_phase == NodePhase.Loading && _unsettled.Count == 0)
        {
            _parts.Gate.IsStarted = true; // clients and peers are served, whether a master answers or not
            if (_registered is not null) Enter(NodePhase.Ready);
        }

        PublishStatus();
    }

    private void Create(TaskDesk.CreatePartition create)
    {
        var request = create.Request;
        if (Problem(request) is { } problem)
        {
            Sender.Tell(new TaskDesk.Done(create.Number, Refusal: problem));
            return;
        }

        if (_parts.Board.Partition(request.PartitionId) is { } existing)
        {
            // The master repeats a creation whose answer it has not seen: the same one is a success, another one is not.
            var isSame = existing.State == PartitionState.Serving && existing.Volume == request.VolumeId && existing.Hosts.SequenceEqual(request.Hosts)
                && existing.Peers.Select(peer => (peer.Id, peer.Address)).SequenceEqual(request.Members.Select(peer => (peer.Id, peer.Address)));
            Sender.Tell(isSame
                ? new TaskDesk.Done(create.Number, System.Text.Encoding.UTF8.GetBytes(existing.DiskPath))
                : new TaskDesk.Done(create.Number, Refusal: $"partition {request.PartitionId} exists already with other hosts, peers or volume, or does not serve ({existing.State})"));
            return;
        }

        if (Undecided is { } undecided)
        {
            Sender.Tell(new TaskDesk.Done(create.Number, Refusal: undecided));
            return;
        }

        if (DiskChoice.Pick(_parts.Board.Disks, [.. request.DecommissionedDisks], _parts.Random) is { } disk) _disks[disk.Path].Forward(create);
        else Sender.Tell(new TaskDesk.Done(create.Number, Refusal: "No disk space to create a data partition"));
    }

    private static string? Problem(CreateDataPartitionRequest request) =>
        request.PartitionTyp != 0 ? $"partition type {request.PartitionTyp} is not supported, only 0"
        : request.PartitionId.Value == 0 || request.PartitionSize <= 0 || request.VolumeId.Length == 0 ? $"{ErrorTexts.ArgMismatch}: partition id, size and volume must be set"
        : request.Hosts.Count is 0 or > Preparation.FollowersMax ? $"{ErrorTexts.ArgMismatch}: {request.Hosts.Count} hosts"
        : request.CreateType != 0 ? "replicas that are filled by repair (CreateType 1) are not supported by this version of the data node"
        : request.VerSeq != 0 ? "volumes with snapshots are not supported by this data node"
        : null;

    private void Delete(TaskDesk.DeletePartition delete)
    {
        if (_parts.Board.Partition(delete.Request.PartitionId) is { } figures && _disks.TryGetValue(figures.DiskPath, out var disk))
        {
            disk.Forward(delete);
            return;
        }

        // Unknown is deleted, but only once every disk has said what it holds.
        Sender.Tell(new TaskDesk.Done(delete.Number, Refusal: Undecided));
    }

    private void Hand(TaskDesk.PartitionOrder order)
    {
        if (_parts.Board.Partition(order.Partition) is { } figures && _disks.TryGetValue(figures.DiskPath, out var disk)) disk.Forward(order);
        // A member that leaves a group of which nothing is here has left it.
        else Sender.Tell(new TaskDesk.Done(order.Number, Refusal: Undecided ?? (order.Request is RemoveRaftMemberRequest ? null : $"{ErrorTexts.PartitionMissing} {order.Partition}")));
    }

    private void Hand(object order, long number, string path)
    {
        if (_disks.TryGetValue(path, out var disk)) disk.Forward(order);
        else Sender.Tell(new TaskDesk.Done(number, Refusal: $"disk {path} is none of this node's disks"));
    }

    /// <summary>While a disk has not said what it holds, an id that is unknown may still be on it. Source of the words: control-plane 3.7.</summary>
    private string? Undecided => _unsettled.Count + _hanging.Count > 0 ? $"Disks on data node {_parts.Address} are not loaded completed" : null;

    private void BeginStop()
    {
        if (_phase is NodePhase.Draining or NodePhase.Stopped) return;
        Enter(NodePhase.Draining);
        foreach (var child in (IActorRef[])[_listener, _master])
            if (!child.IsNobody()) Context.Stop(child);
        _parts.Connections.CloseAsync(_parts.Settings.DataPath.Drain * 5).PipeTo(Self, success: () => new ConnectionsClosed());
    }

    private void StopDisks()
    {
        if (_disks.Count == 0)
        {
            Finish();
            return;
        }

        foreach (var disk in _disks.Values) disk.Tell(new DiskActor.StopDisk());
        Timers.StartSingleTimer(nameof(DisksOverdue), new DisksOverdue(), _parts.Settings.Storage.DiskDeadline);
    }

    private void Ended(IActorRef actor)
    {
        foreach (var (path, disk) in _disks)
        {
            if (!disk.Equals(actor)) continue;
            _disks.Remove(path);
            if (_phase != NodePhase.Draining)
            {
                if (_parts.Board.Disk(path) is { } figures) _parts.Board.Write(figures with { State = DiskState.Unavailable, Reason = "its actor ended; see the log" });
                _unsettled.Remove(path);
                _hanging.Remove(path);
                Advance();
            }

            break;
        }

        if (_phase == NodePhase.Draining && _disks.Count == 0) Finish();
    }

    private void Finish()
    {
        if (_phase == NodePhase.Stopped) return;
        Enter(NodePhase.Stopped);
        _parts.Stopped();
        Context.Stop(Self);
    }

    private void Enter(NodePhase phase)
    {
        _phase = phase;
        PublishStatus();
        Log.PhaseChanged(_log, phase, string.Join("; ", Reasons()));
    }

    private void PublishStatus() => _parts.Publish(_phase, Reasons(), _registered?.Id ?? default);

    private ImmutableArray<string> Reasons() => _phase switch
    {
        NodePhase.Binding => ["the ports are not bound yet"],
        NodePhase.Loading =>
        [
            .. _unsettled.Order(StringComparer.Ordinal).Select(path => $"disk {path} is still being loaded"),
            .. _registered is null ? ["not registered with any master yet"] : Array.Empty<string>(),
        ],
        NodePhase.Draining => ["the node is stopping"],
        NodePhase.Stopped => ["the node has stopped"],
        _ => [],
    };
}
