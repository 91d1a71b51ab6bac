namespace CubeActors.Actors;

/// <summary>Somebody who asks a limited disk for a turn. Used again and again; one question at a time.</summary>
internal abstract class IoTicket
{
    // All guarded by the gate that was asked.
    internal long Bytes;
    internal bool TakesSlot;
    internal bool MayBeRefused;
    internal long AskedAt;
    internal IoGate? SlotOf;
    internal readonly LinkedListNode<IoTicket> Place; // in the row of a gate; its own, so that to wait allocates nothing

    protected IoTicket() => Place = new LinkedListNode<IoTicket>(this);

    /// <summary>The turn has come, or will not come any more. Any thread, no lock held.</summary>
    /// <param name="admitted">False if it waited too long.</param>
    internal abstract void Answered(bool admitted);
}

/// <summary>What a gate says at once.</summary>
internal enum Admission
{
    /// <summary>Now; <see cref="IoGate.Exit"/> follows.</summary>
    Admitted,

    /// <summary>Not now: the ticket will be told.</summary>
    Waits,

    /// <summary>Too many wait already.</summary>
    Refused,
}
