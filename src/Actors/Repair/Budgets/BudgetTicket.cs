namespace CubeActors.Actors;

/// <summary>A place in a budget: one stream of work on one disk, and of one peer. Given back by disposing it, once or more often. One owner.</summary>
internal sealed class BudgetTicket : IDisposable
{
    private readonly DiskBudget _disk;
    private readonly PeerBudget? _peer;
    private readonly Urgency _urgency;
    private int _isReturned;

    internal BudgetTicket(DiskBudget disk, TrafficClass kind, PeerBudget? peer, Urgency urgency) => (_disk, Kind, _peer, _urgency) = (disk, kind, peer, urgency);

    public TrafficClass Kind { get; }

    /// <summary>Somebody more urgent waits for such a place: whoever holds it for long gives it back between two steps, and asks again.</summary>
    public bool IsWanted => _disk.IsWanted(Kind, _urgency);

    /// <summary>Waits until so many bytes more may be moved, as the rates of disk and peer are at the moment. Call it before the bytes are asked for.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> fired first.</exception>
    public ValueTask SpendAsync(long bytes, CancellationToken cancel) => _disk.SpendAsync(Kind, _peer, bytes, cancel);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isReturned, 1) == 0) _disk.Return(Kind, _peer);
    }
}

/// <summary>A place of another node that reads here. Given back by disposing it.</summary>
internal sealed class ServeTicket : IDisposable
{
    private readonly DiskBudget _disk;
    private readonly PeerBudget _peer;
    private int _isReturned;

    internal ServeTicket(DiskBudget disk, PeerBudget peer) => (_disk, _peer) = (disk, peer);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isReturned, 1) == 0) _disk.ReturnServed(_peer);
    }
}

/// <summary>Too many wait for such a place already: the work is left for another time.</summary>
internal sealed class BudgetRefusedException(TrafficClass kind, string disk) : Exception($"too much work of the class {kind} waits for disk {disk}");
