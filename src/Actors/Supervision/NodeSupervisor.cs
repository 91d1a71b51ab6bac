using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using Directive = Akka.Actor.Directive;

namespace CubeActors.Actors;

/// <summary>The root of a node: spawns the listener first, then disks and the link to the masters, and leads them through the phases.</summary>
internal sealed class NodeSupervisor : ReportingActor, IWithTimers
{
    /// <summary>Stop: answer what is in flight, close the disks cleanly, end.</summary>
    public sealed record Stop;

    /// <summary>Give away what is led here, until <see cref="CancelDrain"/>; everything else goes on.</summary>
    public sealed record BeginDrain;

    /// <summary>Takes a drain back, but no stop.</summary>
    public sealed record CancelDrain;

    private sealed record DrainOverdue;

    private sealed record ConnectionsClosed;

    private sealed record PortsOverdue;

    /// <summary>How long callers wait in the kernel while disks are closed: less than the 5 s that a CubeFS client waits for an answer.</summary>
    private static readonly TimeSpan PortsHeldMax = TimeSpan.FromSeconds(2);

    private sealed record MayLoad;

    private sealed record LateCreation(TaskDesk.CreatePartition Create, IActorRef Desk, DateTimeOffset Until);

    /// <summary>Creations of one id that wait for its deletion; a master repeats one, it does not order many.</summary>
    private const int LateCreationsMax = 4;

    private sealed record DisksOverdue;

    private sealed record LedgerOverdue;

    /// <summary>How long a stop waits for the ledger to be written, at the end of all: its file may lie on a disk that hangs.</summary>
    private static readonly TimeSpan LedgerClose = TimeSpan.FromSeconds(3);

    private readonly NodeParts _parts;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<string, IActorRef> _disks = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unsettled = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unlisted = new(StringComparer.Ordinal); // nobody knows what they hold
    private readonly HashSet<string> _hanging = new(StringComparer.Ordinal); // not waited for any more; what they hold stays undecided
    private readonly Dictionary<string, IReadOnlyList<PartitionId>> _missing = new(StringComparer.Ordinal); // loaded, and their directories are gone
    private readonly Dictionary<PartitionId, Queue<LateCreation>> _afterDelete = []; // creations that wait for a deletion of the same id
    private RosterAnswer? _roster; // as the master said last
    private IActorRef _listener = ActorRefs.Nobody;
    private IActorRef _ledger = ActorRefs.Nobody;
    private IActorRef _master = ActorRefs.Nobody;
    private NodePhase _phase = NodePhase.Binding;
    private bool _isDrained; // by order; the phases go on underneath
    private bool _isClosing; // of a stop: nothing is handed over any more, connections and disks are closed
    private MasterLink.Registered? _registered;
    private string? _registrationHeldUpBy;
    private bool _isFinishing; // nothing is left but the ledger
    private bool _loads; // disks and masters are being asked

    public NodeSupervisor(NodeParts parts)
    {
        _parts = parts;
        Receive<PortListener.Bound>(Bound);
        Receive<MayLoad>(_ => Load());
        Receive<PortListener.BindFailed>(failed => _parts.Fatal(failed.Reason));
        Receive<MasterLink.Recalled>(recalled =>
        {
            if (_registered is null) Adopt(recalled.Id, recalled.Address);
        });
        Receive<MasterLink.Registered>(registered =>
        {
            _registered = registered;
            _parts.Board.Cluster = registered.Cluster;
            Adopt(registered.Id, registered.Address);
            if (_parts.Roster is { } roster && Context.Child(RosterName).IsNobody()) Context.ActorOf(RosterWatch.PropsFor(roster), RosterName);
            Advance();
        });
        Receive<MasterLink.PeerPortsChanged>(_ => TellAddresses());
        Receive<MasterLink.RegistrationHeldUp>(held =>
        {
            if (_registrationHeldUpBy == held.By) return;
            _registrationHeldUpBy = held.By;
            PublishStatus();
        });
        Receive<MasterLink.RegistrationRefused>(refused => _parts.Fatal(refused.Reason));
        Receive<DiskActor.DiskListed>(listed => Listed(listed.Path));
        Receive<DiskActor.DiskSettled>(Settled);
        Receive<DiskActor.DiskHangs>(hangs =>
        {
            if (!_unsettled.Remove(hangs.Path)) return;
            _hanging.Add(hangs.Path);
            Advance();
        });
        Receive<DiskActor.PartitionGone>(Gone);
        Receive<DiskActor.PartitionHeld>(held =>
        {
            if (_disks.TryGetValue(held.OtherDisk, out var other) && _parts.Board.Partition(held.Partition) is { } figures && figures.DiskPath == held.OtherDisk)
                other.Tell(new DiskActor.HoldBack(held.Partition, PathOf(Sender)));
        });
        Receive<DiskActor.DirectoriesMissing>(missing =>
        {
            _missing[missing.Path] = missing.Partitions;
            PublishLack();
        });
        Receive<DiskActor.Forgotten>(forgotten =>
        {
            _disks.Remove(forgotten.Path);
            _missing.Remove(forgotten.Path);
        });
        Receive<RosterWatch.Heard>(Hear);
        Receive<RosterWatch.Confirmed>(TellDisks);
        Receive<MasterLink.DisksDecommissioned>(decommissioned =>
        {
            foreach (var (path, disk) in _disks) disk.Tell(new DiskActor.Decommission(decommissioned.Paths.Contains(path)));
        });
        Receive<DiskOperations.PartitionOrder>(order => Hand(order, order.Partition, order.Answer));
        Receive<DiskOperations.LoadOrder>(order => Hand(order, order.Disk, order.Answer));
        Receive<DiskOperations.DiskOrder>(order => Hand(order, order.Disk, order.Answer));
        Receive<TaskDesk.CreatePartition>(Create);
        Receive<TaskDesk.DeletePartition>(Delete);
        Receive<TaskDesk.PartitionOrder>(Hand);
        Receive<PartitionActor.KnownNodes>(known =>
        {
            foreach (var disk in _disks.Values) disk.Tell(known);
        });
        Receive<MasterLink.NodesKnown>(known => TellDisks(new PartitionActor.KnownNodes(known.Ids)));
        Receive<TaskDesk.DiskOrder>(order => Hand(order, order.Number, order.DiskPath));
        Receive<TaskDesk.RecoverBackup>(recover => Hand(recover, recover.Number, recover.Request.Disk));
        Receive<Terminated>(ended => Ended(ended.ActorRef));
        Receive<Stop>(_ => BeginStop());
        Receive<BeginDrain>(_ =>
        {
            if (_phase is NodePhase.Draining or NodePhase.Stopped) return;
            _isDrained = true;
            if (Drain is { } drain) drain.Tell(new DrainDesk.Begin(IsStop: false));
            PublishStatus();
        });
        Receive<CancelDrain>(_ =>
        {
            if (!_isDrained || _phase is NodePhase.Draining or NodePhase.Stopped) return;
            _isDrained = false;
            if (Drain is { } drain) drain.Tell(new DrainDesk.Cancel());
            PublishStatus();
        });
        Receive<DrainDesk.Emptied>(_ => Close());
        Receive<DrainOverdue>(_ => Close());
        Receive<ConnectionsClosed>(_ =>
        {
            Timers.StartSingleTimer(nameof(PortsOverdue), new PortsOverdue(), PortsHeldMax);
            StopDisks();
        });
        Receive<PortsOverdue>(_ => Context.Stop(_listener));
        Receive<DisksOverdue>(_ => Finish());
        Receive<OperationLedger.Closed>(_ => End());
        Receive<LedgerOverdue>(_ => End());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props PropsFor(NodeParts parts) => Props.Create(() => new NodeSupervisor(parts));

    protected override ActorState Describe() => Say(
        "node", _isDrained ? $"{_phase}, drained" : _phase.ToString(), ("address", _parts.Address), ("id", _parts.Id), ("waits for", string.Join("; ", Reasons())), ("disks", _disks.Count),
        ("disks being loaded", _unsettled.Count), ("disks that hang", _hanging.Count));

    protected override void PreStart()
    {
        Enter(NodePhase.Binding);
        _listener = Context.ActorOf(PortListener.PropsFor(_parts.Network, _parts.Settings.Identity, _parts.Connections, () => _parts.HasRaftPorts), "listener");
        _ledger = Context.ActorOf(OperationLedger.PropsFor(_parts.Ledger, _parts.LedgerFile), "ledger");
    }

    /// <summary>The listener and the desk hold no state and may start anew; a disk never does, it would open a directory that is still open.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => Supervise(cause =>
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
        if (_parts.MayLoad.IsCompletedSuccessfully) Load();
        else _parts.MayLoad.PipeTo(Self, success: () => new MayLoad());
    }

    /// <summary>Asks the disks and the masters, now that they may be asked.</summary>
    private void Load()
    {
        if (_phase != NodePhase.Loading || _loads) return; // told to stop meanwhile
        _loads = true;
        _master = Context.ActorOf(MasterLink.PropsFor(new MasterLinkParts(
            _parts.Masters, _parts.Settings, _parts.Gate, _parts.Board, _parts.Gates, _parts.Time, _parts.State, _parts.ReadCpuTimes, _parts.Sources)
        {
            Operations = _parts.Ledger,
        }), "master");
        _parts.Desk.Open(Context.ActorOf(TaskDesk.PropsFor(Self, _master, _parts.FindGroup, _parts.Settings.DataPath.AdminReply, () => _parts.Address, _parts.Board.Partition), "tasks"));
        for (var i = 0; i < _parts.Settings.Disks.Count; i++)
        {
            var disk = _parts.Settings.Disks[i];
            _unsettled.Add(disk.Path);
            _unlisted.Add(disk.Path);
            _disks.Add(disk.Path, Context.Watch(Context.ActorOf(DiskActor.PropsFor(disk, _parts.ContextOf(i)), $"disk-{i}")));
        }

        if (_parts.Integrity.Count > 0) Context.ActorOf(IntegrityRoot.PropsFor(_parts.Integrity), IntegrityName);
        if (_disks.Count == 0) _parts.Gates.AllListed();
        Advance();
    }

    private const string IntegrityName = "integrity";

    /// <summary>A disk has announced what it holds, or will never hold anything: once all have, an id that nobody has announced is unknown.</summary>
    private void Listed(string path)
    {
        if (_unlisted.Remove(path) && _unlisted.Count == 0) _parts.Gates.AllListed();
    }

    private const string RosterName = "roster";

    /// <summary>Who the node is, as it remembers or as the masters say. Replicas that joined their groups under another id leave them, and are loaded anew.</summary>
    private void Adopt(NodeId id, string address)
    {
        if (_parts.Id == id && _parts.Address == address) return;
        if (_parts.Id.Value != 0 && _parts.Id != id) Log.IdentityChanged(_log, _parts.Id, id);
        (_parts.Id, _parts.Address) = (id, address);
        foreach (var partition in _parts.Board.Partitions)
        {
            var isMember = partition.Peers.Any(peer => peer.Address == address && peer.Id == id);
            if (!isMember && partition.Raft() is not null && _disks.TryGetValue(partition.DiskPath, out var disk))
                disk.Tell(new DiskOperations.PartitionOrder(partition.Id, PartitionCommand.Reload, (_, _) => { }));
        }

        TellAddresses();
    }

    private void TellAddresses() => TellDisks(new DiskActor.AddressesChanged());

    private void TellDisks(object message)
    {
        foreach (var disk in _disks.Values) disk.Tell(message);
    }

    private string PathOf(IActorRef disk) => _disks.FirstOrDefault(known => known.Value.Equals(disk)).Key ?? "another disk";

    private void Hear(RosterWatch.Heard heard)
    {
        if (heard.IsFirst)
        {
            foreach (var path in heard.Answer.AllDisks.Where(path => _parts.Settings.Disks.All(disk => disk.Path != path)))
                Log.DiskNote(_log, path, "the master knows it as a disk of this node, and it is not in the configuration");
        }

        _roster = heard.Answer;
        TellDisks(heard);
        PublishLack();
    }

    /// <summary>Only once all disks have said what they hold: before, everything would be lacking.</summary>
    private void PublishLack()
    {
        if (!_parts.Gate.IsStarted || _roster is not { } roster) return;
        // One whose raft group is stopped because of I/O errors is loaded all the same.
        var here = _parts.Board.Partitions.Where(partition => partition.State != PartitionState.Unavailable || partition.ErrorCount > 0).Select(partition => partition.Id).ToHashSet();
        _parts.Board.Lack = new RosterLack(
            RosterComparison.Lacking(roster, here),
            [.. _missing.Values.SelectMany(partitions => partitions).OrderBy(partition => partition.Value)]);
    }

    /// <summary>A partition is gone from a disk: who waits for that goes on, a creation if its order is not too old.</summary>
    private void Gone(DiskActor.PartitionGone gone)
    {
        if (_parts.Board.Partition(gone.Partition) is null)
            foreach (var (_, disk) in _disks.Where(disk => !disk.Value.Equals(Sender))) disk.Tell(new DiskActor.GoneElsewhere(gone.Partition));
        if (!_afterDelete.Remove(gone.Partition, out var waiting)) return;
        foreach (var late in waiting)
        {
            if (_parts.Time.GetUtcNow() < late.Until) Self.Tell(late.Create, late.Desk);
            else late.Desk.Tell(new TaskDesk.Done(late.Create.Number, Refusal: "the deletion before it took too long; try again"));
        }
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

        Listed(settled.Path); // where it could not be opened
        _unsettled.Remove(settled.Path);
        _hanging.Remove(settled.Path);
        Advance();
    }

    private void Advance()
    {
        if (_phase == NodePhase.Loading && _loads && _unsettled.Count == 0)
        {
            _parts.Gate.IsStarted = true; // clients and peers are served, whether a master answers or not
            if (_registered is not null) Enter(NodePhase.Ready);
        }

        if (_unsettled.Count + _hanging.Count == 0) _parts.Gates.AllListed();
        TellLedger();
        PublishStatus();
    }

    /// <summary>Not before the disks are loaded: its file costs time that a start has better uses for.</summary>
    private void TellLedger()
    {
        if (!_parts.Gate.IsStarted || _isClosing) return;
        _ledger.Tell(new OperationLedger.Open(MayCreate: _registered is not null));
        if (_unsettled.Count + _hanging.Count == 0) _ledger.Tell(new OperationLedger.Settled());
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
            CreateExisting(create, existing);
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

    /// <summary>The master repeats a creation whose answer it has not seen: the same one is a success, another one is not.</summary>
    private void CreateExisting(TaskDesk.CreatePartition create, PartitionFigures existing)
    {
        var request = create.Request;
        if (existing.State == PartitionState.Loading && _disks.TryGetValue(existing.DiskPath, out var disk))
        {
            disk.Forward(create); // it knows whether this is what it is creating
        }
        else if (existing.State == PartitionState.Closing)
        {
            Defer(create);
        }
        else
        {
            var isSame = existing.State == PartitionState.Serving && DiskChoice.IsSame(existing.Volume, existing.Hosts, existing.Peers, request);
            Sender.Tell(isSame
                ? new TaskDesk.Done(create.Number, System.Text.Encoding.UTF8.GetBytes(existing.DiskPath))
                : new TaskDesk.Done(create.Number, Refusal: $"partition {request.PartitionId} exists already with other hosts, peers or volume, or does not serve ({existing.State})"));
        }
    }

    /// <summary>Its deletion is under way. Somewhat less than a master waits: what is created after it has given up is nobody's.</summary>
    private void Defer(TaskDesk.CreatePartition create)
    {
        var id = create.Request.PartitionId;
        if (!_afterDelete.TryGetValue(id, out var waiting)) _afterDelete.Add(id, waiting = new Queue<LateCreation>());
        if (waiting.Count == LateCreationsMax && waiting.TryDequeue(out var oldest))
            oldest.Desk.Tell(new TaskDesk.Done(oldest.Create.Number, Refusal: $"partition {id} is being deleted; try again"));
        waiting.Enqueue(new LateCreation(create, Sender, _parts.Time.GetUtcNow() + _parts.Settings.DataPath.AdminReply * 0.8));
    }

    private static string? Problem(CreateDataPartitionRequest request) =>
        request.PartitionTyp != 0 ? $"partition type {request.PartitionTyp} is not supported, only 0"
        : request.PartitionId.Value == 0 || request.PartitionSize <= 0 || request.VolumeId.Length == 0 ? $"{ErrorTexts.ArgMismatch}: partition id, size and volume must be set"
        : request.Hosts.Count is 0 or > Preparation.FollowersMax ? $"{ErrorTexts.ArgMismatch}: {request.Hosts.Count} hosts"
        : request.CreateType is not (0 or DiskActor.CreatedByDecommission) ? $"{ErrorTexts.ArgMismatch}: CreateType {request.CreateType} is unknown"
        : request.CreateType == DiskActor.CreatedByDecommission && request.Hosts.Count < 2 ? $"{ErrorTexts.ArgMismatch}: a replica that is to be filled, and no other host to fill it from"
        : request.VerSeq != 0 ? "volumes with snapshots are not supported by this data node"
        : null;

    private void Delete(TaskDesk.DeletePartition delete)
    {
        var partition = delete.Request.PartitionId;
        if (_parts.Board.Partition(partition) is { } figures && _disks.TryGetValue(figures.DiskPath, out var disk))
        {
            // A second copy that waits for the master must not come to life when the first one is gone.
            foreach (var (path, other) in _disks)
                if (path != figures.DiskPath) other.Tell(new DiskActor.DropHeld(partition));
            disk.Forward(delete);
            return;
        }

        // Unknown is deleted, but only once every disk has said what it holds.
        Sender.Tell(new TaskDesk.Done(delete.Number, Refusal: Undecided));
    }

    private void Hand(DiskOperations.PartitionOrder order, PartitionId partition, Answer answer)
    {
        if (_parts.Board.Partition(partition) is { } figures && _disks.TryGetValue(figures.DiskPath, out var disk)) disk.Tell(order);
        else answer(!_loads || _unsettled.Count > 0 ? "please wait for disk loading" : "partition not exist");
    }

    private void Hand(object order, string path, Answer answer)
    {
        if (_disks.TryGetValue(path, out var disk)) disk.Tell(order);
        else answer($"disk {path} is not found");
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
    private string? Undecided => !_loads || _unsettled.Count + _hanging.Count > 0 ? $"Disks on data node {_parts.Address} are not loaded completed" : null;

    private void BeginStop()
    {
        if (_phase is NodePhase.Draining or NodePhase.Stopped) return;
        Enter(NodePhase.Draining);
        if (Drain is not { } drain)
        {
            Close();
            return;
        }

        // Leadership goes first, while everything is still served: requests of clients, heartbeats of masters.
        drain.Tell(new DrainDesk.Begin(IsStop: true));
        Timers.StartSingleTimer(nameof(DrainOverdue), new DrainOverdue(), _parts.Settings.Drain.HandOverLimit * 2); // should the desk fail
    }

    private IActorRef? Drain
    {
        get
        {
            const string Name = "drain";
            if (_parts is not { Raft: { } raft, Transfer: { } transfer }) return null;
            if (Context.Child(Name) is { } known && !known.IsNobody()) return known;
            return Context.ActorOf(DrainDesk.PropsFor(raft, transfer, _parts.Board, _parts.Drain, _parts.Settings.Drain, _parts.Settings.RaftGroups.Tick, _parts.Time, _parts.Ledger), Name);
        }
    }

    /// <summary>The second part of a stop: what is in flight is answered, then nothing is served any more.</summary>
    private void Close()
    {
        if (_phase != NodePhase.Draining || _isClosing) return;
        _isClosing = true;
        Timers.Cancel(nameof(DrainOverdue));
        _listener.Tell(new PortListener.Hold());
        foreach (var child in (IActorRef[])[_master, Context.Child(RosterName), Context.Child(IntegrityName)])
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
            _missing.Remove(path);
            if (!_isClosing)
            {
                if (_parts.Board.Disk(path) is { } figures) _parts.Board.Write(figures with { State = DiskState.Unavailable, Reason = "its actor ended; see the log" });
                Listed(path);
                _unsettled.Remove(path);
                _hanging.Remove(path);
                Advance();
            }

            break;
        }

        if (_isClosing && _disks.Count == 0) Finish();
    }

    /// <summary>Disks and connections are closed: what they did of late is written down, and the node ends.</summary>
    private void Finish()
    {
        if (_isFinishing) return;
        _isFinishing = true;
        Timers.Cancel(nameof(DisksOverdue));
        Timers.StartSingleTimer(nameof(LedgerOverdue), new LedgerOverdue(), LedgerClose);
        _ledger.Tell(new OperationLedger.Close());
    }

    private void End()
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

    private void PublishStatus()
    {
        var isDrained = _isDrained && _phase is (NodePhase.Loading or NodePhase.Ready);
        _parts.Publish(isDrained ? NodePhase.Draining : _phase, isDrained ? ["the node is drained by order", .. Reasons()] : Reasons(), _registered?.Id ?? default);
    }

    private ImmutableArray<string> Reasons() => _phase switch
    {
        NodePhase.Binding => ["the ports are not bound yet"],
        NodePhase.Loading =>
        [
            .. _loads ? [] : new[] { "the disks are being looked at" },
            .. _unsettled.Order(StringComparer.Ordinal).Select(path => $"disk {path} is still being loaded"),
            .. _registered is null ? [_registrationHeldUpBy ?? "not registered with any master yet"] : Array.Empty<string>(),
        ],
        NodePhase.Draining => ["the node is stopping"],
        NodePhase.Stopped => ["the node has stopped"],
        _ => [],
    };
}
