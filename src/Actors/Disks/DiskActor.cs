using Akka.Actor;
using Akka.Event;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>One disk: takes its lock, lists it, loads its partitions a few at a time, watches its space, creates and deletes replicas.</summary>
internal sealed class DiskActor : ReceiveActor, IWithTimers
{
    /// <summary>Every partition of the disk is settled, or the disk cannot be used. Sent to the supervisor once.</summary>
    /// <param name="Problem">Null if the disk is usable.</param>
    /// <param name="Corrupt">Partitions whose files are damaged, each with what is wrong.</param>
    public sealed record DiskSettled(string Path, string? Problem, IReadOnlyList<string> Corrupt);

    /// <summary>Nothing came from the disk for the deadline while it was being loaded: whoever waits for it goes on without. <see cref="DiskSettled"/> may still follow.</summary>
    public sealed record DiskHangs(string Path);

    /// <summary>Close every partition, mark the clean stop, give back the lock, stop.</summary>
    public sealed record StopDisk;

    /// <summary>The node's own address or the rule for its peers' ports is another one now: partitions find themselves among their peers, join
    /// their groups, and look anew where the others are.</summary>
    public sealed record AddressesChanged;

    private sealed record Opened(DiskRoot Root, IReadOnlyList<RootEntry> Entries, DiskSpace Space);

    private sealed record MeasureSpace;

    private sealed record Measured(DiskSpace Space);

    private sealed record Probe;

    private sealed record Probed(string? Problem);

    private sealed record Swept;

    private sealed record BootSettled;

    private sealed record Stopped(string? Problem);

    private sealed record Overdue;

    private readonly DiskSettings _disk;
    private readonly DiskContext _context;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Queue<RootEntry> _waiting = new();
    private readonly HashSet<PartitionId> _loading = [];
    private readonly Dictionary<PartitionId, IActorRef> _partitions = [];
    private readonly Dictionary<PartitionId, (long Number, IActorRef Desk)> _creating = [];
    private readonly Dictionary<PartitionId, (long Number, IActorRef Desk)> _deleting = [];
    private readonly Dictionary<PartitionId, PartitionActor.LoadAnew> _reloading = [];
    private readonly HashSet<PartitionId> _draining = []; // ended by a fault, their stores still open
    private readonly List<string> _corrupt = [];
    private PartitionContext? _partitionContext;
    private DiskSpace _space;
    private string _reason = "";
    private string? _probeProblem;
    private DiskState _state = DiskState.Opening;
    private int _found = -1;
    private int _settled;
    private bool _hasFailed; // a replica could not be loaded: what its raft log may have lost is not noted
    private bool _stopping;
    private bool _isUnclean; // a store was not synced at its end: the next start must not take this for a clean stop

    public DiskActor(DiskSettings disk, DiskContext context)
    {
        (_disk, _context) = (disk, context);
        Become(Opening);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props PropsFor(DiskSettings disk, DiskContext context) => Props.Create(() => new DiskActor(disk, context));

    protected override void PreStart()
    {
        Publish();
        _context.Threads.RunAsync(Open, IoClass.Load).PipeTo(Self);
        ExpectProgress();
    }

    private void ExpectProgress() => Timers.StartSingleTimer(nameof(Overdue), new Overdue(), _context.Settings.DiskDeadline);

    private void Hangs()
    {
        Log.DiskNote(_log, _disk.Path, $"nothing came from it for {_context.Settings.DiskDeadline.TotalSeconds:0} s while it was being loaded; it is slow or hangs, the node goes on without it");
        Context.Parent.Tell(new DiskHangs(_disk.Path));
    }

    /// <summary>A partition is never restarted in place: there must not be two stores on one directory.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(-1, TimeSpan.FromMilliseconds(-1), cause =>
    {
        // The disk failed under it, our own promise is broken, or the unforeseen: in each case this replica ends and others go on.
        GiveUp(Sender, cause.Message);
        return Directive.Stop;
    });

    private Opened Open()
    {
        var root = DiskRoot.Open(_context.Files, _disk.Path, _context.BootId, _context.ProcessName);
        try
        {
            return new Opened(root, root.List(), root.MeasureSpace(ReserveBytes));
        }
        catch
        {
            root.Dispose(); // the lock is not kept for a disk that is not used
            throw;
        }
    }

    private void Opening()
    {
        Receive<Opened>(opened =>
        {
            ExpectProgress();
            if (_stopping)
            {
                opened.Root.Dispose();
                Context.Stop(Self);
                return;
            }

            var store = _context.StoreSettings with { BlockCrcsAreHints = opened.Root.BlockCrcsAreHints };
            _partitionContext = new PartitionContext(
                _disk.Path, opened.Root, _context.Files, _context.Threads, store, _context.Settings, _context.Partitions, _context.Board, _context.NodeAddress, _context.Raft,
                _context.LogWriter);
            foreach (var entry in opened.Entries) Classify(entry);
            _found = _waiting.Count;
            _space = opened.Space; // before anybody asks for room: a node that is loaded takes partitions
            _state = DiskState.Loading;
            Log.DiskOpened(_log, _disk.Path, _found);
            Become(Serving);
            if (opened.Entries.Any(entry => entry.Kind == RootEntryKind.Deleting)) Sweep();
            Timers.StartSingleTimer(nameof(Probe), new Probe(), _context.Settings.ProbePeriod);
            Timers.StartPeriodicTimer(nameof(MeasureSpace), new MeasureSpace(), _context.Settings.SpacePeriod, _context.Settings.SpacePeriod);
            LoadNext();
        });
        Receive<Status.Failure>(failure => Unavailable(failure.Cause.Message));
        Receive<Overdue>(_ => Hangs());
        Receive<AddressesChanged>(_ => { }); // partitions ask for it when they are opened
        Receive<TaskDesk.CreatePartition>(create => Sender.Tell(new TaskDesk.Done(create.Number, Refusal: $"disk {_disk.Path} is still being opened")));
        Receive<StopDisk>(_ => _stopping = true); // not before the disk has answered: the lock it may hold by then is given back
    }

    private void Serving()
    {
        Receive<PartitionActor.Settled>(Settled);
        Receive<PartitionActor.StoreOpened>(_ =>
        {
            if (_state == DiskState.Loading) ExpectProgress();
        });
        Receive<AddressesChanged>(known =>
        {
            foreach (var partition in _partitions.Values) partition.Tell(known);
        });
        Receive<TaskDesk.CreatePartition>(Create);
        Receive<TaskDesk.DeletePartition>(Delete);
        Receive<TaskDesk.PartitionOrder>(order =>
        {
            if (_partitions.TryGetValue(order.Partition, out var partition)) partition.Forward(order);
            else Sender.Tell(new TaskDesk.Done(order.Number, Refusal: $"partition {order.Partition} on {_disk.Path} is unavailable"));
        });
        Receive<PartitionActor.LoadAnew>(anew => _reloading[anew.Partition] = anew);
        Receive<PartitionActor.KnownNodes>(known =>
        {
            foreach (var partition in _partitions.Values) partition.Tell(known);
        });
        Receive<PartitionActor.Deleted>(Deleted);
        Receive<PartitionActor.CloseFailed>(failed => _isUnclean |= _draining.Add(failed.Partition));
        Receive<PartitionActor.StoreClosed>(closed =>
        {
            _draining.Remove(closed.Partition);
            ReleaseIfEmpty();
        });
        Receive<MeasureSpace>(_ => _context.Threads.RunAsync(() => new Measured(_partitionContext!.Root.MeasureSpace(ReserveBytes)), IoClass.Repair).PipeTo(Self));
        Receive<Measured>(measured =>
        {
            _space = measured.Space;
            Publish();
            TellRoom();
        });
        Receive<Overdue>(_ => Hangs());
        Receive<Probe>(_ => _context.Threads.RunAsync(ProbeDisk, IoClass.Repair).PipeTo(Self, failure: cause => new Probed(cause.Message)));
        Receive<Probed>(Judge);
        Receive<Swept>(_ => { });
        Receive<BootSettled>(_ => { });
        Receive<Terminated>(ended => Forget(ended.ActorRef));
        Receive<StopDisk>(_ => BeginStop());
        Receive<Stopped>(stopped =>
        {
            if (stopped.Problem is not null) Log.DiskNote(_log, _disk.Path, $"no clean stop recorded: {stopped.Problem}");
            Context.Stop(Self);
        });
        Receive<Status.Failure>(failure => Log.DiskNote(_log, _disk.Path, failure.Cause.Message));
    }

    private Probed ProbeDisk()
    {
        _partitionContext!.Root.Probe();
        return new Probed(null);
    }

    /// <summary>A disk that fails its test takes no creates and appends, and is reported as bad, until it passes one.</summary>
    private void Judge(Probed probed)
    {
        if (probed.Problem is not null && _probeProblem is null) Log.DiskUnavailable(_log, _disk.Path, probed.Problem);
        if (probed.Problem is null && _probeProblem is not null) Log.DiskNote(_log, _disk.Path, "it passes its test again");
        _probeProblem = probed.Problem;
        Publish();
        TellRoom();
        if (!_stopping) Timers.StartSingleTimer(nameof(Probe), new Probe(), _context.Settings.ProbePeriod);
    }

    /// <summary>What is left when the disk cannot be used: it says so, and stops when told.</summary>
    private void Unusable()
    {
        Receive<TaskDesk.CreatePartition>(create => Sender.Tell(new TaskDesk.Done(create.Number, Refusal: $"disk {_disk.Path} is unavailable: {_reason}")));
        Receive<StopDisk>(_ => Context.Stop(Self));
        ReceiveAny(_ => { }); // late answers of the disk
    }

    private long ReserveBytes => Math.Max(_disk.ReservedBytes, _context.Settings.ReserveFloorBytes);

    private void Classify(RootEntry entry)
    {
        if (entry.Kind == RootEntryKind.Partition) _waiting.Enqueue(entry);
        else if (entry.Kind is RootEntryKind.Expired or RootEntryKind.Backup) Log.DiskNote(_log, _disk.Path, $"{entry.Name} was set aside earlier and is left alone");
    }

    private void LoadNext()
    {
        while (_loading.Count < _context.Settings.LoadsPerDisk && _waiting.TryDequeue(out var entry))
        {
            if (_partitions.ContainsKey(entry.Partition))
            {
                Log.DiskNote(_log, _disk.Path, $"{entry.Name} is a second directory of partition {entry.Partition}; it is left alone");
                _settled++;
                continue;
            }

            _loading.Add(entry.Partition);
            Spawn(entry.Partition, PartitionActor.PropsForLoad(_partitionContext!, entry));
        }

        if (_state != DiskState.Loading) return;
        ExpectProgress();
        if (_loading.Count > 0 || _waiting.Count > 0) return;
        Timers.Cancel(nameof(Overdue));
        _state = DiskState.Ready;
        SettleBoot();
        Publish();
        Log.DiskReady(_log, _disk.Path, _settled);
        Context.Parent.Tell(new DiskSettled(_disk.Path, null, _corrupt));
    }

    /// <summary>Only if this node knew its address, so that every replica has opened its raft log; otherwise the next start looks again.</summary>
    private void SettleBoot()
    {
        var root = _partitionContext!.Root;
        if (root.Verdict != BootVerdict.DirtyBoot || _context.NodeAddress().Length == 0 || _hasFailed) return;
        _context.Threads.RunAsync(() => { root.SettleBoot(); return new BootSettled(); }, IoClass.Load).PipeTo(Self);
    }

    private void Spawn(PartitionId partition, Props props)
    {
        var actor = Context.ActorOf(props, $"partition-{partition}");
        Context.Watch(actor);
        actor.Tell(Room);
        _partitions[partition] = actor;
    }

    private void Settled(PartitionActor.Settled settled)
    {
        if (settled.IsCorrupt && _state == DiskState.Loading) _corrupt.Add(settled.Problem!);
        else if (settled.IsCorrupt) Log.PartitionUnavailable(_log, settled.Partition, settled.Problem!); // found by a creation
        if (_loading.Remove(settled.Partition)) _settled++;
        _hasFailed |= settled.Problem is not null;
        if (_creating.Remove(settled.Partition, out var create))
        {
            if (settled.Problem is not null) _context.Board.Remove(settled.Partition); // it never was
            create.Desk.Tell(settled.Problem is null
                ? new TaskDesk.Done(create.Number, System.Text.Encoding.UTF8.GetBytes(_disk.Path))
                : new TaskDesk.Done(create.Number, Refusal: settled.Problem));
        }

        if (_reloading.Remove(settled.Partition, out var anew)) anew.Desk.Tell(new TaskDesk.Done(anew.Number, Refusal: settled.Problem));
        if (settled.Problem is not null) Sweep(); // it may have left a remainder of a creation to be removed
        Publish();
        LoadNext();
    }

    private void Create(TaskDesk.CreatePartition create)
    {
        var request = create.Request;
        if (_stopping)
        {
            Sender.Tell(new TaskDesk.Done(create.Number, Refusal: $"disk {_disk.Path} is being closed"));
            return;
        }

        if (_partitions.ContainsKey(request.PartitionId))
        {
            Sender.Tell(new TaskDesk.Done(create.Number, Refusal: $"partition {request.PartitionId} is being created or closed on {_disk.Path}; try again"));
            return;
        }

        var meta = new PartitionMeta
        {
            Volume = request.VolumeId,
            Partition = request.PartitionId,
            PartitionBytes = request.PartitionSize,
            CreateTime = PartitionMeta.FormatTime(_context.Time.GetLocalNow()),
            Peers = request.Members,
            Hosts = request.Hosts,
            ReplicaCount = (int)request.ReplicaNum,
        };
        _creating[request.PartitionId] = (create.Number, Sender);
        Spawn(request.PartitionId, PartitionActor.PropsForCreate(_partitionContext!, meta, isChainLeader: request.Hosts[0] == _context.NodeAddress()));
    }

    private void Delete(TaskDesk.DeletePartition delete)
    {
        var partition = delete.Request.PartitionId;
        if (!_partitions.TryGetValue(partition, out var actor))
        {
            // Known to the board but without an actor: unavailable, and what is wrong with it wants to be seen before it is gone.
            Sender.Tell(new TaskDesk.Done(delete.Number, Refusal: $"partition {partition} on {_disk.Path} is unavailable and was not deleted; look at its directory"));
            return;
        }

        if (!_deleting.TryAdd(partition, (delete.Number, Sender)))
        {
            Sender.Tell(new TaskDesk.Done(delete.Number, Refusal: $"partition {partition} is being deleted; try again"));
            return;
        }

        actor.Tell(new PartitionActor.Delete());
    }

    private void Deleted(PartitionActor.Deleted deleted)
    {
        if (!_deleting.Remove(deleted.Partition, out var delete)) return;
        delete.Desk.Tell(new TaskDesk.Done(delete.Number, Refusal: deleted.Problem));
        if (deleted.Problem is not null) return;
        Log.PartitionDeleted(_log, deleted.Partition);
        Sweep();
    }

    /// <summary>Removes the files of deleted partitions, a class below everything that somebody waits for.</summary>
    private void Sweep()
    {
        var root = _partitionContext!.Root;
        _context.Threads.RunAsync(() => { root.FinishDeletes(CancellationToken.None); return new Swept(); }, IoClass.Repair).PipeTo(Self);
    }

    private void GiveUp(IActorRef partition, string why)
    {
        foreach (var (id, actor) in _partitions)
        {
            if (!actor.Equals(partition)) continue;
            Log.PartitionUnavailable(_log, id, why);
            if (_context.Partitions.Find(id) is not null) _isUnclean |= _draining.Add(id);
            if (_context.Board.Partition(id) is { } figures) _context.Board.Write(figures with { State = PartitionState.Unavailable, Reason = why });
        }
    }

    private void Forget(IActorRef ended)
    {
        foreach (var (id, actor) in _partitions)
        {
            if (!actor.Equals(ended)) continue;
            _partitions.Remove(id);
            if (_reloading.TryGetValue(id, out var anew) && ended.Equals(anew.Ended))
            {
                LoadAnew(anew);
                return;
            }

            // Only if it ended without having said so itself.
            if (_loading.Contains(id) || _creating.ContainsKey(id) || _reloading.ContainsKey(id)) Settled(new PartitionActor.Settled(id, "it ended while it was being opened; see the log", IsCorrupt: false));
            if (_deleting.ContainsKey(id)) Deleted(new PartitionActor.Deleted(id, "it ended while it was being deleted; see the log"));
            break;
        }

        ReleaseIfEmpty();
    }

    /// <summary>Its actor has ended and its store is closed: now there may be another one on the same directory.</summary>
    private void LoadAnew(PartitionActor.LoadAnew anew)
    {
        if (_stopping)
        {
            _reloading.Remove(anew.Partition);
            anew.Desk.Tell(new TaskDesk.Done(anew.Number, Refusal: $"disk {_disk.Path} is being closed"));
            ReleaseIfEmpty();
            return;
        }

        var name = PartitionDirectory.NameOf(anew.Partition, anew.Bytes);
        Spawn(anew.Partition, PartitionActor.PropsForLoad(_partitionContext!, new RootEntry(RootEntryKind.Partition, name, anew.Partition, anew.Bytes)));
    }

    private void BeginStop()
    {
        if (_stopping) return;
        _stopping = true;
        Timers.CancelAll();
        _waiting.Clear();
        foreach (var partition in _partitions.Values) partition.Tell(new PartitionActor.Close());
        ReleaseIfEmpty();
    }

    /// <summary>The lock goes back only when no store is open any more.</summary>
    private void ReleaseIfEmpty()
    {
        if (!_stopping || _partitions.Count > 0 || _draining.Count > 0) return;
        var (root, isUnclean) = (_partitionContext!.Root, _isUnclean);
        _context.Threads.RunAsync(
            () =>
            {
                if (!isUnclean) root.MarkCleanStop();
                root.Dispose();
                return new Stopped(isUnclean ? "a partition was not closed cleanly" : null);
            },
            IoClass.Load).PipeTo(Self, failure: cause => new Stopped(cause.Message));
    }

    private void Unavailable(string why)
    {
        _state = DiskState.Unavailable;
        _reason = why;
        Publish();
        Log.DiskUnavailable(_log, _disk.Path, why);
        Timers.Cancel(nameof(Overdue));
        if (_stopping) Context.Stop(Self);
        Become(Unusable);
        Context.Parent.Tell(new DiskSettled(_disk.Path, why, []));
    }

    private void TellRoom()
    {
        foreach (var partition in _partitions.Values) partition.Tell(Room);
    }

    private PartitionActor.DiskRoom Room => new(_space.AcceptsWrites(_disk.ReservedBytes, 0), IsAvailable: _probeProblem is null);

    private void Publish() => _context.Board.Write(new DiskFigures(
        _disk.Path, _probeProblem is null ? _state : DiskState.Unavailable, (ulong)_space.TotalBytes, (ulong)_space.UsedBytes, (ulong)_space.AvailableBytes, (ulong)ReserveBytes, _found, _settled, _probeProblem ?? _reason));
}
