using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>The last requests that took longer than a threshold. What is faster costs one comparison. Thread-safe.</summary>
/// <param name="threshold">Zero: none is kept.</param>
public sealed class SlowRequests(TimeSpan threshold, TimeProvider time)
{
    /// <summary>A page for somebody who looks, and a bound on memory; the counters of the meters know them all.</summary>
    public const int KeptMax = 256;

    private readonly RecentRing<SlowRequest> _kept = new(KeptMax);

    /// <summary>In units of <see cref="TimeProvider.GetTimestamp"/>; nothing is longer where nothing is kept.</summary>
    internal long ThresholdTicks { get; } = threshold <= TimeSpan.Zero ? long.MaxValue : (long)(threshold.TotalSeconds * time.TimestampFrequency);

    public TimeSpan Threshold => threshold;

    /// <summary>All since the start, those that are kept no more included.</summary>
    public long Count => _kept.Added;

    /// <summary>Those that are kept, the oldest first.</summary>
    public IReadOnlyList<SlowRequest> Read() => _kept.Read();

    internal void Add(RequestSlot slot, long ticks, Caller caller)
    {
        ref readonly var header = ref slot.Header;
        var isError = slot.IsDecided && slot.IsError; // a read that was sent block by block is not decided
        var own = slot.LocalEndedAt > slot.ReceivedAt ? time.GetElapsedTime(slot.ReceivedAt, slot.LocalEndedAt) : (TimeSpan?)null;
        _kept.Add(new SlowRequest(
            time.GetUtcNow(), OperationNames.Of(header.Opcode), header.Partition, header.Extent, slot.IsRead ? slot.ReadFrom : header.ExtentOffset, header.Size, header.RequestId, caller.Remote,
            slot.Followers.Length, new TimeSpan((long)((double)ticks * TimeSpan.TicksPerSecond / time.TimestampFrequency)), own, isError ? slot.Result : ResultCode.Ok)
        {
            Connection = caller.Connection,
        });
    }
}

/// <summary>One request that was slow.</summary>
/// <param name="At">When it was answered.</param>
/// <param name="Name">Of the operation, as CubeFS calls it.</param>
/// <param name="Offset">In the extent.</param>
/// <param name="Size">Bytes to write or to read.</param>
/// <param name="Remote"><c>ip:port</c> of the client.</param>
/// <param name="Followers">Replicas that it was forwarded to; the client waits for them too.</param>
/// <param name="Took">From the complete request to its answer.</param>
/// <param name="Own">Of that, until this replica's part was done; null where that is not told apart.</param>
public sealed record SlowRequest(
    DateTimeOffset At, string Name, PartitionId Partition, ExtentId Extent, long Offset, uint Size, long RequestId, string Remote, int Followers, TimeSpan Took, TimeSpan? Own,
    ResultCode Result)
{
    /// <summary>Number of the client's connection since the start of the node.</summary>
    public long Connection { get; init; }
}
