namespace CubeActors.Simulation.Nodes;

/// <summary>The clock of a <see cref="Stage"/> as one process sees it: its timers fire on a strand of that process, and die with it.</summary>
internal sealed class StageTime(Stage stage, Strand strand) : TimeProvider
{
    private static readonly DateTimeOffset Epoch = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long GetTimestamp() => stage.Ticks + TimeSpan.TicksPerHour; // not 0, which code takes for "no deadline"

    public override DateTimeOffset GetUtcNow() => Epoch.AddTicks(stage.Ticks);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new StageTimer(stage, strand, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }
}

/// <summary>One timer. A firing that has not run yet is not repeated: who was asleep for ten periods is woken once.</summary>
internal sealed class StageTimer(Stage stage, Strand strand, Action callback) : ITimer
{
    private TimeSpan _period;
    private bool _isQueued;

    internal int Version { get; private set; }

    internal bool IsOver { get; private set; }

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        if (IsOver) return false;
        Version++;
        _period = period;
        if (dueTime >= TimeSpan.Zero) stage.Set(this, stage.Ticks + dueTime.Ticks);
        return true;
    }

    public void Dispose()
    {
        IsOver = true;
        Version++;
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }

    internal void Fire()
    {
        if (_period > TimeSpan.Zero) stage.Set(this, stage.Ticks + _period.Ticks);
        if (strand == stage.Idle)
        {
            callback();
            return;
        }

        if (_isQueued) return;
        _isQueued = true;
        var version = Version;
        strand.Post(() =>
        {
            _isQueued = false;
            if (version == Version && !IsOver) callback();
        });
    }
}
