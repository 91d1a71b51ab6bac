using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>How a wait ended.</summary>
public enum WaitOutcome
{
    /// <summary>The partition served in time, and the request was executed.</summary>
    Served,

    /// <summary>It did not; the request was refused without being executed.</summary>
    TimedOut,

    /// <summary>Too many waited already.</summary>
    Overflow,

    /// <summary>Nobody was there any more to be answered; the request was dropped without being executed.</summary>
    CallerGone,

    /// <summary>The partition will not serve, the node stops, or the partition admits no such request now.</summary>
    Refused,
}

/// <summary>One request that waits for its partition. In one parking lot at most; told once how that ended.</summary>
internal abstract class WaitTicket(PartitionId partition, int bytes, long since, long deadline)
{
    public PartitionId Partition => partition;

    /// <summary>Bytes of the node's buffers that it holds.</summary>
    public int Bytes => bytes;

    /// <summary>When it began to wait, and after when it must not be executed, in units of <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long Since => since;
    public long Deadline => deadline;

    /// <summary>Its place in a lot; null while it is in none.</summary>
    internal LinkedListNode<WaitTicket>? Place { get; set; }

    /// <summary>The partition serves. Any thread, under no lock of the lot; it must be quick.</summary>
    public abstract void Admit(PartitionGate gate);

    /// <summary>The partition did not serve in time, or will not. As above.</summary>
    public abstract void Refuse(WaitOutcome outcome);
}
