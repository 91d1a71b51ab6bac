namespace CubeActors.Actors.Tests;

/// <summary>Virtual time on one thread, without locks: it moves only to the next timer that is set, when it is told to.</summary>
internal sealed class HostileClock : TimeProvider
{
    private static readonly DateTimeOffset Epoch = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly List<Timer> _set = [];
    private long _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Since the beginning.</summary>
    public TimeSpan Elapsed => new(_now);

    public override long GetTimestamp() => _now;

    public override DateTimeOffset GetUtcNow() => Epoch + Elapsed;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Calls <paramref name="callback"/> once, later.</summary>
    public void After(TimeSpan wait, Action callback) => CreateTimer(static state => ((Action)state!)(), callback, wait, Timeout.InfiniteTimeSpan);

    /// <summary>From here on whatever is gone on with goes on inline, on this thread: the test runner's context would move it to another.</summary>
    public static void TakeThread() => SynchronizationContext.SetSynchronizationContext(null);

    /// <summary>Moves to the timer that is due next, and fires it.</summary>
    /// <returns>False if none is set: nothing will ever happen again.</returns>
    public bool FireNext()
    {
        Timer? next = null;
        foreach (var timer in _set)
            if (next is null || timer.Due < next.Due) next = timer;
        if (next is null) return false;
        TakeThread();
        _set.Remove(next);
        next.IsSet = false;
        _now = Math.Max(_now, next.Due);
        next.Callback(next.State);
        return true;
    }

    /// <summary>Lets time pass, with all that it brings.</summary>
    public void Advance(TimeSpan by)
    {
        var target = _now + by.Ticks;
        while (_set.Exists(timer => timer.Due <= target)) FireNext();
        _now = target;
    }

    private sealed class Timer(HostileClock clock, TimerCallback callback, object? state) : ITimer
    {
        private bool _disposed;

        public TimerCallback Callback => callback;
        public object? State => state;
        public long Due { get; private set; }
        public bool IsSet { get; set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Assert.Equal(Timeout.InfiniteTimeSpan, period);
            if (_disposed) return false;
            var set = dueTime >= TimeSpan.Zero;
            if (set) Due = clock._now + dueTime.Ticks;
            if (set != IsSet)
            {
                if (set) clock._set.Add(this);
                else clock._set.Remove(this);
            }

            IsSet = set;
            return true;
        }

        public void Dispose()
        {
            _disposed = true;
            if (IsSet) clock._set.Remove(this);
            IsSet = false;
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
