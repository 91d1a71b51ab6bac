namespace CubeActors.Actors;

/// <summary>How many extents and objects a node deletes a second. Thread-safe.</summary>
/// <remarks>Source: the master's DataNodeDeleteLimitRate; the burst is CubeFS datanode/nodeinfo.go defaultMarkDeleteLimitBurst.</remarks>
internal sealed class DeleteRate(TimeProvider time)
{
    public const int Burst = 512;

    private readonly Lock _lock = new();
    private readonly TokenBucket _bucket = new(time.TimestampFrequency);
    private volatile bool _isLimited;

    /// <param name="perSecond">0: no limit.</param>
    public void Set(ulong perSecond)
    {
        lock (_lock)
        {
            _bucket.Set((long)Math.Min(perSecond, long.MaxValue), Burst, time.GetTimestamp());
            _isLimited = _bucket.Rate > 0;
        }
    }

    /// <returns>False if there have been too many: the sender keeps the rest and comes again.</returns>
    public bool TryTake()
    {
        if (!_isLimited) return true;
        lock (_lock)
        {
            var now = time.GetTimestamp();
            if (!_bucket.Has(1, now)) return false;
            _bucket.Take(1, now);
            return true;
        }
    }

    /// <summary>Takes tokens for work that waits instead of being refused.</summary>
    /// <returns>How long to wait before doing it.</returns>
    public TimeSpan TakeLater(int count)
    {
        if (!_isLimited) return TimeSpan.Zero;
        lock (_lock)
        {
            var now = time.GetTimestamp();
            var ready = _bucket.ReadyAt(count, now);
            _bucket.Take(count, now);
            return time.GetElapsedTime(now, ready);
        }
    }
}
