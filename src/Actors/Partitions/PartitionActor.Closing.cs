using Akka.Actor;
using Akka.Event;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Actors;

// The end: by order, or by a fault.
internal sealed partial class PartitionActor
{
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

    private void Closing()
    {
        Receive<RaftGroup.Stopped>(stopped => GroupStopped(stopped.Problem));
        Receive<Terminated>(ended =>
        {
            if (ended.ActorRef.Equals(_group)) GroupStopped(_groupFailure?.Message ?? "its raft group ended by a fault");
        });
        Receive<Drained>(_ => Release(_gate!.Store));
        Receive<Released>(released => EndedOrFailed(released.Problem ?? (_deletes is null ? _groupProblem : null)));
        Receive<Status.Failure>(failure => EndedOrFailed(failure.Cause.Message));
        Receive<Delete>(_ => Sender.Tell(new Deleted(_partition, "the partition is being closed; try again")));
        Receive<RepairDesk.Notified>(notified => notified.Reply.Succeed()); // as when one is under way: it is listed again
        Receive<TaskDesk.PartitionOrder>(order => Sender.Tell(new TaskDesk.Done(order.Number, Refusal: $"partition {_partition} is being closed, {ErrorTexts.TryAgain}")));
        ReceiveAny(_ => { }); // figures and rooms of a replica that is on its way out
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
            root.ClosePartition(partition, store);
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
        EndRebuild();
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
            if (problem is null) Context.Parent.Tell(new LoadAnew(_partition, _size, reload.Number, reload.Desk, Self));
            else reload.Desk.Tell(new TaskDesk.Done(reload.Number, Refusal: $"the members were replaced, but the replica could not be closed: {problem}"));
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
}
