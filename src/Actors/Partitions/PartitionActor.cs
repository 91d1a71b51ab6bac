using System.Runtime.ExceptionServices;
using Akka.Actor;
using Akka.Event;
using CubeActors.Protocol;
using CubeActors.Raft;
using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>One replica of a data partition: opens its store, publishes its gate, keeps its figures, closes or deletes it.</summary>
/// <remarks>
/// It decides whether the replica serves; packets never come here. It is not restarted in place: whatever goes wrong with it ends it, the
/// store is closed when nobody is inside any more, and its disk records the replica as unavailable.
/// </remarks>
internal sealed partial class PartitionActor : ReportingActor, IWithTimers
{
    /// <summary>The replica serves, or finally cannot. Sent to the disk once.</summary>
    /// <param name="Problem">Null if it serves.</param>
    /// <param name="IsCorrupt">Its files are damaged, which an operator has to look at.</param>
    public sealed record Settled(PartitionId Partition, string? Problem, bool IsCorrupt);

    /// <summary>The disk failed while the replica was being loaded. Sent to the disk before <see cref="Settled"/>.</summary>
    public sealed record LoadFaulted(PartitionId Partition);

    /// <summary>Its record is read, and if it may it takes part in its group; its extents are loaded at <see cref="LoadExtents"/>. Sent to the disk once.</summary>
    public sealed record Voiced(PartitionId Partition);

    /// <summary>It is this replica's turn to load its extents.</summary>
    public sealed record LoadExtents
    {
        public static readonly LoadExtents Instance = new();
    }

    /// <summary>The disk has loaded what it holds: what nobody waits for may begin. Sent by the disk to each replica that serves; a second time changes nothing.</summary>
    public sealed record BeginUpkeep
    {
        public static readonly BeginUpkeep Instance = new();
    }

    /// <summary>The store is open: the disk works, if slowly, and what is still to come needs little of it. Sent to the disk once.</summary>
    public sealed record StoreOpened(PartitionId Partition);

    /// <summary>The disk has room or not, or is given up.</summary>
    public sealed record DiskRoom(bool IsWritable, bool IsAvailable);

    /// <summary>The disk had no room for a request, sooner than its figures said. Holds for <see cref="FullPause"/>.</summary>
    public sealed record RanFull;

    private sealed record TryAgain;

    /// <summary>The disk failed under a request on the data path.</summary>
    public sealed record DiskFaulted(DiskFaultException Fault);

    /// <summary>Close: the replica takes no more requests, its store is made durable and closed, the actor stops.</summary>
    public sealed record Close;

    /// <summary>Close, then delete the replica; answered with <see cref="Deleted"/>.</summary>
    public sealed record Delete;

    /// <summary>The replica's directory is out of sight, durably.</summary>
    public sealed record Deleted(PartitionId Partition, string? Problem);

    /// <summary>A promise of our own code was broken inside the store: its memory is not trusted any more.</summary>
    public sealed record StoreBroken(InvariantViolationException Cause);

    /// <summary>The store could not be closed as it should; <see cref="StoreClosed"/> follows when its files are closed.</summary>
    public sealed record CloseFailed(PartitionId Partition);

    /// <summary>The store of a replica that was ended by a fault is closed; nobody was inside any more.</summary>
    public sealed record StoreClosed(PartitionId Partition);

    /// <summary>What was found is what a creation leaves that was cut short before it held a byte; it is out of the way now.</summary>
    private sealed record CutShort;

    /// <summary>META and APPLY are read; the machine has no extents yet.</summary>
    /// <param name="Self">Who this replica is in its group; null where it does not join now.</param>
    private sealed record RecordRead(StateMachine Machine, NodeId? Self)
    {
        /// <summary><see cref="LogReady"/> or <see cref="LogUnusable"/>; null where it does not join now.</summary>
        public object? Log { get; init; }
    }

    private sealed record Opened(ExtentStore Store, StateMachine Machine);

    private sealed record StoreReady;

    /// <summary>The raft log is open; whoever takes it closes it.</summary>
    public sealed record LogOpened(RaftLog Log, RaftBoot Boot);

    private sealed record LogReady;

    private sealed record LogUnusable(string Problem);

    private sealed record SaveApplied;

    private sealed record AppliedSaved;

    private sealed record Refresh;

    private sealed record Refreshed(long Used);

    /// <param name="Problem">Empty for none.</param>
    private sealed record StoreSettled(string Problem);

    private sealed record Sync;

    private sealed record Synced;

    /// <param name="Again">What is to be tried again after <paramref name="Pause"/>.</param>
    private sealed record PeriodicFailed(Exception Cause, object Again, TimeSpan Pause);

    private sealed record Drained;

    private sealed record Released(string? Problem);

    private sealed record Overdue;

    /// <summary>How long a full disk is believed to stay full: as long as CubeFS believes its last measurement.</summary>
    private static readonly TimeSpan FullPause = TimeSpan.FromSeconds(5);

    private readonly PartitionContext _context;
    private readonly PartitionId _partition;
    private readonly long _size;
    private readonly Func<Handover<LogOpened>, object> _open;
    private readonly Handover<Opened> _opened = new(); // an actor that ended meanwhile does not get what was opened for it
    private readonly Handover<LogOpened> _openedLog = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private PartitionMeta? _meta;
    private StateMachine? _machine;
    private IActorRef _repairs = ActorRefs.Nobody;
    private RaftGroupPort? _port;
    private IActorRef _group = ActorRefs.Nobody;
    private Exception? _groupFailure;
    private string? _groupProblem; // its log could not be made durable
    private bool _isSettled;
    private PartitionGate? _gate;
    private GateFlags _flags = GateFlags.Open;
    private bool _diskWritable = true;
    private bool _ranFull;
    private long _used;
    private readonly StoreUsage _usage = new();
    private LoadStage _stage = LoadStage.OpeningLog;
    private bool _released;
    private bool _isReadingRecord = true; // an answer of the disk is awaited, as here:
    private bool _isOpeningStore;
    private IActorRef? _deletes;

    public PartitionActor(PartitionContext context, PartitionId partition, long size, Func<Handover<LogOpened>, object> open)
    {
        (_context, _partition, _size, _open) = (context, partition, size, open);
        Become(Opening);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Loads a replica from its directory.</summary>
    public static Props PropsForLoad(PartitionContext context, RootEntry entry)
    {
        Func<Handover<LogOpened>, object> open = log => ReadRecord(context, entry, log);
        return ActorMaker.PropsBy(() => new PartitionActor(context, entry.Partition, entry.Bytes, open));
    }

    /// <summary>Creates an empty replica.</summary>
    /// <param name="isChainLeader">It stands first in the list of hosts, so its empty tiny extents take writes at once.</param>
    public static Props PropsForCreate(PartitionContext context, PartitionMeta meta, bool isChainLeader)
    {
        Func<Handover<LogOpened>, object> open = _ => Create(context, meta, isChainLeader);
        return ActorMaker.PropsBy(() => new PartitionActor(context, meta.Partition, meta.PartitionBytes, open));
    }

    protected override ActorState Describe() => Say(
        "partition", _context.Board.Partition(_partition)?.State.ToString() ?? "not on the board", ("volume", _meta?.Volume), ("stage", _stage), ("gate", _gate is null ? "none" : GateWords.Of(_flags)),
        ("used", _used), ("size", _size), ("reason", _context.Board.Partition(_partition)?.Reason), ("group", _groupFailure?.Message ?? _groupProblem));

    protected override void PreStart()
    {
        if (!_context.Board.TryClaim(Figures(PartitionState.Loading, "")))
        {
            // Two stores under one id would each take a part of the writes. Which copy is the right one, an operator or the master knows.
            var problem = $"partition {_partition} lies on two disks, {_context.Board.Partition(_partition)?.DiskPath} and {_context.DiskPath}. "
                + "Nothing was changed. Move away the directory of the copy that is not this node's replica";
            Context.Parent.Tell(new Settled(_partition, problem, IsCorrupt: true));
            Context.Stop(Self);
            return;
        }

        var (open, handover, log) = (_open, _opened, _openedLog);
        _context.Threads.RunAsync(() => HandOver(open(log), handover), IoClass.Load).PipeTo(Self);
        Timers.StartSingleTimer(nameof(Overdue), new Overdue(), _context.Settings.DiskDeadline);
    }

    protected override void PostStop()
    {
        if (_port is not null) _context.Raft.Node.Leave(_port);
        RefuseOrders();
        DropWhatNobodyTakes();
        if (_gate is not { } gate || _released) return;
        Context.Parent.Tell(new CloseFailed(_partition)); // also of a replica that never served: its store is open until the drain below
        // Stopped by a fault: nobody gets in any more, and once the last one is out the files are closed as they are.
        _context.Partitions.Withdraw(_partition);
        if (_context.Board.Partition(_partition) is { State: not PartitionState.Unavailable }) Publish(PartitionState.Unavailable, "its actor ended; see the log");
        _ = CloseAfterDrainAsync(gate, _context.Threads, Context.Parent, _log);
    }

    private void Serving()
    {
        Receive<LogReady>(_ => StartGroup(_openedLog.Take()!));
        Receive<LogUnusable>(unusable =>
        {
            _isJoining = false; // it was filled, and will not be a member
            Fail(LogProblem(unusable), isCorrupt: false);
        });
        Receive<RaftGroup.CaughtUp>(_ =>
        {
            _gate = _gate!.With(CurrentFlags(), _meta!.Hosts, _port);
            if (_isSettled) _context.Partitions.Publish(_gate);
            else BeginServing();
            _port!.TryRun(static group => group.Serve()); // behind the gate: who is elected can be reached
            CheckIfJoined();
        });
        ReceiveRebuild();
        Receive<RaftGroup.MetaChanged>(_ => Adopt());
        ReceiveOrders();
        Receive<DiskActor.AddressesChanged>(_ =>
        {
            if (!TryJoin() && _port is not null) LearnAddresses(_meta!);
            FailIfNoMember();
        });
        Receive<SaveApplied>(save => RunPeriodically(save, _context.Raft.Groups.AppliedSavePeriod, _ =>
        {
            _machine!.Save();
            return new AppliedSaved();
        }));
        Receive<AppliedSaved>(_ => StartAgain(new SaveApplied(), _context.Raft.Groups.AppliedSavePeriod));
        Receive<Terminated>(ended =>
        {
            if (!ended.ActorRef.Equals(_group)) return;
            if (_groupFailure is not UnknownExtentsException unknown) throw new RaftGroupEndedException(_partition, _groupFailure);
            // Loaded anew it is what META says now: out of service, and there to be deleted.
            Log.PartitionUnavailable(_log, _partition, unknown.Message);
            (_group, _reload) = (ActorRefs.Nobody, new Reload(0, ActorRefs.Nobody));
            BeginClose();
        });
        Receive<Refresh>(refresh => RunPeriodically(refresh, _context.Settings.FiguresPeriod, store => new Refreshed(store.RefreshUsedBytes())));
        Receive<Refreshed>(refreshed =>
        {
            StartAgain(new Refresh(), _context.Settings.FiguresPeriod);
            _used = refreshed.Used;
            Republish();
        });
        Receive<Sync>(sync => RunPeriodically(sync, _context.Settings.SyncPeriod, store =>
        {
            store.Sync();
            return new Synced();
        }));
        Receive<Synced>(_ => StartAgain(new Sync(), _context.Settings.SyncPeriod));
        Receive<PeriodicFailed>(failed =>
        {
            if (failed.Cause is InvariantViolationException or DiskFaultException { IsMediaError: true }) ExceptionDispatchInfo.Throw(failed.Cause);
            Log.PartitionNote(_log, _partition, $"its figures could not be refreshed, or its data not synced: {failed.Cause.Message}");
            StartAgain(failed.Again, failed.Pause); // a disk that was full will not be for ever
        });
        Receive<DiskRoom>(room =>
        {
            Take(room);
            Republish();
        });
        Receive<RanFull>(_ =>
        {
            _ranFull = true;
            Timers.StartSingleTimer(nameof(TryAgain), new TryAgain(), FullPause);
            Republish();
        });
        Receive<TryAgain>(_ =>
        {
            _ranFull = false;
            Republish();
        });
        Receive<DiskFaulted>(faulted =>
        {
            if (faulted.Fault.IsMediaError) throw faulted.Fault; // the disk decides for all it carries
            Log.DiskFault(_log, _partition, faulted.Fault.Message);
        });
        Receive<BeginUpkeep>(begin => SettleStore(begin));
        Receive<StoreSettled>(settled => TakeSettled(settled.Problem));
        Receive<RepairDesk.Notified>(notified =>
        {
            StartRepairs(); // who sends a task need not wait for the other replicas of the disk
            if (_repairs.IsNobody()) notified.Reply.Refuse("this partition is not repaired here");
            else _repairs.Tell(notified);
        });
        Receive<StoreBroken>(broken => ExceptionDispatchInfo.Throw(broken.Cause));
        Receive<Status.Failure>(failure => failure.Cause is InvariantViolationException or DiskFaultException { IsMediaError: true },
            failure => ExceptionDispatchInfo.Throw(failure.Cause));
        Receive<Status.Failure>(failure => Log.PartitionNote(_log, _partition, $"work on its disk failed: {failure.Cause.Message}"));
        Receive<Close>(_ => BeginClose());
        Receive<Delete>(_ =>
        {
            _deletes = Sender;
            BeginClose();
        });
    }

    /// <summary>Begins the same work again after a pause. The pause begins when the work has ended: a disk that is slow or hangs has each kind of it once at most.</summary>
    private void StartAgain(object begin, TimeSpan pause) => Timers.StartSingleTimer(begin.GetType().Name, begin, pause);

    private void RunPeriodically<T>(object begin, TimeSpan pause, Func<ExtentStore, T> work) => RunInside(work)?.PipeTo(Self, failure: cause => new PeriodicFailed(cause, begin, pause));

    /// <summary>Work on the store below everything that a client waits for; it counts as being inside, so the store is not closed meanwhile.</summary>
    /// <returns>Null if the store is being closed.</returns>
    private Task<T>? RunInside<T>(Func<ExtentStore, T> work)
    {
        var gate = _gate!;
        if (!gate.TryEnter()) return null;
        return _context.Threads.RunAsync(() => work(gate.Store), IoClass.Repair).ContinueWith(
            done =>
            {
                gate.Exit();
                return done;
            },
            TaskContinuationOptions.ExecuteSynchronously).Unwrap();
    }

    private void Fail(string problem, bool isCorrupt)
    {
        if (!isCorrupt) Log.PartitionUnavailable(_log, _partition, problem); // what damage means is decided, and said, above
        Publish(PartitionState.Unavailable, problem);
        Context.Parent.Tell(new Settled(_partition, problem, isCorrupt));
        Context.Stop(Self);
    }

    private void Take(DiskRoom room)
    {
        _diskWritable = room.IsWritable;
        _flags = _flags with { DiskAvailable = room.IsAvailable };
    }

    private GateFlags CurrentFlags() => _flags with { HasSpace = _diskWritable && !_ranFull && _used < _size, Repairing = _meta!.IsRepairing, Recovering = IsUnfinished };

    private void Republish()
    {
        var flags = CurrentFlags();
        if (flags != _gate!.Flags || _gate.Hosts != _meta!.Hosts)
        {
            _gate = _gate.With(flags, _meta!.Hosts, _gate.Raft);
            _context.Partitions.Publish(_gate);
        }

        Publish(PartitionState.Serving, "");
    }

    private void Publish(PartitionState state, string reason) => _context.Board.Write(Figures(state, reason));

    private PartitionFigures Figures(PartitionState state, string reason)
    {
        var store = _gate?.Store;
        return new PartitionFigures(
            _partition, _meta?.Volume ?? "", _context.DiskPath, state, _size, _used, store?.ExtentCount ?? 0, store?.BaseExtentId ?? 0, _meta?.Hosts ?? [], WholePeers, reason, () => _port?.Status)
        {
            Operations = _gate?.Operations,
            IsRepairing = _meta?.IsRepairing ?? false,
            ErrorCount = (int)Math.Min(int.MaxValue / 2, _meta?.DiskErrorCount ?? 0),
            IsBeingRebuilt = IsUnfinished,
            RepairProgress = RepairProgress,
            LeaderBytes = _sourceUsed,
            Directory = _machine?.Record.Directory ?? "",
            LacksTinyExtents = store?.LacksTiny ?? false,
            Stage = _stage,
            Progress = Progress,
            Gates = _context.Partitions,
        };
    }

    /// <summary>Called from anywhere.</summary>
    private StageProgress Progress() => _stage == LoadStage.CatchingUp && _port is { } port ? new(Math.Min(port.Status.Applied, port.CatchUpTo), port.CatchUpTo) : default;

    /// <summary>None where an address is missing: masters delete replicas for what is not in the list that they are told.</summary>
    private IReadOnlyList<Protocol.Master.Peer> WholePeers => _meta is null || ReplicaRecord.LacksAddresses(_meta) ? [] : _meta.Peers;
}
