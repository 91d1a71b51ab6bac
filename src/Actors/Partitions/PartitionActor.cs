using System.Runtime.ExceptionServices;
using Akka.Actor;
using Akka.Event;
using CubeActors.Protocol;
using CubeActors.Raft;
using CubeActors.Runtime;
using CubeActors.Storage;
using Directive = Akka.Actor.Directive;

namespace CubeActors.Actors;

/// <summary>One replica of a data partition: opens its store, publishes its gate, keeps its figures, closes or deletes it.</summary>
/// <remarks>
/// It decides whether the replica serves; packets never come here. It is not restarted in place: whatever goes wrong with it ends it, the
/// store is closed when nobody is inside any more, and its disk records the replica as unavailable.
/// </remarks>
internal sealed partial class PartitionActor : ReceiveActor, IWithTimers
{
    /// <summary>The replica serves, or finally cannot. Sent to the disk once.</summary>
    /// <param name="Problem">Null if it serves.</param>
    /// <param name="IsCorrupt">Its files are damaged, which an operator has to look at.</param>
    public sealed record Settled(PartitionId Partition, string? Problem, bool IsCorrupt);

    /// <summary>The disk failed while the replica was being loaded. Sent to the disk before <see cref="Settled"/>.</summary>
    public sealed record LoadFaulted(PartitionId Partition);

    /// <summary>The store is open, the raft log comes next: the disk works, if slowly. Sent to the disk once.</summary>
    public sealed record StoreOpened;

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

    private sealed record Opened(ExtentStore Store, StateMachine Machine);

    private sealed record StoreReady;

    private sealed record LogOpened(RaftLog Log, RaftBoot Boot);

    private sealed record LogReady;

    private sealed record LogUnusable(string Problem);

    private sealed record SaveApplied;

    private sealed record AppliedSaved;

    private sealed record Refresh;

    private sealed record Refreshed(long Used);

    private sealed record Sync;

    private sealed record Synced;

    private sealed record Drained;

    private sealed record Released(string? Problem);

    private sealed record Overdue;

    /// <summary>How long a full disk is believed to stay full: as long as CubeFS believes its last measurement.</summary>
    private static readonly TimeSpan FullPause = TimeSpan.FromSeconds(5);

    private readonly PartitionContext _context;
    private readonly PartitionId _partition;
    private readonly long _size;
    private readonly Func<object> _open;
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
    private bool _released;
    private bool _closeWhenOpened;
    private IActorRef? _deletes;

    public PartitionActor(PartitionContext context, PartitionId partition, long size, Func<object> open)
    {
        (_context, _partition, _size, _open) = (context, partition, size, open);
        Become(Opening);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Loads a replica from its directory.</summary>
    public static Props PropsForLoad(PartitionContext context, RootEntry entry)
    {
        Func<object> open = () => Load(context, entry);
        return Props.Create(() => new PartitionActor(context, entry.Partition, entry.Bytes, open));
    }

    /// <summary>Creates an empty replica.</summary>
    /// <param name="isChainLeader">It stands first in the list of hosts, so its empty tiny extents take writes at once.</param>
    public static Props PropsForCreate(PartitionContext context, PartitionMeta meta, bool isChainLeader)
    {
        Func<object> open = () => Create(context, meta, isChainLeader);
        return Props.Create(() => new PartitionActor(context, meta.Partition, meta.PartitionBytes, open));
    }

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

        var (open, handover) = (_open, _opened);
        _context.Threads.RunAsync(() => HandOver(open(), handover), IoClass.Load).PipeTo(Self);
        Timers.StartSingleTimer(nameof(Overdue), new Overdue(), _context.Settings.DiskDeadline);
    }

    private static object HandOver(object result, Handover<Opened> handover)
    {
        if (result is not Opened opened) return result;
        if (!handover.TryGive(opened)) opened.Store.Dispose();
        return new StoreReady();
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

    private void DropWhatNobodyTakes()
    {
        var (store, log) = (_opened.End()?.Store, _openedLog.End()?.Log);
        if (store is null && log is null) return;
        var (logger, partition) = (_log, _partition);
        _context.Threads.RunAsync(
            () =>
            {
                log?.Dispose();
                store?.Dispose();
                return true;
            }, IoClass.Load).ContinueWith(
            closed => Log.DiskFault(logger, partition, closed.Exception!.InnerException!.Message), // its files stay open until the process ends
            CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private static async Task CloseAfterDrainAsync(PartitionGate gate, IWorkQueue threads, IActorRef disk, ILoggingAdapter log)
    {
        await gate.CloseAsync().ConfigureAwait(false);
        try
        {
            await threads.RunAsync(() => { gate.Store.Dispose(); return true; }, IoClass.Load).ConfigureAwait(false);
        }
        catch (DiskFaultException fault)
        {
            Log.DiskFault(log, gate.Partition, fault.Message); // its files stay open until the process ends
        }

        disk.Tell(new StoreClosed(gate.Partition), ActorRefs.NoSender);
    }

    private static object Load(PartitionContext context, RootEntry entry)
    {
        var directory = context.Root.DirectoryOf(entry);
        if (PartitionMeta.Load(context.Files, directory) is not { } meta)
        {
            if (DropRemainder(context, entry.Partition, entry.Bytes)) return new CutShort();
            throw new StorageCorruptException(directory, "there is no META, but there are extents with data", "Nothing was changed. Restore META, or move the directory away and let the master rebuild this replica");
        }

        var applied = ApplyFile.Load(context.Files, directory);
        var store = ExtentStore.Open(context.Files, directory, context.StoreSettings);
        return new Opened(store, new StateMachine(store, new ReplicaRecord(context.Files, directory, meta), applied));
    }

    private static Opened Create(PartitionContext context, PartitionMeta meta, bool isChainLeader)
    {
        try
        {
            var store = context.Root.CreatePartition(meta, context.StoreSettings with { TinyAvailableAtOnce = isChainLeader });
            return new Opened(store, new StateMachine(store, new ReplicaRecord(context.Files, $"{context.Root.Path}/{meta.DirectoryName}", meta), applied: 0));
        }
        catch (DiskFaultException)
        {
            // The master will try again, perhaps on another disk: what is left here must not stand beside that one at the next start.
            DropRemainder(context, meta.Partition, meta.PartitionBytes);
            throw;
        }
    }

    /// <summary>META is written last: without it, and without a byte in any extent, nobody was ever told that the partition exists.</summary>
    /// <returns>False if there is a META or data; then nothing was changed.</returns>
    private static bool DropRemainder(PartitionContext context, PartitionId partition, long bytes)
    {
        var directory = $"{context.Root.Path}/{PartitionDirectory.NameOf(partition, bytes)}";
        if (context.Files.Stat($"{directory}/{PartitionMeta.Name}") is not null) return false;
        foreach (var name in context.Files.List(directory) ?? [])
            if (ulong.TryParse(name, out _) && context.Files.Stat($"{directory}/{name}") is { Length: > 0 }) return false;
        context.Root.BeginDelete(partition, bytes);
        return true;
    }

    private void Opening()
    {
        Receive<StoreReady>(_ =>
        {
            var opened = _opened.Take()!;
            Timers.Cancel(nameof(Overdue));
            if (_closeWhenOpened)
            {
                Become(Closing);
                Release(opened.Store);
                return;
            }

            Context.Parent.Tell(new StoreOpened());
            _machine = opened.Machine;
            _meta = _machine.Record.Meta;
            foreach (var note in opened.Store.Notes) Log.PartitionNote(_log, _partition, note);
            _used = opened.Store.UsedBytes;
            _gate = new PartitionGate(_partition, _meta.Volume, _meta.Hosts, opened.Store, _context.Threads, CurrentFlags(), new StoreUsage(), Self, _machine, raft: null)
            {
                Limits = _context.Repair?.Disk ?? DiskLimits.None,
            };
            if (_meta.DiskErrorCount > 0)
            {
                StayOut();
                return;
            }

            Become(Serving);
            // What it acknowledged before its stop is applied again before it serves; without a group there is nothing to wait for.
            if (!TryJoin()) BeginServing();
        });
        Receive<CutShort>(_ =>
        {
            const string Note = "its creation was cut short before it held a byte; the remainder is removed, the master creates it again";
            Log.PartitionNote(_log, _partition, Note);
            _context.Board.Remove(_partition); // it never was
            Context.Parent.Tell(new Settled(_partition, Note, IsCorrupt: false));
            Context.Stop(Self);
        });
        Receive<Status.Failure>(failure =>
        {
            if (failure.Cause is DiskFaultException { IsMediaError: true }) Context.Parent.Tell(new LoadFaulted(_partition));
            Fail(failure.Cause.Message, failure.Cause is StorageCorruptException);
        });
        Receive<Overdue>(_ => Log.PartitionNote(_log, _partition, $"still being opened after {_context.Settings.DiskDeadline.TotalSeconds:0} s; its disk is slow or hangs"));
        Receive<DiskRoom>(room => Take(room));
        Receive<Close>(_ => _closeWhenOpened = true); // not before: the store that is being opened would stay open
        Receive<Delete>(_ => Sender.Tell(new Deleted(_partition, "the partition is still being loaded")));
        Receive<TaskDesk.PartitionOrder>(order => Sender.Tell(new TaskDesk.Done(order.Number, Refusal: $"partition {_partition} is still being loaded, {ErrorTexts.TryAgain}")));
    }

    /// <summary>META counts errors of the disk under this replica, or says that nobody knows what its extents are: it is there to be rebuilt or deleted.</summary>
    private void StayOut()
    {
        var reason = $"META counts {_meta!.DiskErrorCount} disk errors: the replica stays out until it is rebuilt, or an operator has set the count back and loaded it anew";
        Log.PartitionUnavailable(_log, _partition, reason);
        Become(StayingOut);
        Publish(PartitionState.Unavailable, reason);
        Context.Parent.Tell(new Settled(_partition, reason, IsCorrupt: false));
    }

    private void StayingOut()
    {
        Receive<Close>(_ => BeginClose());
        Receive<Delete>(_ =>
        {
            _deletes = Sender;
            BeginClose();
        });
        Receive<DiskRoom>(Take);
        Receive<TaskDesk.PartitionOrder>(order => Sender.Tell(new TaskDesk.Done(order.Number, Refusal: $"partition {_partition} is unavailable: META counts disk errors")));
        ReceiveAny(_ => { }); // it does nothing
    }

    private void BeginServing()
    {
        if (_isSettled) return;
        _isSettled = true;
        _context.Partitions.Publish(_gate!);
        Publish(PartitionState.Serving, "");
        Log.PartitionServing(_log, _partition, _meta!.Volume, _gate!.Store.ExtentCount);
        if (_context.Repair is { } repair) _repairs = Context.ActorOf(RepairDesk.PropsFor(new RepairSite(_gate, repair), _context.NodeAddress), "repairs");
        Timers.StartPeriodicTimer(nameof(Refresh), new Refresh(), _context.Settings.FiguresPeriod);
        Timers.StartSingleTimer(nameof(Sync), new Sync(), _context.Settings.SyncPeriod);
        Context.Parent.Tell(new Settled(_partition, null, IsCorrupt: false));
    }

    /// <summary>Opens the raft log, if this node is known to be one of the partition's peers. The group follows.</summary>
    private bool TryJoin()
    {
        if (_port is not null || _meta!.IsBeingRebuilt || _meta.DiskErrorCount > 0) return false;
        var address = _context.NodeAddress();
        if (_meta.Peers.FirstOrDefault(peer => peer.Address == address) is not { Id.Value: > 0 } self) return false;
        if (_context.NodeId() is { Value: > 0 } known && self.Id != known) return false; // the node was registered anew: who META means is gone
        _port = new RaftGroupPort(_partition, self.Id, _context.Raft.Groups, _context.Raft.Time);
        var (context, machine, handover) = (_context, _machine!, _openedLog);
        // Whatever keeps the log shut keeps the replica out: nothing else would tell the disk that this one is settled.
        _context.Threads.RunAsync(
            () =>
            {
                var opened = OpenLog(context, machine, self.Id);
                if (!handover.TryGive(opened)) opened.Log.Dispose();
                return new LogReady();
            }, IoClass.Load).PipeTo(Self, failure: cause => new LogUnusable(cause.Message));
        return true;
    }

    private static LogOpened OpenLog(PartitionContext context, StateMachine machine, NodeId self)
    {
        var meta = machine.Record.Meta;
        var mayHaveLost = context.Root.Verdict == BootVerdict.DirtyBoot;
        var settings = new RaftLogSettings(context.Raft.Time) { UnsyncedMayBeLost = mayHaveLost || context.Root.Verdict == BootVerdict.Unknown, MustCatchUp = mayHaveLost };
        var directory = $"{machine.Record.Directory}/{RaftLog.DirectoryName(meta.Partition)}";
        var log = RaftLog.Open(context.Files, directory, settings, machine.Applied, new RaftLogStaging(HealingBytes));
        try
        {
            // Killed in the middle of a snapshot, or a Go node had its log: what the log does not hold any more counts as applied.
            machine.Install(log.Report.Truncated.Index);
            return Boot(log, meta, self, mayHaveLost);
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    /// <summary>What a log writes when it is opened, after a crash, is an index of 20 bytes an entry: small pieces, for which a writer's megabyte a
    /// partition would be a waste.</summary>
    private const int HealingBytes = 64 * 1024;

    private static LogOpened Boot(RaftLog log, PartitionMeta meta, NodeId self, bool mayHaveLost)
    {
        var report = log.Report;
        return new LogOpened(log, new RaftBoot
        {
            Group = meta.Partition,
            Self = self,
            State = report.HardState,
            Truncated = report.Truncated,
            Runs = report.Terms,
            LastIndex = report.Last.Index,
            Applied = report.Applied,
            Members = [.. meta.Peers.Select(peer => peer.Id)],
            MembershipEntries = MembershipBehind(log, report.Applied, report.Last.Index),
            MayHaveLost = mayHaveLost || report.Loss != RaftLogLoss.None,
        });
    }

    /// <summary>The membership entries that are in the log and not applied: seldom any, and what is not applied is ten seconds of writes at most.</summary>
    private static List<ulong> MembershipBehind(RaftLog log, ulong applied, ulong last)
    {
        var found = new List<ulong>();
        if (applied >= last) return found; // as after every clean stop: no buffers then
        var buffer = new byte[1 << 20];
        var slices = new RaftLogSlice[1024];
        for (var next = applied + 1; next <= last;)
        {
            var read = log.Read(next, last, buffer, slices);
            if (read.Status == RaftLogReadStatus.BufferTooSmall)
            {
                buffer = new byte[read.BytesNeeded];
                continue;
            }

            if (read.Status != RaftLogReadStatus.Read)
                throw new StorageCorruptException("raft log", $"entry {next} cannot be read: {read.Problem ?? read.Status.ToString()}", "Let the master rebuild this replica");
            foreach (var slice in slices.AsSpan(0, read.Count))
                if (slice.Header.Type == RaftEntryType.Membership) found.Add(slice.Header.Index);
            next += (ulong)read.Count;
        }

        return found;
    }

    private void StartGroup(LogOpened opened)
    {
        foreach (var note in opened.Log.Report.Notes) Log.PartitionNote(_log, _partition, note);
        LearnAddresses(_meta!);
        var raft = _context.Raft;
        var parts = new RaftGroupParts(
            _port!, opened.Boot, opened.Log, _context.LogWriter, raft.Node.Transport, _machine!, _gate!.Usage, _context.Threads, raft.Buffers, raft.Groups, raft.Core, raft.Time,
            new Random(raft.Random.Next()));
        raft.Node.Join(_port!);
        _group = Context.Watch(Context.ActorOf(RaftGroup.PropsFor(parts), "raft"));
        Context.ActorOf(AppliedIdKeeper.PropsFor(new PartitionRaft(_port!, _machine!), raft.Peers, _context.NodeAddress(), raft.Groups, _context.Threads), "applied-ids");
        Timers.StartSingleTimer(nameof(SaveApplied), new SaveApplied(), raft.Groups.AppliedSavePeriod);
    }

    /// <summary>Where the peers are: at their data addresses, on the raft ports that all nodes of a cluster share, or on their own where the
    /// cluster allows different ones and the peer's record names them.</summary>
    private void LearnAddresses(PartitionMeta meta)
    {
        var own = _context.Raft.Ports;
        var mayDiffer = _context.Raft.UsesPeerPorts();
        foreach (var peer in meta.Peers)
        {
            if (!System.Net.IPEndPoint.TryParse(peer.Address, out var data)) continue; // a peer without an address is never reached, and says so there
            var heartbeat = mayDiffer && ushort.TryParse(peer.HeartbeatPort, out var its) && its > 0 ? its : own.Heartbeat;
            var replica = mayDiffer && ushort.TryParse(peer.ReplicaPort, out its) && its > 0 ? its : own.Replica;
            _context.Raft.Node.Addresses.Set(peer.Id, new RaftAddress(new(data.Address, heartbeat), new(data.Address, replica)));
        }
    }

    /// <summary>A group that fails ends its replica: it neither acknowledges nor is echoed any more, and a store that goes on alone would diverge.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(-1, Timeout.Infinite, cause =>
    {
        if (Sender.Equals(_group))
        {
            _groupFailure = cause; // said by the disk, which gives this replica up for it
            return Directive.Stop;
        }

        Log.Broken(_log, Sender.Path.Name, cause);
        return Directive.Restart;
    }, loggingEnabled: false);

    private void Serving()
    {
        Receive<LogReady>(_ => StartGroup(_openedLog.Take()!));
        Receive<LogUnusable>(unusable => Fail($"{unusable.Problem} The replica stays out until it is repaired; the node runs on.", isCorrupt: false));
        Receive<RaftGroup.CaughtUp>(_ =>
        {
            _gate = _gate!.With(CurrentFlags(), _meta!.Hosts, _port);
            if (_isSettled) _context.Partitions.Publish(_gate);
            else BeginServing();
        });
        Receive<RaftGroup.MetaChanged>(changed => Adopt(changed.Meta));
        ReceiveOrders();
        Receive<DiskActor.AddressesChanged>(_ =>
        {
            if (!TryJoin() && _port is not null) LearnAddresses(_meta!);
        });
        Receive<SaveApplied>(_ => RunInside(_ =>
        {
            _machine!.Save();
            return new AppliedSaved();
        }));
        Receive<AppliedSaved>(_ => Timers.StartSingleTimer(nameof(SaveApplied), new SaveApplied(), _context.Raft.Groups.AppliedSavePeriod));
        Receive<Terminated>(ended =>
        {
            if (ended.ActorRef.Equals(_group)) throw new RaftGroupEndedException(_partition, _groupFailure);
        });
        Receive<Refresh>(_ => RunInside(store => new Refreshed(store.RefreshUsedBytes())));
        Receive<Refreshed>(refreshed =>
        {
            _used = refreshed.Used;
            Republish();
        });
        Receive<Sync>(_ => RunInside(store =>
        {
            store.Sync();
            return new Synced();
        }));
        // The next one begins a period after this one has ended: a slow disk is not asked to sync without pause.
        Receive<Synced>(_ => Timers.StartSingleTimer(nameof(Sync), new Sync(), _context.Settings.SyncPeriod));
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
        Receive<RepairDesk.Notified>(notified =>
        {
            if (_repairs.IsNobody()) notified.Reply.Refuse("this partition is not repaired here");
            else _repairs.Tell(notified);
        });
        Receive<StoreBroken>(broken => ExceptionDispatchInfo.Throw(broken.Cause));
        Receive<Status.Failure>(failure => failure.Cause is InvariantViolationException or DiskFaultException { IsMediaError: true },
            failure => ExceptionDispatchInfo.Throw(failure.Cause));
        Receive<Status.Failure>(failure =>
        {
            Log.PartitionNote(_log, _partition, $"its figures could not be refreshed, or its data not synced: {failure.Cause.Message}");
            // Whichever it was is tried again; a disk that was full will not be for ever.
            if (!Timers.IsTimerActive(nameof(Sync))) Timers.StartSingleTimer(nameof(Sync), new Sync(), _context.Settings.SyncPeriod);
            if (_port is not null && !Timers.IsTimerActive(nameof(SaveApplied))) Timers.StartSingleTimer(nameof(SaveApplied), new SaveApplied(), _context.Raft.Groups.AppliedSavePeriod);
        });
        Receive<Close>(_ => BeginClose());
        Receive<Delete>(_ =>
        {
            _deletes = Sender;
            BeginClose();
        });
    }

    private void Closing()
    {
        Receive<RaftGroup.Stopped>(stopped => GroupStopped(stopped.Problem));
        Receive<Terminated>(ended =>
        {
            if (ended.ActorRef.Equals(_group)) GroupStopped(_groupFailure?.Message ?? "its raft group ended by a fault");
        });
        Receive<Drained>(_ => Release(_gate!.Store));
        Receive<Released>(released => Ended(released.Problem ?? (_deletes is null ? _groupProblem : null)));
        Receive<Status.Failure>(failure => Ended(failure.Cause.Message));
        Receive<Delete>(_ => Sender.Tell(new Deleted(_partition, "the partition is being closed; try again")));
        Receive<RepairDesk.Notified>(notified => notified.Reply.Succeed()); // as when one is under way: it is listed again
        Receive<TaskDesk.PartitionOrder>(order => Sender.Tell(new TaskDesk.Done(order.Number, Refusal: $"partition {_partition} is being closed, {ErrorTexts.TryAgain}")));
        ReceiveAny(_ => { }); // figures and rooms of a replica that is on its way out
    }

    private void GroupStopped(string? problem)
    {
        if (_group.IsNobody()) return; // said already: it has stopped, and then it terminates
        _group = ActorRefs.Nobody;
        _groupProblem = problem;
        _gate!.CloseAsync().PipeTo(Self, success: () => new Drained());
    }

    /// <summary>Work on the store below everything that a client waits for; it counts as being inside, so the store is not closed meanwhile.</summary>
    private void RunInside<T>(Func<ExtentStore, T> work)
    {
        var gate = _gate!;
        if (!gate.TryEnter()) return;
        _context.Threads.RunAsync(() => work(gate.Store), IoClass.Repair).ContinueWith(
            done =>
            {
                gate.Exit();
                return done;
            },
            TaskContinuationOptions.ExecuteSynchronously).Unwrap().PipeTo(Self);
    }

    private void Release(ExtentStore store)
    {
        var isDelete = _deletes is not null;
        var (root, partition, size, machine) = (_context.Root, _partition, _size, _machine);
        _context.Threads.RunAsync(() => Release(store, machine, root, partition, size, isDelete), IoClass.Load).PipeTo(Self);
    }

    private static Released Release(ExtentStore store, StateMachine? machine, DiskRoot root, PartitionId partition, long size, bool isDelete)
    {
        if (isDelete)
        {
            store.Dispose(); // what is about to be deleted need not be made durable first
            root.BeginDelete(partition, size);
        }
        else
        {
            machine?.Save();
            store.Close();
        }

        return new Released(null);
    }

    private void BeginClose()
    {
        Timers.CancelAll();
        RefuseOrders();
        Become(Closing);
        Publish(PartitionState.Closing, "");
        Context.Stop(_repairs); // its connections close, its work on the store ends
        _context.Partitions.Withdraw(_partition);
        if (_port is not null) _context.Raft.Node.Leave(_port);
        // The group goes first: it works on the store.
        if (_group.IsNobody()) _gate!.CloseAsync().PipeTo(Self, success: () => new Drained());
        else _group.Tell(new RaftGroup.Stop());
    }

    private void Ended(string? problem)
    {
        _released = problem is null;
        if (problem is not null)
        {
            Publish(PartitionState.Unavailable, problem);
            Context.Parent.Tell(new CloseFailed(_partition));
            if (_gate is null) Context.Parent.Tell(new StoreClosed(_partition)); // it was never published: PostStop has nothing to drain
        }

        if (_reload is { } reload)
        {
            if (problem is null) Context.Parent.Tell(new LoadAnew(_partition, _size, reload.Order.Number, reload.Desk, Self));
            else reload.Desk.Tell(new TaskDesk.Done(reload.Order.Number, Refusal: $"the members were replaced, but the replica could not be closed: {problem}"));
        }

        if (_deletes is not null)
        {
            if (problem is null) _context.Board.Remove(_partition);
            _deletes.Tell(new Deleted(_partition, problem));
        }
        else if (problem is not null)
        {
            Log.PartitionNote(_log, _partition, $"its store could not be closed cleanly: {problem}");
        }

        Context.Stop(Self);
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

    private GateFlags CurrentFlags() => _flags with { HasSpace = _diskWritable && !_ranFull && _used < _size, Repairing = _meta!.IsRepairing, Recovering = _meta.IsBeingRebuilt };

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
            ErrorCount = (int)Math.Min(int.MaxValue, _meta?.DiskErrorCount ?? 0),
            IsBeingRebuilt = _meta?.IsBeingRebuilt ?? false,
            RepairProgress = _meta is null or { IsBeingRebuilt: true } ? 0 : 1,
            Directory = _machine?.Record.Directory ?? "",
            LacksTinyExtents = store?.LacksTiny ?? false,
        };
    }

    /// <summary>None where an address is missing: masters delete replicas for what is not in the list that they are told.</summary>
    private IReadOnlyList<Protocol.Master.Peer> WholePeers => _meta is null || ReplicaRecord.LacksAddresses(_meta) ? [] : _meta.Peers;
}
