using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>The replica that is being repaired: its store, reached only while it is open, and only on the threads of its disk.</summary>
/// <remarks>Each piece of work enters the store for itself and leaves it at once, so that closing the partition never waits for a peer.</remarks>
internal sealed class RepairSite(PartitionGate gate, RepairServices services)
{
    public PartitionId Partition => gate.Partition;

    public RepairServices Services => services;

    /// <summary>META as it is now.</summary>
    public PartitionMeta Meta => gate.Machine.Record.Meta;

    /// <summary>How soon the partition comes among those that wait for the disk.</summary>
    public Urgency Urgency => Urgency.Of(Meta, gate.Raft?.Status);

    /// <summary>The master wants the rebuilding of this replica to rest (0x6B): no task begins, and none goes on to its next extent.</summary>
    public bool IsPaused => Meta is { IsBeingRebuilt: true, StopRecover: true };

    /// <summary>Told of disk faults, as clients' requests tell it.</summary>
    public void Fault(DiskFaultException fault) => services.Events.DiskFault(gate, fault);

    /// <summary>A task for another replica names this length of the log of tiny deletes: it gets no more of it.</summary>
    public void Announce(long recordBytes) => gate.Announced.Set(recordBytes);

    /// <summary>Asks or tells the store something that it has in memory. Never blocks.</summary>
    /// <exception cref="ReplicaClosedException">The partition is closing.</exception>
    public T Look<T>(Func<ExtentStore, T> look)
    {
        if (!gate.TryEnter()) throw new ReplicaClosedException(gate.Partition);
        try
        {
            return look(gate.Store);
        }
        finally
        {
            gate.Exit();
        }
    }

    /// <summary>Runs work on the store, a class below everything that a client waits for.</summary>
    /// <exception cref="ReplicaClosedException">The partition is closing.</exception>
    /// <exception cref="DiskFaultException">The disk failed.</exception>
    public async Task<T> RunAsync<T>(Func<ExtentStore, T> work)
    {
        if (!gate.TryEnter()) throw new ReplicaClosedException(gate.Partition);
        try
        {
            return await gate.Disk.RunAsync(() => work(gate.Store), IoClass.Repair).ConfigureAwait(false);
        }
        finally
        {
            gate.Exit();
        }
    }

    /// <summary>The same for writes, after their turn among those of the disk.</summary>
    public async Task<T> WriteAsync<T>(long bytes, Func<ExtentStore, T> work, CancellationToken cancel)
    {
        var limit = services.Disk[IoKind.AsyncWrite];
        if (!limit.IsLimited) return await RunAsync(work).ConfigureAwait(false);
        var ticket = new RepairTicket();
        await ticket.EnterAsync(limit, bytes, cancel).ConfigureAwait(false);
        try
        {
            return await RunAsync(work).ConfigureAwait(false);
        }
        finally
        {
            IoGate.Exit(ticket);
        }
    }

    private sealed class RepairTicket : IoTicket
    {
        private readonly TaskCompletionSource _turn = new(Elsewhere.Continuations);

        internal override void Answered(bool admitted) => _turn.TrySetResult();

        public async Task EnterAsync(IoGate gate, long bytes, CancellationToken cancel)
        {
            switch (gate.Enter(this, bytes, takesSlot: true, mayBeRefused: false))
            {
                case Admission.Admitted:
                    return;
                case Admission.Refused:
                    throw new DiskFaultException("queue work", "disk", cause: new InvalidOperationException("too many repairs wait for the disk"));
                default:
                    await using (cancel.UnsafeRegister(_ => Withdraw(gate, cancel), null)) await _turn.Task.ConfigureAwait(false);
                    return;
            }
        }

        private void Withdraw(IoGate gate, CancellationToken cancel)
        {
            if (gate.Withdraw(this)) _turn.TrySetCanceled(cancel);
        }
    }
}

/// <summary>The partition is closing: nothing is repaired any more.</summary>
internal sealed class ReplicaClosedException(PartitionId partition) : Exception($"partition {partition} is being closed");
