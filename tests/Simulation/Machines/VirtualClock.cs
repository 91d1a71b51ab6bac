namespace CubeActors.Simulation;

/// <summary>The monotonic clock of one simulated process. It moves when the world says so, and then fires what has come due, in order.</summary>
internal sealed class VirtualClock : TimeProvider
{
    private readonly List<Timer> _timers = [];
    private long _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now;

    public override DateTimeOffset GetUtcNow() => new(new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddTicks(_now));

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        _timers.Add(timer);
        return timer;
    }

    public void MoveTo(long now)
    {
        _now = now;
        for (var i = 0; i < _timers.Count; i++) _timers[i].FireIfDue();
    }

    private sealed class Timer(VirtualClock clock, TimerCallback callback, object? state) : ITimer
    {
        private long? _dueAt;
        private long _period;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _dueAt = dueTime < TimeSpan.Zero ? null : clock._now + dueTime.Ticks;
            _period = period.Ticks;
            return true;
        }

        public void FireIfDue()
        {
            if (_dueAt is not { } dueAt || dueAt > clock._now) return;
            _dueAt = _period > 0 ? clock._now + _period : null;
            callback(state);
        }

        public void Dispose() => _dueAt = null;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
