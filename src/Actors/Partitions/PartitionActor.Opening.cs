using System.Runtime.ExceptionServices;
using Akka.Actor;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Actors;

// From the directory to a store, and to serving.
internal sealed partial class PartitionActor
{
    private static object HandOver(object result, Handover<Opened> handover)
    {
        if (result is not Opened opened) return result;
        if (!handover.TryGive(opened)) opened.Store.Dispose();
        return new StoreReady();
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

    /// <summary>META and APPLY, and the raft log of a replica that may join its group: all that the group needs.</summary>
    private static object ReadRecord(PartitionContext context, RootEntry entry, Handover<LogOpened> handover)
    {
        var directory = context.Root.DirectoryOf(entry);
        if (PartitionMeta.Load(context.Files, directory) is { } meta)
        {
            meta = UnfinishedCopy.DropIfVoid(context.Files, directory, meta, mayHaveLost: context.Root.Verdict is BootVerdict.DirtyBoot or BootVerdict.Unknown);
            if (meta.Hosts.Count == 1) context.Partitions.MarkSingle(meta.Partition);
            var machine = new StateMachine(null, new ReplicaRecord(context.Files, directory, meta), ApplyFile.Load(context.Files, directory));
            if (SelfIn(meta, context) is not { } self) return new RecordRead(machine, null);
            try
            {
                return new RecordRead(machine, self) { Log = OpenLog(context, machine, self, handover) };
            }
            catch (Exception unusable) when (unusable is not InvariantViolationException)
            {
                return new RecordRead(machine, self) { Log = new LogUnusable(unusable.Message) };
            }
        }

        if (DropRemainder(context, entry.Partition, entry.Bytes)) return new CutShort();
        throw new StorageCorruptException(directory, "there is no META, but there are extents with data", "Nothing was changed. Restore META, or move the directory away and let the master rebuild this replica");
    }

    private static Opened OpenExtents(PartitionContext context, StateMachine machine) =>
        new(context.Root.OpenPartition(machine.Record.Meta, machine.Record.Directory, context.StoreSettings), machine);

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
        Receive<RecordRead>(read =>
        {
            _machine = read.Machine;
            _meta = _machine.Record.Meta;
            _isReadingRecord = false;
            Timers.Cancel(nameof(Overdue));
            if (_endsEarly)
            {
                EndEarly();
                return;
            }

            if (read.Self is { } self) _port = NewPort(self);
            if (read.Log is LogUnusable unusable)
            {
                Fail(LogProblem(unusable), isCorrupt: false);
                return;
            }

            // Early voice: what it acknowledges from now on lies in the log until the extents are there.
            if (read.Log is not null) StartGroup(_openedLog.Take()!);
            Enter(LoadStage.LoadingExtents);
            Context.Parent.Tell(new Voiced(_partition));
        });
        Receive<LoadExtents>(_ =>
        {
            if (!_endsEarly) BeginExtents();
        });
        Receive<LogReady>(_ => // the node has learned its address meanwhile
        {
            if (!_endsEarly) StartGroup(_openedLog.Take()!);
        });
        Receive<LogUnusable>(unusable => FailEarly(LogProblem(unusable), isCorrupt: false));
        Receive<StoreReady>(_ =>
        {
            (_isReadingRecord, _isOpeningStore) = (false, false);
            Timers.Cancel(nameof(Overdue));
            if (_endsEarly) EndEarly();
            else TakeStore(_opened.Take()!);
        });
        Receive<CutShort>(_ =>
        {
            _isReadingRecord = false;
            const string Note = "its creation was cut short before it held a byte; the remainder is removed, the master creates it again";
            Log.PartitionNote(_log, _partition, Note);
            _context.Board.Remove(_partition); // it never was
            Context.Parent.Tell(new Settled(_partition, Note, IsCorrupt: false));
            Context.Stop(Self);
        });
        Receive<DiskActor.AddressesChanged>(_ =>
        {
            if (_machine is not null && !_endsEarly) TryJoin();
        });
        Receive<RaftGroup.Stopped>(stopped => GroupEndedEarly(stopped.Problem));
        Receive<Terminated>(ended =>
        {
            if (!ended.ActorRef.Equals(_group)) return;
            if (!_endsEarly) throw new RaftGroupEndedException(_partition, _groupFailure);
            GroupEndedEarly(_groupFailure?.Message ?? "its raft group ended by a fault");
        });
        Receive<Status.Failure>(failure =>
        {
            (_isReadingRecord, _isOpeningStore) = (false, false);
            if (failure.Cause is DiskFaultException { IsMediaError: true }) Context.Parent.Tell(new LoadFaulted(_partition));
            FailEarly(failure.Cause.Message, failure.Cause is StorageCorruptException);
        });
        Receive<Overdue>(_ => Log.PartitionNote(_log, _partition, $"still being opened after {_context.Settings.DiskDeadline.TotalSeconds:0} s; its disk is slow or hangs"));
        Receive<DiskRoom>(room => Take(room));
        Receive<Close>(_ => LeaveEarly());
        Receive<Delete>(_ => Sender.Tell(new Deleted(_partition, "the partition is still being loaded")));
        Receive<TaskDesk.PartitionOrder>(order => Sender.Tell(new TaskDesk.Done(order.Number, Refusal: $"partition {_partition} is still being loaded, {ErrorTexts.TryAgain}")));
    }

    private static string LogProblem(LogUnusable unusable) => $"{unusable.Problem} The replica stays out until it is repaired; the node runs on.";

    private void BeginExtents()
    {
        var (context, machine, handover) = (_context, _machine!, _opened);
        _isOpeningStore = true;
        Timers.StartSingleTimer(nameof(Overdue), new Overdue(), _context.Settings.DiskDeadline);
        _context.Threads.RunAsync(() => HandOver(OpenExtents(context, machine), handover), IoClass.Load).PipeTo(Self);
    }

    private void TakeStore(Opened opened)
    {
        Context.Parent.Tell(new StoreOpened(_partition));
        if (_machine is null) (_machine, _meta) = (opened.Machine, opened.Machine.Record.Meta); // created: machine and extents came together
        else _machine.Attach(opened.Store);
        foreach (var note in opened.Store.Notes) Log.PartitionNote(_log, _partition, note);
        if (_context.Suspects is { } suspects)
            opened.Store.Mismatched = (extent, block) => suspects.Mismatch(new BlockPlace(_partition, extent, block));
        _used = opened.Store.UsedBytes;
        FindIfJoining();
        _gate = new PartitionGate(_partition, _meta!.Volume, _meta.Hosts, opened.Store, _context.Threads, CurrentFlags(), _usage, Self, _machine, raft: null)
        {
            Limits = _context.Repair?.Disk ?? DiskLimits.None,
        };
        if (_meta.DiskErrorCount > 0)
        {
            StayOut();
            return;
        }

        Become(Serving);
        Enter(LoadStage.CatchingUp);
        // What it acknowledged, before its stop or since its group joined, is applied before it serves; without a group there is nothing to wait for.
        if (!_group.IsNobody()) GroupHasStore();
        else if (_port is null && !TryJoin()) BeginServing();
    }

    private void Enter(LoadStage stage)
    {
        _stage = stage;
        Publish(PartitionState.Loading, "");
    }

    /// <summary>META counts errors of the disk under this replica, or says that nobody knows what its extents are: it is there to be rebuilt or deleted.</summary>
    /// <remarks>
    /// What it has, block by block with its CRC, may be the last copy of something, and a replica that does not say how far it has come keeps the
    /// others from repairing themselves and from cutting their logs: so it answers those, as in CubeFS, which reads for clients from it too.
    /// </remarks>
    private void StayOut()
    {
        var isUnknown = _meta!.DiskErrorCount >= PartitionMeta.ExtentsUnknown;
        var reason = isUnknown
            ? "its extents lack overwrites that its group does not have any more either: the replica stays out until it is rebuilt"
            : $"META counts {_meta.DiskErrorCount} disk errors: the replica stays out until it is rebuilt, or an operator has set the count back and loaded it anew";
        Log.PartitionUnavailable(_log, _partition, reason);
        Become(StayingOut);
        if (!isUnknown)
        {
            // The overwrites that it lacks are still in its group's log, which is not cut beyond what this replica says it has applied.
            _flags = _flags with { IsOutOfService = true };
            _gate = _gate!.With(CurrentFlags(), _meta.Hosts, raft: null);
            _context.Partitions.Publish(_gate);
        }

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
        Receive<StoreBroken>(broken => ExceptionDispatchInfo.Throw(broken.Cause));
        Receive<RepairDesk.Notified>(notified => notified.Reply.Refuse("META of this replica counts disk errors: it is rebuilt as a whole, or not at all"));
        Receive<TaskDesk.PartitionOrder>(order => Sender.Tell(new TaskDesk.Done(order.Number, Refusal: $"partition {_partition} is unavailable: META counts disk errors")));
        ReceiveAny(_ => { }); // disk faults among them: they are in the log, and it is out already
    }

    private void BeginServing()
    {
        if (_isSettled) return;
        (_isSettled, _stage) = (true, LoadStage.Serving);
        _context.Partitions.Publish(_gate!);
        Publish(PartitionState.Serving, "");
        Log.PartitionServing(_log, _partition, _meta!.Volume, _gate!.Store.ExtentCount);
        BeginRebuild();
        StartAgain(new Refresh(), _context.Settings.FiguresPeriod);
        StartAgain(new Sync(), _context.Settings.SyncPeriod);
        Context.Parent.Tell(new Settled(_partition, null, IsCorrupt: false));
    }
}
