namespace CubeActors.TestKit;

/// <summary>
/// A clock that stands still until the test advances it. Timers fire in due order, those due together in the order they were set, and
/// everything a timer causes has run before the next one fires.
/// </summary>
public sealed class VirtualTime(WorkLoop loop) : TimeProvider
{
    /// <summary>Where every test begins; any fixed moment would do.</summary>
    public static readonly DateTimeOffset Epoch = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>A timer that sets itself again without delay would never let time pass.</summary>
    public const int FiringsPerInstantMax = 100_000;

    private readonly Lock _gate = new();
    private readonly PriorityQueue<VirtualTimer, (TimeSpan Due, long Order)> _timers = new();
    private TimeSpan _elapsed;
    private long _order;

    public VirtualTime() : this(new WorkLoop()) { }

    /// <summary>The loop that timers' callbacks run on.</summary>
    public WorkLoop Loop => loop;

    /// <summary>Virtual time since the test began.</summary>
    public TimeSpan Elapsed
    {
        get
        {
            lock (_gate) return _elapsed;
        }
    }

    /// <summary>When the next timer fires, on the scale of <see cref="Elapsed"/>; null if none is set.</summary>
    public TimeSpan? NextDue
    {
        get
        {
            lock (_gate) return PeekLive()?.Due;
        }
    }

    /// <summary>Whether some timer fires exactly <paramref name="wait"/> from now: what another thread's answer was to set has been set.</summary>
    public bool IsDueIn(TimeSpan wait)
    {
        lock (_gate) return _timers.UnorderedItems.Any(entry => IsLive(entry.Element, entry.Priority.Order) && entry.Element.Due == _elapsed + wait);
    }

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;
    public override DateTimeOffset GetUtcNow() => Epoch + Elapsed;
    public override long GetTimestamp() => Elapsed.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new VirtualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Runs what is ready, then lets <paramref name="duration"/> pass with all it causes.</summary>
    public void Advance(TimeSpan duration)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(duration, TimeSpan.Zero);
        AdvanceUntil(duration, static () => false);
    }

    public void AdvanceTo(DateTimeOffset moment) => Advance(moment - GetUtcNow());

    /// <summary>Like <see cref="Advance"/>, but time stops as soon as <paramref name="stop"/> holds.</summary>
    internal void AdvanceUntil(TimeSpan duration, Func<bool> stop)
    {
        loop.RunUntilIdle();
        var target = Elapsed + duration;
        var firings = 0;
        while (!stop() && TakeDue(target, out var advanced) is { } timer)
        {
            firings = advanced ? 0 : firings + 1;
            if (firings == FiringsPerInstantMax)
                throw new InvalidOperationException(
                    $"{FiringsPerInstantMax} timers fired at +{Elapsed}: does one set itself again without delay?");
            loop.Post(timer.Callback);
            loop.RunUntilIdle();
        }
        if (stop()) return;
        lock (_gate) _elapsed = target;
    }

    internal bool Set(VirtualTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        lock (_gate)
        {
            if (timer.IsDisposed) return false;
            timer.Version++;
            timer.Period = period > TimeSpan.Zero ? period : null;
            timer.IsSet = dueTime >= TimeSpan.Zero;
            if (timer.IsSet) Enqueue(timer, _elapsed + dueTime);
            return true;
        }
    }

    internal void Dispose(VirtualTimer timer)
    {
        lock (_gate)
        {
            timer.IsDisposed = true;
            timer.IsSet = false;
            timer.Version++;
        }
    }

    private void Enqueue(VirtualTimer timer, TimeSpan due)
    {
        timer.Due = due;
        timer.QueuedVersion = timer.Version;
        timer.QueuedOrder = _order++;
        _timers.Enqueue(timer, (due, timer.QueuedOrder));
    }

    private VirtualTimer? TakeDue(TimeSpan target, out bool advanced)
    {
        lock (_gate)
        {
            advanced = false;
            if (PeekLive() is not { } timer || timer.Due > target) return null;
            _timers.Dequeue();
            advanced = timer.Due > _elapsed;
            _elapsed = timer.Due;
            if (timer.Period is { } period) Enqueue(timer, timer.Due + period);
            else timer.IsSet = false;
            return timer;
        }
    }

    // A changed or disposed timer stays in the heap until it surfaces: its queue entry is stale and is dropped here.
    private VirtualTimer? PeekLive()
    {
        while (_timers.TryPeek(out var timer, out var key))
        {
            if (IsLive(timer, key.Order)) return timer;
            _timers.Dequeue();
        }
        return null;
    }

    private static bool IsLive(VirtualTimer timer, long order) => timer.IsSet && timer.QueuedVersion == timer.Version && timer.QueuedOrder == order;
}
