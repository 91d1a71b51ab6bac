namespace CubeActors.Runtime;

/// <summary>What the threads of a disk have done for clients, since their start.</summary>
/// <param name="Items">That were begun.</param>
/// <param name="Waited">Time that they stood in the queue, added up over all of them.</param>
/// <param name="Busy">Time in which at least one of them stood in the queue or was being served.</param>
public readonly record struct ClientLoad(long Items, TimeSpan Waited, TimeSpan Busy);

/// <summary>Adds up how long clients wait for the threads of a disk, and for how long they keep them busy. Pure: the caller tells the time, and guards it.</summary>
/// <remarks>No time is kept with an item: what waits, times how long it is so many, is what all of them have waited together (Little's law).</remarks>
/// <param name="ticksPerSecond">Unit of the time that is told.</param>
public sealed class ClientMeter(long ticksPerSecond)
{
    private long _items;
    private long _waited;
    private long _busy;
    private long _at;
    private int _waiting;
    private int _running;

    /// <summary>An item is put into the queue.</summary>
    public void Posted(long now)
    {
        MoveTo(now);
        _waiting++;
    }

    /// <summary>One of those that wait is begun.</summary>
    public void Begun(long now)
    {
        Invariant.Check(_waiting > 0);
        MoveTo(now);
        _waiting--;
        _running++;
        _items++;
    }

    /// <summary>One of those that were begun is done.</summary>
    public void Ended(long now)
    {
        Invariant.Check(_running > 0);
        MoveTo(now);
        _running--;
    }

    /// <summary>Up to now, whatever is still under way included.</summary>
    public ClientLoad Read(long now)
    {
        MoveTo(now);
        return new ClientLoad(_items, Time(_waited), Time(_busy));
    }

    private void MoveTo(long now)
    {
        if (now <= _at) return; // two threads may have taken their times in the other order
        if (_waiting + _running > 0)
        {
            _busy += now - _at;
            _waited += (now - _at) * _waiting;
        }

        _at = now;
    }

    private TimeSpan Time(long ticks) => TimeSpan.FromSeconds(ticks / (double)ticksPerSecond);
}
