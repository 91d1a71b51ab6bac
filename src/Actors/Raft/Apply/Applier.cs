using System.Buffers;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>Applies the committed entries of one group in order, on the I/O threads of its disk, one turn at a time.</summary>
/// <remarks>
/// The group's actor hands entries over; each is applied, or given back by <see cref="StopAsync"/> or <see cref="ClearAsync"/>. What cannot
/// be done now (no room, a full queue of the disk, a store that is being closed) stays at the front and is tried again at <see cref="Retry"/>.
/// </remarks>
/// <param name="waitsForStore">The extents are not there yet: nothing is applied before <see cref="StoreAttached"/>.</param>
internal sealed class Applier(StateMachine machine, RaftLog log, StoreUsage store, IWorkQueue disk, BufferPool buffers, IApplierOwner owner, bool waitsForStore = false) : WorkItem
{
    /// <summary>Items run in one go before others get the thread.</summary>
    private const int ItemsPerTurn = 64;

    private enum Standing
    {
        No,

        /// <summary>Until <see cref="StoreAttached"/>.</summary>
        ForStore,

        /// <summary>Until the next <see cref="Retry"/>.</summary>
        ForNow,

        /// <summary>Until the group has changed its members.</summary>
        ForMembership,

        /// <summary>For good: an entry failed.</summary>
        Failed,
    }

    private readonly Lock _lock = new();
    private readonly ApplyQueue _items = new();
    private readonly List<(IProposal Proposal, ProposalOutcome Outcome)> _ended = []; // of the turn
    private readonly Action<string> _note = owner.Note; // one for all entries
    private readonly TaskCompletionSource _stopped = new(Elsewhere.Continuations);
    private TaskCompletionSource? _cleared;
    private Standing _standing = waitsForStore ? Standing.ForStore : Standing.No;
    private bool _isPosted;
    private bool _isStopping;
    private int _clears;
    private ulong _membershipInEffect; // the entry that the group has been told of
    private ulong _appliedTo;
    private long _heldBytes;

    /// <summary>Bytes of entries that are kept in memory until they are applied.</summary>
    public long HeldBytes => Interlocked.Read(ref _heldBytes);

    /// <summary>Nothing moves until somebody helps; see <see cref="Retry"/>.</summary>
    public bool Stands { get { lock (_lock) return _standing != Standing.No; } }

    /// <summary>Adds committed entries, in order. The lease of the item is the applier's from now on.</summary>
    public void Add(in ApplyItem item)
    {
        lock (_lock)
        {
            if (!_isStopping)
            {
                _items.Add(item);
                if (item.Payload.Lease is not null) Interlocked.Add(ref _heldBytes, item.Payload.Header.DataBytes);
                return;
            }
        }

        item.Payload.Lease?.Release();
        if (item.Proposal is { } proposal) owner.CommandEnded(proposal, ProposalOutcome.GroupEnded);
    }

    /// <summary>Starts a turn if there is work and none is under way.</summary>
    public void Start()
    {
        lock (_lock)
        {
            if (_isPosted || _standing != Standing.No || _isStopping || _items.Count == 0) return;
            _isPosted = true;
        }

        Post();
    }

    /// <summary>Tries again what stood for now.</summary>
    public void Retry()
    {
        lock (_lock)
            if (_standing == Standing.ForNow) _standing = Standing.No;
        Start();
    }

    /// <summary>The state machine has its extents: what waits is applied now.</summary>
    public void StoreAttached()
    {
        lock (_lock)
            if (_standing == Standing.ForStore) _standing = Standing.No;
        Start();
    }

    /// <summary>The group has changed its members: what the entry says to the partition comes now.</summary>
    public void MembershipInEffect()
    {
        lock (_lock)
            if (_standing == Standing.ForMembership) _standing = Standing.No;
        Start();
    }

    /// <summary>Forgets what waits, for a snapshot that stands for it, and completes when the item under way is done.</summary>
    public Task ClearAsync()
    {
        Task quiet;
        List<IProposal> dropped;
        lock (_lock)
        {
            _clears++;
            dropped = Drop();
            if (_standing == Standing.ForMembership) _standing = Standing.No;
            quiet = _isPosted ? (_cleared ??= new TaskCompletionSource(Elsewhere.Continuations)).Task : Task.CompletedTask;
        }

        foreach (var proposal in dropped) owner.CommandEnded(proposal, ProposalOutcome.NotLeader);
        return quiet;
    }

    /// <summary>Ends after the item under way; what waits is given back.</summary>
    public Task StopAsync()
    {
        lock (_lock) _isStopping = true;
        FinishStop();
        return _stopped.Task;
    }

    public override void Execute()
    {
        try
        {
            RunTurn();
        }
        catch (Exception e) when (e is DiskFaultException or StorageCorruptException or InvariantViolationException)
        {
            lock (_lock) _standing = Standing.Failed;
            owner.ApplyFailed(e);
        }

        foreach (var (proposal, outcome) in _ended) owner.CommandEnded(proposal, outcome);
        _ended.Clear();
        bool again;
        TaskCompletionSource? cleared;
        lock (_lock)
        {
            (cleared, _cleared) = (_cleared, null);
            again = _standing == Standing.No && !_isStopping && _items.Count > 0;
            if (!again) _isPosted = false;
        }

        cleared?.TrySetResult();
        if (again) Post();
        else FinishStop();
    }

    private void Post()
    {
        if (disk.TryPost(this)) return;
        lock (_lock)
        {
            _isPosted = false;
            if (_standing == Standing.No) _standing = Standing.ForNow; // the disk's queue is full
        }

        FinishStop();
    }

    private void RunTurn()
    {
        if (!store.TryEnter())
        {
            lock (_lock) _standing = Standing.ForNow; // it is being closed
            return;
        }

        try
        {
            for (var turn = 0; turn < ItemsPerTurn && RunNext(); turn++)
            {
            }
        }
        finally
        {
            store.Exit();
            if (_appliedTo > 0) owner.AppliedTo(_appliedTo);
            _appliedTo = 0;
        }
    }

    /// <returns>False if the turn is over.</returns>
    private bool RunNext()
    {
        ApplyItem item;
        int clears;
        lock (_lock)
        {
            clears = _clears;
            if (_isStopping || !_items.TryTake(out item)) return false;
        }

        var isDone = false;
        try
        {
            isDone = item.IsHere ? Run(item.Payload.Header, item.Payload.Data, ref item) : RunRange(ref item);
        }
        finally
        {
            if (isDone) End(item, ProposalOutcome.Applied);
            else PutBack(item, clears);
        }

        lock (_lock) return _standing == Standing.No;
    }

    /// <returns>True if the entry is applied; otherwise it says in <see cref="_standing"/> what it waits for.</returns>
    private bool Run(in RaftEntryHeader header, ReadOnlySpan<byte> data, ref ApplyItem item)
    {
        if (header.Type == RaftEntryType.Membership)
        {
            if (!RunMembership(header, data)) return false;
        }
        else
        {
            var wasRepairing = machine.Record.Meta.IsRepairing;
            var result = machine.Apply(header.Index, data, _note);
            if (machine.Record.Meta is var meta && meta.IsRepairing != wasRepairing) owner.MetaChanged(meta);
            switch (result)
            {
                case ApplyResult.NoSpace:
                    Stand(Standing.ForNow);
                    return false;
                case ApplyResult.StoreClosed:
                    Stand(Standing.ForNow);
                    if (item.Proposal is { } proposal) _ended.Add((proposal, ProposalOutcome.StoreClosed));
                    item = item with { Proposal = null };
                    return false;
            }
        }

        _appliedTo = header.Index;
        return true;
    }

    private bool RunMembership(in RaftEntryHeader header, ReadOnlySpan<byte> data)
    {
        // Without a readable change it ends the one under way and does no more, as an empty one of a Go leader does.
        if (MembershipChange.TryRead(data, out var change, out var context) != DecodeStatus.Complete) change = default;
        if (_membershipInEffect != header.Index)
        {
            _membershipInEffect = header.Index;
            Stand(Standing.ForMembership); // before the group is told: its answer may come at once
            owner.MembershipReached(header.Index, change);
            return false;
        }

        if (change.Member != default) owner.MetaChanged(machine.Apply(header.Index, change, context, _note));
        return true;
    }

    /// <summary>Reads entries of a range back from the log and applies them; <paramref name="item"/> becomes what is left.</summary>
    private bool RunRange(ref ApplyItem item)
    {
        if (!buffers.TryRent(BufferPool.LargeBytes, out var lease))
        {
            Stand(Standing.ForNow);
            return false;
        }

        var slices = ArrayPool<RaftLogSlice>.Shared.Rent(ItemsPerTurn);
        try
        {
            var read = log.Read(item.First, item.Last, lease.Data.Span, slices.AsSpan(0, ItemsPerTurn));
            if (read.Status == RaftLogReadStatus.BufferTooSmall)
            {
                // Longer than any overwrite: the context of a membership change could be.
                var own = new byte[read.BytesNeeded];
                read = log.Read(item.First, item.First, own, slices);
                return RunSlices(read, slices, own, ref item);
            }

            return RunSlices(read, slices, lease.Data.Span, ref item);
        }
        finally
        {
            ArrayPool<RaftLogSlice>.Shared.Return(slices);
            lease.Release();
        }
    }

    private bool RunSlices(in RaftLogRead read, ReadOnlySpan<RaftLogSlice> slices, ReadOnlySpan<byte> buffer, ref ApplyItem item)
    {
        if (read.Status != RaftLogReadStatus.Read)
        {
            throw new StorageCorruptException(
                machine.Record.Directory, $"entry {item.First} of its raft log cannot be read: {read.Problem ?? read.Status.ToString()}", "Let the master rebuild this replica");
        }

        foreach (ref readonly var slice in slices[..read.Count])
        {
            if (!Run(slice.Header, slice.Data(buffer), ref item)) return false;
            item = item with { First = slice.Header.Index + 1 };
        }

        return item.First > item.Last;
    }

    private void Stand(Standing standing)
    {
        lock (_lock) _standing = standing;
    }

    private void End(in ApplyItem item, ProposalOutcome outcome)
    {
        ReleaseLease(item);
        if (item.Proposal is { } proposal) _ended.Add((proposal, outcome));
    }

    private void PutBack(in ApplyItem item, int clears)
    {
        lock (_lock)
        {
            if (clears == _clears)
            {
                _items.PutBack(item);
                return;
            }
        }

        End(item, ProposalOutcome.NotLeader); // a snapshot has taken its place meanwhile
    }

    private void FinishStop()
    {
        List<IProposal> dropped;
        lock (_lock)
        {
            if (!_isStopping || _isPosted) return;
            dropped = Drop();
        }

        foreach (var proposal in dropped) owner.CommandEnded(proposal, ProposalOutcome.GroupEnded);
        _stopped.TrySetResult();
    }

    /// <summary>Empties the queue; under the lock.</summary>
    /// <returns>The commands that nobody will apply here; the caller ends them outside of it.</returns>
    private List<IProposal> Drop()
    {
        var dropped = new List<IProposal>();
        while (_items.TryTake(out var item))
        {
            ReleaseLease(item);
            if (item.Proposal is { } proposal) dropped.Add(proposal);
        }

        return dropped;
    }

    private void ReleaseLease(in ApplyItem item)
    {
        if (item.Payload.Lease is not { } lease) return;
        Interlocked.Add(ref _heldBytes, -item.Payload.Header.DataBytes);
        lease.Release();
    }
}
