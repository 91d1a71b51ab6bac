using Akka.Actor;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Storage;
using Directive = Akka.Actor.Directive;

namespace CubeActors.Actors;

// The replicas of a disk: opening, ending, and what becomes of their directories when nothing of them is open any more.
internal sealed partial class DiskActor
{
    /// <summary>Neither the board nor this disk knows the partition any more. Sent to the supervisor.</summary>
    public sealed record PartitionGone(PartitionId Partition);

    /// <summary>This disk has a directory of a partition that another disk has, too. Sent to the supervisor.</summary>
    public sealed record PartitionHeld(PartitionId Partition, string OtherDisk);

    /// <summary>Another disk has a directory of this partition, too: unless it serves already, it waits for the master.</summary>
    public sealed record HoldBack(PartitionId Partition, string OtherDisk);

    /// <summary>The partition is gone from another disk: who waits for that goes on.</summary>
    public sealed record GoneElsewhere(PartitionId Partition);

    /// <summary>A copy that is not this node's replica is set aside, because the replica is being deleted.</summary>
    public sealed record DropHeld(PartitionId Partition);

    private sealed record ErrorsCounted(PartitionId Partition, ulong? Count, string? Problem);

    private sealed record Restored(PartitionId Partition, string? Problem);

    private sealed record Removed(PartitionId Partition, AfterClose Step, RootEntry? Kept, string? Problem);

    private sealed record Swept(bool IsDone, string? Problem);

    private readonly Dictionary<PartitionId, ReplicaSlot> _slots = [];
    private readonly Queue<ReplicaSlot> _toClose = new(); // at the stop, a few at a time
    private bool _sweeping;

    /// <summary>A partition is never restarted in place: there must not be two stores on one directory.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => Supervise(cause =>
    {
        // The disk failed under it, our own promise is broken, or the unforeseen: in each case this replica ends and others go on.
        GiveUp(Sender, cause);
        return Directive.Stop;
    });

    private void ReceiveReplicas()
    {
        Receive<PartitionActor.Settled>(Settled);
        ReceiveLoading();
        Receive<PartitionActor.LoadAnew>(anew =>
        {
            if (!_slots.TryGetValue(anew.Partition, out var slot)) return;
            var refusal = slot.Plan(AfterClose.Reload); // it has closed itself and ends
            Answer answer = (problem, _) => anew.Desk.Tell(new TaskDesk.Done(anew.Number, Refusal: problem), ActorRefs.NoSender);
            if (refusal is null)
            {
                slot.Await(answer);
                WriteDown(slot, OperationKind.Reload, "its members or its extents are others than it knew", "loaded anew");
            }
            else
            {
                answer(refusal);
            }
        });
        Receive<PartitionActor.Deleted>(_ => { }); // whether its directory is gone, the step behind it looks itself
        Receive<PartitionActor.LoadFaulted>(faulted =>
        {
            if (_slots.TryGetValue(faulted.Partition, out var slot) && slot.Creation is null) CountError(faulted.Partition); // as CubeFS, not of a creation
        });
        Receive<PartitionActor.CloseFailed>(failed =>
        {
            _isUnclean = true;
            if (_slots.TryGetValue(failed.Partition, out var slot)) slot.IsStoreOpen = true;
        });
        Receive<PartitionActor.StoreClosed>(closed =>
        {
            if (!_slots.TryGetValue(closed.Partition, out var slot)) return;
            slot.IsStoreOpen = false;
            Advance(slot);
        });
        Receive<Terminated>(ended => TakeEnd(ended.ActorRef));
        Receive<ErrorsCounted>(TakeCount);
        Receive<Restored>(TakeRestored);
        Receive<Removed>(TakeRemoved);
        Receive<Swept>(swept =>
        {
            _sweeping = false;
            if (swept.Problem is not null) Log.DiskNote(_log, _disk.Path, $"files of deleted partitions could not be removed, and are tried again later: {swept.Problem}");
            else if (swept.IsDone) WriteDownSwept();
            if (!swept.IsDone) Sweep();
        });
        Receive<HoldBack>(hold =>
        {
            if (_slots.TryGetValue(hold.Partition, out var slot) && slot.Creation is null && (slot.IsLoading || _waiting.Contains(hold.Partition)))
                Hold(slot, hold.OtherDisk, isFirst: true);
        });
        Receive<GoneElsewhere>(gone =>
        {
            if (_slots.TryGetValue(gone.Partition, out var slot) && slot is { IsHeld: true, IsConfirmed: true }) Load(slot);
        });
        Receive<DropHeld>(drop =>
        {
            if (_slots.TryGetValue(drop.Partition, out var slot) && slot.IsHeld && slot.Plan(AfterClose.BackUp) is null)
            {
                WriteDownRemoval(slot, "because another disk has this node's replica, and that one is being deleted");
                Close(slot);
            }
        });
    }

    private bool IsKnown(ReplicaSlot slot) => _slots.TryGetValue(slot.Partition, out var known) && known == slot;

    private void Load(ReplicaSlot slot)
    {
        if (_context.Board.Partition(slot.Partition) is { } known && known.DiskPath != _disk.Path)
        {
            Hold(slot, known.DiskPath, isFirst: false);
            Context.Parent.Tell(new PartitionHeld(slot.Partition, known.DiskPath));
            return;
        }

        slot.IsHeld = false;
        slot.IsLoading = true;
        slot.AwaitsExtents = false;
        Announce(slot.Partition);
        BeginLoad(slot.Partition);
        var context = slot.IsFresh ? _freshContext ??= FreshContext() : _partitionContext!;
        slot.IsFresh = false; // what is opened from now on may leave unsynced files behind
        Spawn(slot, PartitionActor.PropsForLoad(context, slot.Entry));
    }

    private void Spawn(ReplicaSlot slot, Props props)
    {
        slot.Actor = Context.Watch(Context.ActorOf(props, $"partition-{slot.Partition}"));
        slot.Actor.Tell(Room);
    }

    /// <summary>Two copies of one replica: to serve both would divide the writes between them, to serve the wrong one would bring back the past.</summary>
    private void Hold(ReplicaSlot slot, string otherDisk, bool isFirst)
    {
        if (slot.IsHeld) return;
        slot.IsHeld = true;
        var reason = $"partition {slot.Partition} lies on two disks, {_disk.Path} and {otherDisk}; this copy waits for the master to say which one is this node's replica";
        if (isFirst) Log.PartitionNote(_log, slot.Partition, reason);
        else Log.PartitionUnavailable(_log, slot.Partition, reason);
        slot.AnswerAll(reason);
        if (slot.Actor is not null || isFirst) Close(slot);
        // Unless the other copy is to serve: then it is that one that callers wait for.
        if (isFirst) Unannounce(slot.Partition);
        else _waiting.Remove(slot.Partition);
        Settle(slot.Partition);
    }

    private void Settled(PartitionActor.Settled settled)
    {
        if (!_slots.TryGetValue(settled.Partition, out var slot) || !slot.IsLoading) return;
        Conclude(slot, settled.Problem, settled.IsCorrupt);
    }

    private void Conclude(ReplicaSlot slot, string? problem, bool isCorrupt)
    {
        var partition = slot.Partition;
        slot.IsLoading = false;
        slot.IsServing = problem is null;
        EndLoad(partition);
        // One that is out of service serves those that repair: its gate stands.
        var isServed = _context.Partitions.Find(partition) is { Flags.IsOutOfService: true };
        if (problem is not null && !isServed && slot.Next is not (AfterClose.Reload or AfterClose.Restore)) Unannounce(partition);
        _hasFailed |= problem is not null;
        if (slot.Next != AfterClose.Nothing)
        {
            // It is being closed for what comes next, and who waits, waits for that. Where it is loaded once more, it is not settled yet.
            if (slot.Next is not (AfterClose.Reload or AfterClose.Restore)) Settle(partition);
            LoadNext();
            return;
        }

        if (isCorrupt && !_wasSettled && slot.Creation is null) _corrupt.Add(problem!);
        else if (isCorrupt) Log.PartitionUnavailable(_log, partition, problem!); // what damage means at a start is decided, and said, above
        if (_context.Board.Partition(partition) is { ErrorCount: > 0 } figures && figures.DiskPath == _disk.Path) CountError(partition);
        else if (problem is null) _health.Clear(partition);
        if (slot.Creation is not null && problem is null)
        {
            slot.Creation = null;
            slot.AnswerAll(null, System.Text.Encoding.UTF8.GetBytes(_disk.Path));
        }
        else
        {
            slot.AnswerAll(problem);
        }

        if (problem is null) ScheduleProbe(slot);
        else Sweep(); // it may have left a remainder of a creation to be removed
        var isLate = _unsettled.Count == 0;
        Settle(partition);
        if (isLate) AllowUpkeep(slot);
        Publish();
        LoadNext();
    }

    private void GiveUp(IActorRef actor, Exception cause)
    {
        if (_slots.Values.FirstOrDefault(known => actor.Equals(known.Actor)) is not { } slot) return;
        Log.PartitionUnavailable(_log, slot.Partition, cause.Message);
        if (_context.Partitions.Find(slot.Partition) is not null) (slot.IsStoreOpen, _isUnclean) = (true, true);
        slot.IsServing = false;
        var isMedia = IsMediaError(cause);
        if (_context.Board.Partition(slot.Partition) is { } figures && figures.DiskPath == _disk.Path)
            _context.Board.Write(figures with { State = PartitionState.Unavailable, Reason = cause.Message, ErrorCount = figures.ErrorCount + (isMedia ? 1 : 0) });
        if (!isMedia) return;
        slot.UnsavedErrors++;
        // Where entries of the log cannot be applied, CubeFS counts reading and writing.
        CountError(slot.Partition, cause is RaftGroupEndedException ? 2 : 1);
    }

    private static bool IsMediaError(Exception? cause)
    {
        for (; cause is not null; cause = cause.InnerException)
            if (cause is DiskFaultException { IsMediaError: true }) return true;
        return false;
    }

    private void TakeEnd(IActorRef actor)
    {
        if (_slots.Values.FirstOrDefault(known => actor.Equals(known.Actor)) is not { } slot) return;
        slot.Actor = null;
        slot.IsServing = false;
        // Only if it ended without having said so itself.
        if (slot is { IsLoading: true, IsHeld: true })
        {
            slot.IsLoading = false;
            EndLoad(slot.Partition);
        }
        else if (slot.IsLoading) Conclude(slot, _stopping ? $"disk {_disk.Path} is being closed" : "it ended while it was being opened; see the log", isCorrupt: false);
        Advance(slot);
        LoadNext();
    }

    /// <summary>Ends what is open of a replica; what is planned for it follows.</summary>
    private void Close(ReplicaSlot slot)
    {
        if (slot.Actor is null) Advance(slot);
        // What is about to be deleted need not be made durable first.
        else if (slot is { IsServing: true, Next: AfterClose.Delete }) slot.Actor.Tell(new PartitionActor.Delete());
        else slot.Actor.Tell(new PartitionActor.Close());
    }

    private void CloseNext()
    {
        while (_slots.Values.Count(slot => slot.IsClosing && !slot.IsOut) < _context.Settings.StopsPerDisk && _toClose.TryDequeue(out var slot))
        {
            if (slot.Next is AfterClose.Reload or AfterClose.Restore) slot.Done();
            slot.IsClosing = true;
            Close(slot);
        }
    }

    /// <summary>Does what comes next for a replica of which nothing is open.</summary>
    private void Advance(ReplicaSlot slot)
    {
        if (!slot.IsOut || !IsKnown(slot)) return;
        if (slot.UnsavedErrors > 0 && _phase == Phase.Open && slot.Next != AfterClose.Delete)
        {
            var (errors, partition, entry, root) = (slot.UnsavedErrors, slot.Partition, slot.Entry, Root!);
            slot.UnsavedErrors = 0;
            slot.IsBusy = true;
            _context.Threads.RunAsync(() => new ErrorsCounted(partition, root.CountErrors(entry, errors), null), IoClass.Load)
                .PipeTo(Self, failure: cause => new ErrorsCounted(partition, null, cause.Message));
            return;
        }

        switch (slot.Next)
        {
            case AfterClose.Reload or AfterClose.Restore when _stopping:
                slot.Done();
                slot.AnswerAll($"disk {_disk.Path} is being closed");
                break;
            case AfterClose.Reload:
                slot.Done();
                Load(slot);
                break;
            case AfterClose.Restore:
                Restore(slot);
                break;
            case AfterClose.Detach:
                Forget(slot);
                break;
            case AfterClose.Delete or AfterClose.BackUp or AfterClose.Expire:
                Remove(slot);
                break;
            case AfterClose.Nothing when slot.Creation is not null:
                Forget(slot); // it never was
                break;
            case AfterClose.Nothing when slot.IsHeld && _context.Board.Partition(slot.Partition) is { } figures && figures.DiskPath == _disk.Path:
                _context.Board.Write(figures with { State = PartitionState.Unavailable, Reason = "a copy lies on another disk, too; it waits for the master" });
                break;
            case AfterClose.Nothing when _context.Board.Partition(slot.Partition) is null:
                Forget(slot); // the remainder of a creation
                break;
        }

        if (_stopping) CloseNext();
        ReleaseIfEmpty();
    }

    private void TakeCount(ErrorsCounted counted)
    {
        if (!_slots.TryGetValue(counted.Partition, out var slot)) return;
        slot.IsBusy = false;
        // In memory it counts all the same; the next start does not know of it.
        if (counted.Problem is not null) Log.PartitionNote(_log, counted.Partition, $"its I/O error could not be noted in META: {counted.Problem}");
        Advance(slot);
    }

    private void Restore(ReplicaSlot slot)
    {
        var (partition, entry, root) = (slot.Partition, slot.Entry, Root!);
        slot.IsBusy = true;
        _context.Threads.RunAsync(
            () =>
            {
                root.ClearErrors(entry);
                return new Restored(partition, null);
            },
            IoClass.Load).PipeTo(Self, failure: cause => new Restored(partition, cause.Message));
    }

    private void TakeRestored(Restored restored)
    {
        if (!_slots.TryGetValue(restored.Partition, out var slot)) return;
        slot.IsBusy = false;
        if (slot.Next == AfterClose.Restore) slot.Done();
        if (restored.Problem is not null)
        {
            slot.AnswerAll($"its errors could not be cleared: {restored.Problem}");
            Advance(slot);
        }
        else if (slot.Next == AfterClose.Nothing && !_stopping)
        {
            _health.Clear(slot.Partition);
            Load(slot);
        }
        else
        {
            Advance(slot); // something else has been decided meanwhile
        }
    }

    private void Remove(ReplicaSlot slot)
    {
        var (partition, entry, root, step, local) = (slot.Partition, slot.Entry, Root!, slot.Next, _context.Time.GetLocalNow().DateTime);
        slot.IsBusy = true;
        _context.Threads.RunAsync(
            () =>
            {
                RootEntry? kept = null;
                if (step == AfterClose.Delete) root.BeginDelete(partition, entry.Bytes);
                else kept = step == AfterClose.BackUp ? root.BackUp(partition, entry.Bytes, local) : root.Expire(partition, entry.Bytes, local);
                return new Removed(partition, step, kept, null);
            },
            IoClass.Load).PipeTo(Self, failure: cause => new Removed(partition, step, null, cause.Message));
    }

    private void TakeRemoved(Removed removed)
    {
        if (!_slots.TryGetValue(removed.Partition, out var slot)) return;
        slot.IsBusy = false;
        slot.Done();
        if (removed.Problem is not null)
        {
            Log.PartitionNote(_log, removed.Partition, $"its directory could not be removed or set aside: {removed.Problem}");
            if (_context.Board.Partition(removed.Partition) is { } figures && figures.DiskPath == _disk.Path)
                _context.Board.Write(figures with { State = PartitionState.Unavailable, Reason = removed.Problem });
            slot.AnswerAll(removed.Problem);
            Advance(slot);
            return;
        }

        if (removed.Kept is { Kind: RootEntryKind.Backup } kept) _backups[kept.Name] = kept;
        if (removed.Kept is { } aside) Log.DiskNote(_log, _disk.Path, $"partition {removed.Partition} was set aside as {aside.Name}");
        else if (removed.Step == AfterClose.Delete) Log.PartitionDeleted(_log, removed.Partition);
        _health.Clear(removed.Partition);
        Forget(slot);
        _context.Operations.Forget(removed.Partition, "the replica was deleted or set aside");
        if (removed.Step == AfterClose.Delete) Sweep();
        ReleaseIfEmpty();
    }

    /// <summary>The node does not have this replica any more.</summary>
    private void Forget(ReplicaSlot slot)
    {
        _slots.Remove(slot.Partition);
        EndLoad(slot.Partition);
        if (_context.Board.Partition(slot.Partition) is not { } other || other.DiskPath == _disk.Path) Unannounce(slot.Partition);
        _candidates.Remove(slot.Partition);
        Timers.Cancel(ProbeKey(slot.Partition));
        if (_context.Board.Partition(slot.Partition) is { } figures && figures.DiskPath == _disk.Path) _context.Board.Remove(slot.Partition);
        slot.AnswerAll(null);
        Settle(slot.Partition);
        Publish();
        Context.Parent.Tell(new PartitionGone(slot.Partition));
    }

    /// <summary>Removes the files of deleted partitions, a few at a time and a class below everything that somebody waits for.</summary>
    private void Sweep()
    {
        if (_sweeping || _stopping || _phase != Phase.Open) return;
        _sweeping = true;
        var root = Root!;
        _context.Threads.RunAsync(() => new Swept(root.FinishDeletes(DiskPeriods.RemovedAtOnce), null), IoClass.Repair)
            .PipeTo(Self, failure: cause => new Swept(IsDone: true, cause.Message));
    }
}
