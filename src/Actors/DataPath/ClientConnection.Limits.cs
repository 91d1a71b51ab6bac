using CubeActors.Protocol;

namespace CubeActors.Actors;

// Turns on a disk whose work is limited: the executor parks with its request until the gate of the disk lets it pass.
internal sealed partial class ClientConnection
{
    private Ticket? _ticket; // made when the first limit is met
    private TurnState _turn;

    private enum TurnState
    {
        None,

        /// <summary>The executor is parked; the gate has the ticket.</summary>
        Waiting,
        Admitted,
        Denied,
    }

    private enum Turn
    {
        Now,

        /// <summary>The executor is posted again when the turn has come.</summary>
        Parked,
        Refused,
    }

    /// <summary>Asks for the turn of a request, or uses the one it was parked for. <see cref="ReleaseTurn"/> follows.</summary>
    private Turn TakeTurn(RequestSlot slot)
    {
        if (slot.Kind is not { } kind) return Turn.Now;
        var gate = slot.Gate!.Limits[kind];
        if (!gate.IsLimited && _turn == TurnState.None) return Turn.Now;
        var before = _turn; // nobody but the executor changes it while nothing waits
        lock (_lock)
        {
            _turn = before == TurnState.None ? TurnState.Waiting : TurnState.None;
            // Listed as parked before the gate is asked: the turn can come before the question has returned.
            if (_turn == TurnState.Waiting) _parked = slot;
        }

        if (before == TurnState.Admitted) return Turn.Now;
        if (before == TurnState.Denied) return Turn.Refused;
        var ticket = _ticket ??= new Ticket(this);
        ticket.Gate = gate;
        var mayBeRefused = kind == IoKind.Read || (kind == IoKind.Write && Opcodes.IsAppend(slot.Header.Opcode));
        var admission = gate.Enter(ticket, BytesOf(slot), takesSlot: !slot.IsOverwrite, mayBeRefused);
        if (admission == Admission.Waits)
        {
            bool lost;
            lock (_lock) lost = _lost;
            if (lost) WithdrawTicket(); // who closed it may have looked for the ticket before it waited
            return Turn.Parked;
        }

        lock (_lock)
        {
            _parked = null;
            _turn = TurnState.None;
        }

        return admission == Admission.Admitted ? Turn.Now : Turn.Refused;
    }

    /// <summary>What was admitted is done, or will not be done.</summary>
    private void ReleaseTurn()
    {
        if (_ticket is { } ticket) IoGate.Exit(ticket);
    }

    /// <summary>Gives back the turn that a parked request had waited for, since it will not run now.</summary>
    private void DropTurn()
    {
        if (_turn == TurnState.None) return;
        lock (_lock) _turn = TurnState.None;
        ReleaseTurn();
    }

    /// <summary>The connection is lost: a turn that it waits for is of no use any more.</summary>
    private void WithdrawTicket()
    {
        if (_ticket is { } ticket && ticket.Gate!.Withdraw(ticket)) TurnCame(admitted: false);
    }

    private void TurnCame(bool admitted)
    {
        Runtime.IWorkQueue queue;
        lock (_lock)
        {
            Runtime.Invariant.Check(_turn == TurnState.Waiting && _parked is not null);
            _turn = admitted ? TurnState.Admitted : TurnState.Denied;
            _class = _parked.Class;
            queue = _parked.Gate!.Disk;
        }

        Post(queue);
    }

    private static long BytesOf(RequestSlot slot) => slot.IsRead ? ReadSteps.NextBytes(slot) : slot.Kind == IoKind.Write ? slot.Header.Size : 0;

    private sealed class Ticket(ClientConnection connection) : IoTicket
    {
        public IoGate? Gate;

        internal override void Answered(bool admitted) => connection.TurnCame(admitted);
    }
}
