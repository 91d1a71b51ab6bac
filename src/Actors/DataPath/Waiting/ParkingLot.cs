namespace CubeActors.Actors;

/// <summary>The limits of all parking lots of a node.</summary>
/// <param name="RequestsPerPartition">That wait for one partition.</param>
/// <param name="BytesPerPartition">Of buffers that they hold.</param>
/// <param name="Requests">That wait on the whole node.</param>
/// <param name="Bytes">Of buffers that they hold: a part of the node's budget, so that what waits cannot spend all of it.</param>
internal sealed record ParkingLimits(int RequestsPerPartition, long BytesPerPartition, int Requests, long Bytes)
{
    public static ParkingLimits Of(WaitingSettings settings, long bufferBudgetBytes) =>
        new(settings.RequestsPerPartitionMax, settings.BytesPerPartitionMax, settings.RequestsMax, (long)(bufferBudgetBytes * settings.BufferShare));
}

/// <summary>What waits on the whole node. One owner, as its lots.</summary>
internal sealed class ParkingTotals
{
    public int Count { get; set; }
    public long Bytes { get; set; }
}

/// <summary>The requests that wait for one partition, oldest first. No clock and no lock: its owner has both.</summary>
/// <remarks>Invariants: a ticket that was taken in is given out exactly once; neither this lot nor all of them together exceed their limits.</remarks>
internal sealed class ParkingLot(ParkingLimits limits, ParkingTotals totals)
{
    private readonly LinkedList<WaitTicket> _waiting = [];

    public int Count => _waiting.Count;
    public long Bytes { get; private set; }

    /// <returns>False if there is no room; the ticket was not taken in.</returns>
    public bool TryPark(WaitTicket ticket)
    {
        Runtime.Invariant.Check(ticket.Place is null);
        if (Count >= limits.RequestsPerPartition || totals.Count >= limits.Requests) return false;
        if (Bytes + ticket.Bytes > limits.BytesPerPartition || totals.Bytes + ticket.Bytes > limits.Bytes) return false;
        ticket.Place = _waiting.AddLast(ticket);
        Add(1, ticket.Bytes);
        return true;
    }

    /// <returns>False if it has been given out already: it is told how its wait ended.</returns>
    public bool Remove(WaitTicket ticket)
    {
        if (ticket.Place?.List != _waiting) return false;
        _waiting.Remove(ticket.Place);
        ticket.Place = null;
        Add(-1, -ticket.Bytes);
        return true;
    }

    /// <summary>Gives out those whose time is over at <paramref name="now"/>.</summary>
    public void TakeOverdue(long now, List<WaitTicket> to)
    {
        // Not only from the front: a delete waits longer than the appends behind it.
        for (var place = _waiting.First; place is not null;)
        {
            var ticket = place.Value;
            place = place.Next;
            if (now > ticket.Deadline && Remove(ticket)) to.Add(ticket);
        }
    }

    /// <summary>Gives out all, oldest first.</summary>
    public void TakeAll(List<WaitTicket> to)
    {
        while (_waiting.First is { Value: var ticket } && Remove(ticket)) to.Add(ticket);
    }

    private void Add(int requests, long bytes)
    {
        Bytes += bytes;
        totals.Count += requests;
        totals.Bytes += bytes;
        Runtime.Invariant.Check(Bytes >= 0 && totals.Count >= 0 && totals.Bytes >= 0);
    }
}
