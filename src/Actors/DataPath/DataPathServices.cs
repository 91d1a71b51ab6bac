using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>What every connection of a node shares.</summary>
internal sealed record DataPathServices(
    INetwork Network, BufferPool Buffers, TimeProvider Time, PartitionGates Partitions, NodeGate Node, DataPathSettings Settings, IAdminDesk Admin, IDataPathEvents Events)
{
    /// <summary>What bounds the work on disks, deletes and repair.</summary>
    public NodeLimits Limits { get; init; } = new(DiskQosSettings.Default, [], Time, Node);

    /// <summary>Counts and times what is answered.</summary>
    public OperationMeters Meters { get; init; } = new(Time, LatencyBounds.Operations);

    /// <summary>Looks at where packets of masters and data nodes come from.</summary>
    public SourceCheck Sources { get; init; } = SourceCheck.Off;

    /// <summary>Who wants to see single requests; null: nobody.</summary>
    public IPacketTrace? Trace { get; init; }

    /// <summary>Takes samples of requests with their phases; null: nobody does.</summary>
    public ITraceSink? Spans { get; init; }

    /// <summary>Remembers what took long.</summary>
    public SlowRequests Slow { get; init; } = new(TimeSpan.Zero, Time);

    /// <summary>Counts and times what waits for partitions.</summary>
    public WaitMeters Waits { get; init; } = new(Time);

    /// <summary>The time a wait that starts now ends, in <see cref="TimeProvider.GetTimestamp"/> units.</summary>
    public long Deadline(TimeSpan wait) => Time.GetTimestamp() + Ticks(wait);

    /// <summary>A time in the same units.</summary>
    public long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Time.TimestampFrequency);
}

/// <summary>Where the data path hands over the tasks of a master.</summary>
internal interface IAdminDesk
{
    /// <summary>Takes a task; <paramref name="reply"/> is answered once, later, on any thread.</summary>
    /// <param name="json">Data of the packet; the callee's own.</param>
    void Accept(Protocol.PacketHeader header, byte[] json, IAdminReply reply);
}

/// <summary>The way back to the connection a task came on. Later answers than the first, or to a closed connection, are dropped.</summary>
internal interface IAdminReply
{
    void Succeed(byte[]? data = null);

    /// <param name="text">Without the action prefix, which the connection puts before it.</param>
    void Refuse(string text);
}

/// <summary>What the data path tells: few, so that a stranger's garbage costs one line and no more.</summary>
internal interface IDataPathEvents
{
    /// <summary>Bytes that are no packet, or one beyond the limits; the connection was closed.</summary>
    void Malformed(Caller caller, string what);

    /// <summary>A connection was closed before it was served.</summary>
    void Refused(string remote, string why);

    /// <summary>A peer stood still; the connection was closed.</summary>
    void Stalled(Caller caller, string what);

    /// <summary>Another node answered something else than was asked: the connection to it was closed.</summary>
    void ReplyMismatch(ReplyMismatch mismatch);

    /// <summary>The disk failed under a request.</summary>
    void DiskFault(PartitionGate gate, DiskFaultException fault);

    /// <summary>A broken promise of ours, met on an I/O thread or in a loop.</summary>
    void Broken(string where, Exception e);
}
