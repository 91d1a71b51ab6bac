using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors;

// The executor: one request after the other, in their order, on the I/O threads of each one's disk.
internal sealed partial class ClientConnection
{
    /// <summary>Requests run in one go before other connections get the thread.</summary>
    private const int TurnsMax = 16;

    private IWorkQueue? _queue;
    private IoClass _class; // of the turn that the executor was posted for
    private RequestSlot? _parked; // waits for its followers to be dialled; nothing overtakes it

    private void Enqueue(RequestSlot slot)
    {
        IWorkQueue? queue = null;
        var toGroup = false;
        lock (_lock)
        {
            _replies.Enqueue(slot);
            toGroup = !slot.IsDecided && (slot.IsLeaderRead || (slot.IsOverwrite && !slot.Gate!.Limits[IoKind.Write].IsLimited)) && !_executing && _pending.Count == 0;
            if (toGroup) _withGroups++;
            else if (!slot.IsDecided) queue = EnqueuePending(slot);
        }

        if (toGroup) GiveToGroup(slot);
        else if (queue is not null) Post(queue);
        else if (slot.IsDecided) _replySignal.Set();
    }

    private void Resume(RequestSlot slot)
    {
        IWorkQueue? queue;
        lock (_lock)
        {
            EnqueueToGoOn(slot);
            queue = TakeExecutor();
        }

        if (queue is not null) Post(queue);
    }

    /// <summary>Under the lock: behind what waits for the executor, but not behind a request that waits for its partition and came later.</summary>
    private void EnqueueToGoOn(RequestSlot slot)
    {
        var isFirst = _pending.TryPeek(out var front) && front.Wait is not null;
        _pending.Enqueue(slot);
        if (!isFirst) return;
        for (var i = _pending.Count; i > 1; i--) _pending.Enqueue(_pending.Dequeue());
    }

    /// <returns>Where to post the executor, if it is not under way.</returns>
    private IWorkQueue? EnqueuePending(RequestSlot slot)
    {
        _pending.Enqueue(slot);
        return TakeExecutor();
    }

    private void Post(IWorkQueue queue)
    {
        _queue = queue;
        if (queue.TryPost(this, _class)) return;
        // The disk's queue is full or closed. All that waits is refused, of which the peer sees the oldest: a read that goes on may stand
        // behind younger requests here, and unanswered it would hold up their error for ever.
        lock (_lock)
        {
            if (_parked is not null) _pending.Enqueue(_parked);
            _parked = null;
            DropWaits(WaitOutcome.Refused);
            while (_pending.TryDequeue(out var refused))
                if (!refused.IsDecided) refused.Refuse(Action(refused.Header.Opcode), ErrorTexts.LimitedIo);
            _turn = TurnState.None;
            _executing = false;
            _refusing = true;
        }

        ReleaseTurn();
        WakeAll();
        TryFinish();
    }

    /// <summary>One turn on an I/O thread.</summary>
    public override void Execute()
    {
        for (var turn = 0; ; turn++)
        {
            RequestSlot? slot;
            IWorkQueue? elsewhere = null;
            var dropsTurn = false;
            var refusedFirst = false;
            lock (_lock)
            {
                Invariant.Check(_turn != TurnState.Waiting);
                if (_parked is null) refusedFirst = RefuseAtFront();
                if (_refusing || _lost) dropsTurn = DropPending();

                slot = _parked ?? (_pending.TryPeek(out var next) && MayRun(next) ? next : null);
                if (slot is null) _executing = false;
                else if (DiskOf(slot) != _queue || slot.Class != _class || turn == TurnsMax)
                {
                    elsewhere = DiskOf(slot);
                    _class = slot.Class;
                }
                else if (_parked is null) _pending.Dequeue();
                else _parked = null;
            }

            if (dropsTurn) ReleaseTurn();
            if (refusedFirst) _replySignal.Set();
            if (slot is null) break;
            if (elsewhere is not null)
            {
                Post(elsewhere);
                return;
            }

            if (!Run(slot)) return; // parked: the dials post this again
        }

        TryFinish();
    }

    /// <summary>What stands behind an error is neither executed nor answered: the error ends the connection.</summary>
    /// <returns>True if a turn on the disk was dropped with it, which is to be given back.</returns>
    private bool DropPending()
    {
        var hadTurn = false;
        if (_lost || _parked is not { IsRead: true })
        {
            hadTurn = _turn == TurnState.Admitted;
            _turn = TurnState.None;
            _parked = null;
        }

        DropWaits(WaitOutcome.CallerGone);
        if (_lost) _pending.Clear();
        // A read may stand before the error and still owe blocks; reading on does no harm, leaving it would hold up the error itself.
        for (var i = _pending.Count; i > 0; i--)
            if (_pending.Dequeue() is { IsRead: true, Wait: null } read) _pending.Enqueue(read);
        return hadTurn;
    }

    /// <returns>False if the request has to wait: for its followers to be dialled, or for its turn on the disk.</returns>
    private bool Run(RequestSlot slot)
    {
        try
        {
            if (slot.Wait is { } wait && !PrepareWaited(slot, wait)) return true;
            if (slot.IsLeaderRead && NeedsGroup(slot))
            {
                DropTurn(); // the lease ended while it waited for its turn
                if (!BeginWaited(slot)) return true;
                lock (_lock) _withGroups++;
                GiveToGroup(slot);
                return true;
            }

            var chain = slot.Followers.Length > 0 ? PrepareChain(slot) : Chain.Ready;
            if (chain == Chain.Parked) return false;
            if (chain == Chain.Refused)
            {
                DropTurn();
                return true;
            }

            switch (TakeTurn(slot))
            {
                case Turn.Parked:
                    return false;
                case Turn.Refused:
                    if (slot.IsRead) ReadSteps.NameFailedBlock(slot);
                    LocalEnded(slot, ErrorTexts.Body(slot.IsRead ? slot.ReadAction : Action(slot.Header.Opcode), ErrorTexts.LimitedIo));
                    return true;
                default:
                    RunNow(slot);
                    return true;
            }
        }
        catch (DiskFaultException fault)
        {
            _services.Events.DiskFault(slot.Gate!, fault);
            LocalEnded(slot, ErrorTexts.Body(Action(slot.Header.Opcode), fault.IsNoSpace ? ErrorTexts.NoSpace : ErrorTexts.DiskBroken));
        }
        catch (Exception broken)
        {
            // Our mistake, whatever it is. The request gets an answer and the connection lives on: a hang would tell nobody anything.
            _services.Events.Broken($"{slot.Header.Opcode} on extent {slot.Header.Extent} of partition {slot.Header.Partition}", broken);
            if (broken is InvariantViolationException violation) slot.Gate!.Owner.Tell(new PartitionActor.StoreBroken(violation), Akka.Actor.ActorRefs.NoSender);
            LocalEnded(slot, ErrorTexts.Body(Action(slot.Header.Opcode), ErrorTexts.StoreClosed));
        }

        return true;
    }

    private void RunNow(RequestSlot slot)
    {
        try
        {
            if (!BeginWaited(slot)) return;
            if (slot.StartedAt == 0) slot.StartedAt = _services.Meters.Now; // of a read: with its first block
            if (slot.IsOverwrite)
            {
                lock (_lock) _withGroups++;
                GiveToGroup(slot);
            }
            else if (slot.IsRead)
            {
                ReadBlock(slot);
            }
            else
            {
                RunStep(slot);
            }
        }
        finally
        {
            ReleaseTurn();
        }
    }

    private void ReadBlock(RequestSlot slot)
    {
        var began = _services.Meters.Now;
        var refusal = ReadSteps.FromDisk(slot);
        slot.DiskTicks += _services.Meters.Now - began; // nobody else writes it, and who reads it does so after the lock
        lock (_lock)
        {
            if (refusal is { } why) slot.Refuse(why.Code, why.Body);
            else slot.HasBlock = true; // under the lock: the reply loop may be looking at this slot already
        }

        _replySignal.Set();
    }

    private void RunStep(RequestSlot slot)
    {
        slot.OpenParts = 1;
        if (slot.Header.Opcode == Opcode.CreateExtent && RemainingFollowers.ActsAsLeader(slot.Header.RemainingFollowers))
        {
            var error = slot.Gate!.Store.AllocateExtentId(out var extent);
            if (error != Storage.StorageError.None)
            {
                LocalEnded(slot, ErrorTexts.Body(ActionPrefixes.Prepare, StorageRefusals.Text(error, slot.Header, 0)));
                return;
            }

            slot.Header = slot.Header with { Extent = extent };
        }

        // Followers first: they write while this replica writes (data-plane 4.1).
        if (slot.Followers.Length > 0) Forward(slot);
        LocalEnded(slot, LocalSteps.Run(slot, _services));
    }

    /// <summary>Records how the local step ended. An error is the answer at once, whatever the followers say.</summary>
    private void LocalEnded(RequestSlot slot, byte[]? error)
    {
        bool decided;
        lock (_lock)
        {
            slot.LocalEndedAt = _services.Meters.Now;
            slot.OpenParts = Math.Max(0, slot.OpenParts - 1);
            if (error is null)
            {
                slot.LocalSucceeded = true;
                DecideIfComplete(slot);
            }
            else if (!slot.IsDecided)
            {
                slot.Refuse(ErrorTexts.ToCode(error), error);
            }

            decided = slot.IsDecided;
            _refusing |= decided && slot.IsError && slot.ClosesConnection;
        }

        if (decided) _replySignal.Set();
    }

    /// <summary>Once nobody's answer is missing: success, or the error of the last follower that failed (data-plane 4.4).</summary>
    private static void DecideIfComplete(RequestSlot slot)
    {
        if (slot.OpenParts > 0 || slot.IsDecided) return;
        if (slot.FollowerError is { } error) slot.Refuse(ErrorTexts.ToCode(error), error);
        else slot.Succeed(slot.Body);
    }

    /// <summary>A request that has waited has no gate of its own before it is prepared anew.</summary>
    private static IWorkQueue DiskOf(RequestSlot slot) => (slot.Gate ?? slot.Wait!.Gate!).Disk;

    private static string Action(Opcode opcode) => opcode switch
    {
        Opcode.CreateExtent => ActionPrefixes.CreateExtent,
        Opcode.MarkDelete or Opcode.BatchDeleteExtent or Opcode.GcBatchDeleteExtent => ActionPrefixes.Delete,
        Opcode.GetAllWatermarks => ActionPrefixes.Watermarks,
        _ when Opcodes.IsRead(opcode) => ActionPrefixes.Read,
        _ => ActionPrefixes.Write,
    };
}
