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
        _isSettled = true;
        _context.Partitions.Publish(_gate!);
        Publish(PartitionState.Serving, "");
        Log.PartitionServing(_log, _partition, _meta!.Volume, _gate!.Store.ExtentCount);
        if (_context.Repair is { } repair) _repairs = Context.ActorOf(RepairDesk.PropsFor(new RepairSite(_gate, repair), _context.NodeAddress), "repairs");
        StartAgain(new Refresh(), _context.Settings.FiguresPeriod);
        StartAgain(new Sync(), _context.Settings.SyncPeriod);
        Context.Parent.Tell(new Settled(_partition, null, IsCorrupt: false));
    }
}
