using System.Collections.Immutable;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors;

// Requests whose partition does not serve yet: they keep their place in the order, nothing overtakes them, no thread waits with them.
internal sealed partial class ClientConnection
{
    private int _waits;     // requests whose wait has not ended
    private int _longWaits; // those among them behind which nothing more is received
    private bool _callerGone;

    /// <summary>Takes its place among the requests of this connection, and one in the lot of its partition.</summary>
    /// <returns>Waits; otherwise what else is to become of it.</returns>
    private Route Park(RequestSlot slot)
    {
        var patience = WaitRules.Patience(slot.Header, isSingle: true, _services.Settings.Waiting)!.Value; // that it waits is decided already
        var wait = new Wait(this, slot, slot.Lease?.Capacity ?? 0, _services.Time.GetTimestamp(), _services.Deadline(patience));
        slot.Followers = []; // the prepared request has its own
        Parking parking;
        PartitionGate? gate;
        Action? wanted = null;
        var takesNoMore = false;
        lock (_lock)
        {
            if (_inputEnded || _lost)
            {
                takesNoMore = true;
                parking = Parking.Unknown;
                gate = null;
            }
            else
            {
                parking = _services.Partitions.TryPark(wait, out gate, out wanted);
            }

            if (parking == Parking.Waits)
            {
                slot.Wait = wait;
                _waits++;
                if (WaitRules.IsLong(slot.Header.Opcode)) _longWaits++;
                _replies.Enqueue(slot);
                _pending.Enqueue(slot);
            }
        }

        wanted?.Invoke();
        switch (parking)
        {
            case Parking.Waits:
                return Route.Waits;
            case Parking.Serves:
                return Preparation.PrepareAnew(slot, gate!, _services, wait.Followers);
            case Parking.Full:
                Count(wait, WaitOutcome.Overflow);
                slot.Refuse(ActionPrefixes.Prepare, WaitRules.Refusal(slot.Header.Opcode, slot.Header.Partition, WaitRules.TooManyWait));
                return Route.Decided;
            default:
                slot.Refuse(ActionPrefixes.Prepare, takesNoMore
                    ? WaitRules.Refusal(slot.Header.Opcode, slot.Header.Partition, WaitRules.WillNotServe)
                    : $"{ErrorTexts.PartitionMissing} {slot.Header.Partition}");
                return Route.Decided;
        }
    }

    /// <summary>The lot has given a request out. Any thread.</summary>
    /// <param name="gate">Null if it is refused.</param>
    private void WaitEnded(Wait wait, PartitionGate? gate, WaitOutcome outcome)
    {
        IWorkQueue? queue;
        lock (_lock)
        {
            if (wait.IsOver) return; // the connection was quicker
            End(wait, gate, outcome);
            if (!_executing) RefuseAtFront();
            queue = TakeExecutor();
        }

        Wake(queue);
    }

    /// <summary>Nothing that waits is worth waiting for any more.</summary>
    private void EndWaits(WaitOutcome outcome)
    {
        IWorkQueue? queue;
        lock (_lock)
        {
            if (_waits == 0) return;
            foreach (var slot in _pending)
                if (slot.Wait is { IsOver: false } wait) End(wait, null, outcome);
            if (!_executing) RefuseAtFront();
            queue = TakeExecutor();
        }

        Wake(queue);
    }

    /// <summary>The peer has ended its side. No peer of the protocol does that and reads on, so what waits has nobody left to be done for.</summary>
    private void CallerLeft()
    {
        lock (_lock) _callerGone = true;
        EndWaits(WaitOutcome.CallerGone);
    }

    private void Wake(IWorkQueue? queue)
    {
        _slotSignal.Set(); // what was not received behind it is received now
        _replySignal.Set(); // and what was refused on the spot is answered
        if (queue is not null) Post(queue);
    }

    /// <summary>Under the lock.</summary>
    private void End(Wait wait, PartitionGate? gate, WaitOutcome outcome)
    {
        wait.IsOver = true;
        wait.Gate = gate;
        wait.Outcome = outcome;
        _waits--;
        if (WaitRules.IsLong(wait.Slot.Header.Opcode)) _longWaits--;
        Invariant.Check(_waits >= 0 && _longWaits >= 0);
        if (gate is null) _services.Partitions.Leave(wait); // where the lot has not given it out
    }

    /// <summary>Under the lock, while no request is being executed: refuses those at the front that waited in vain, up to the first that closes the connection.</summary>
    /// <returns>True if there is something to answer.</returns>
    private bool RefuseAtFront()
    {
        var refused = false;
        while (_pending.TryPeek(out var slot) && slot.Wait is { IsOver: true, Gate: null } wait && !_refusing && !_lost)
        {
            _pending.Dequeue();
            RefuseWaited(slot, wait.Outcome, wait.Outcome == WaitOutcome.TimedOut ? WaitRules.TookTooLong : WaitRules.WillNotServe);
            _refusing |= slot.ClosesConnection;
            refused = true;
        }

        if (_refusing || _lost) DropPending(); // no turn is held: nothing is parked for one
        return refused;
    }

    /// <summary>Under the lock.</summary>
    private void RefuseWaited(RequestSlot slot, WaitOutcome outcome, string why)
    {
        Count(slot.Wait!, outcome);
        slot.Wait = null;
        slot.Refuse(ActionPrefixes.Prepare, WaitRules.Refusal(slot.Header.Opcode, slot.Header.Partition, why));
    }

    /// <summary>Under the lock: what will not be executed in any case gives its place in the lot to others.</summary>
    private void DropWaits(WaitOutcome outcome)
    {
        if (_waits == 0) return;
        foreach (var slot in _pending)
            if (slot.Wait is { IsOver: false } wait) End(wait, null, outcome);
    }

    /// <summary>Prepares a request that has waited, on the threads of its disk: its partition may not admit now what it admitted when the request came.</summary>
    /// <returns>False if it is decided.</returns>
    private bool PrepareWaited(RequestSlot slot, Wait wait)
    {
        if (wait.IsPrepared) return true; // it has also waited for its followers, or for its turn
        if (!MayStillRun(slot, wait)) return false;
        lock (_lock)
        {
            // Under the lock, as every decision about a request that stands in its place: the reply loop may be looking at it.
            wait.IsPrepared = true;
            if (Preparation.PrepareAnew(slot, wait.Gate!, _services, wait.Followers) == Route.Execute) return true;
            Count(wait, WaitOutcome.Refused);
            slot.Wait = null;
            _refusing |= slot.IsError && slot.ClosesConnection;
        }

        _replySignal.Set();
        return false;
    }

    /// <summary>Right before a request that has waited is executed.</summary>
    /// <returns>False if it must not be, and is refused.</returns>
    private bool BeginWaited(RequestSlot slot)
    {
        if (slot.Wait is not { } wait) return true;
        if (!MayStillRun(slot, wait)) return false;
        Count(wait, WaitOutcome.Served);
        slot.Wait = null;
        return true;
    }

    /// <summary>A client that has given the request up may have sent its data elsewhere by now: what is late or has no caller is not executed.</summary>
    private bool MayStillRun(RequestSlot slot, Wait wait)
    {
        var isLate = _services.Time.GetTimestamp() > wait.Deadline;
        lock (_lock)
        {
            if (!isLate && !_callerGone && !_lost) return true;
            RefuseWaited(slot, isLate ? WaitOutcome.TimedOut : WaitOutcome.CallerGone, isLate ? WaitRules.TookTooLong : WaitRules.WillNotServe);
            _refusing |= slot.ClosesConnection;
        }

        _replySignal.Set();
        return false;
    }

    /// <summary>Every wait is counted once, when it is known what became of it.</summary>
    private void Count(Wait wait, WaitOutcome outcome) =>
        _services.Waits.Ended(wait.Slot.Header.Opcode, outcome, outcome == WaitOutcome.Overflow ? 0 : _services.Time.GetTimestamp() - wait.Since);

    /// <summary>The request is over and was not executed after it had waited: what ended it was something else than the wait.</summary>
    private void Abandon(RequestSlot slot, WaitOutcome outcome)
    {
        if (slot.Wait is not { } wait) return;
        Invariant.Check(wait.IsOver);
        Count(wait, outcome);
        slot.Wait = null;
    }

    /// <summary>A wait of a request; fields are guarded by the connection's lock.</summary>
    internal sealed class Wait(ClientConnection connection, RequestSlot slot, int bytes, long since, long deadline) : WaitTicket(slot.Header.Partition, bytes, since, deadline)
    {
        public RequestSlot Slot => slot;

        /// <summary>The list of its Arg, parsed when the request came.</summary>
        public ImmutableArray<string> Followers { get; } = slot.Followers;

        public bool IsOver { get; set; }

        /// <summary>Of its partition; null while it waits, and if it waited in vain.</summary>
        public PartitionGate? Gate { get; set; }
        public WaitOutcome Outcome { get; set; }
        public bool IsPrepared { get; set; }

        public override void Admit(PartitionGate gate) => connection.WaitEnded(this, gate, WaitOutcome.Served);

        public override void Refuse(WaitOutcome outcome) => connection.WaitEnded(this, null, outcome);
    }
}
