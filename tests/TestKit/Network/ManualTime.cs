namespace CubeActors.TestKit.Network;

/// <summary>A clock for code that runs on other threads: it stands still until a timer is known to be set, then moves by exactly that much.</summary>
/// <remarks>So a test neither sleeps nor guesses whether the code under test has come to its wait yet. Thread-safe.</remarks>
public sealed class ManualTime : TimeProvider
{
    /// <summary>Real time after which a wait that never comes is a failure with a name instead of a run that hangs.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private readonly List<(TimeSpan Due, TaskCompletionSource Fired)> _awaited = [];
    private DateTimeOffset _now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Waits that pass by themselves: as soon as a timer is set for one of these, the clock moves there.</summary>
    public HashSet<TimeSpan> Passing { get; } = [];

    /// <summary>The same for all waits up to this long; zero for none.</summary>
    public TimeSpan PassingUpTo { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock) return _now;
    }

    public override long GetTimestamp()
    {
        lock (_lock) return _now.Ticks;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Completes when a timer set for <paramref name="due"/> was found and the clock was moved so that it fired.</summary>
    /// <exception cref="TimeoutException">No such timer was set within a real minute.</exception>
    public async Task FireAsync(TimeSpan due)
    {
        var fired = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock) _awaited.Add((due, fired));
        Settle();
        try
        {
            await fired.Task.WaitAsync(Patience).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"no timer was set for {due} within {Patience.TotalSeconds:0} s; set are: {Describe()}");
        }
    }

    /// <summary>Moves the clock and fires what comes due, in order.</summary>
    public void Advance(TimeSpan by)
    {
        List<ManualTimer> due;
        lock (_lock)
        {
            _now += by;
            due = TakeDue();
        }

        foreach (var timer in due) timer.Fire();
    }

    private bool Passes(TimeSpan wait) => (PassingUpTo > TimeSpan.Zero && wait <= PassingUpTo) || Passing.Contains(wait);

    private string Describe()
    {
        lock (_lock) return string.Join(", ", _timers.Where(timer => timer.IsSet).Select(timer => timer.SetFor));
    }

    private void Settle()
    {
        while (true)
        {
            TaskCompletionSource? fired = null;
            List<ManualTimer> due;
            lock (_lock)
            {
                TimeSpan by;
                var at = _awaited.FindIndex(wanted => _timers.Exists(timer => timer.IsSet && timer.SetFor == wanted.Due));
                if (at >= 0)
                {
                    (by, fired) = _awaited[at];
                    _awaited.RemoveAt(at);
                }
                else if (_timers.Find(timer => timer.IsSet && Passes(timer.SetFor)) is { } passing)
                {
                    by = passing.SetFor;
                }
                else
                {
                    return;
                }

                var target = _timers.Where(timer => timer.IsSet && timer.SetFor == by).Min(timer => timer.DueAt);
                if (target > _now) _now = target;
                due = TakeDue(); // under the same lock: its owner could reset the timer that was found, and nothing would fire
            }

            foreach (var timer in due) timer.Fire();
            fired?.SetResult();
        }
    }

    private List<ManualTimer> TakeDue()
    {
        var due = _timers.Where(timer => timer.IsSet && timer.DueAt <= _now).OrderBy(timer => timer.DueAt).ToList();
        foreach (var timer in due)
        {
            if (timer.Period > TimeSpan.Zero) timer.DueAt = _now + timer.Period; // once an advance, however far it goes
            else timer.IsSet = false;
        }

        return due;
    }

    private sealed class ManualTimer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        public bool IsSet { get; set; }
        public TimeSpan SetFor { get; private set; }
        public TimeSpan Period { get; private set; }
        public DateTimeOffset DueAt { get; set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            bool wanted;
            lock (time._lock)
            {
                IsSet = dueTime >= TimeSpan.Zero;
                SetFor = dueTime;
                Period = period;
                if (IsSet) DueAt = time._now + dueTime;
                if (IsSet && !time._timers.Contains(this)) time._timers.Add(this);
                if (!IsSet) time._timers.Remove(this);
                wanted = IsSet && (time.Passes(dueTime) || time._awaited.Exists(entry => entry.Due == dueTime));
            }

            // Not here: whoever sets a timer does not expect it to fire within the call.
            if (wanted) ThreadPool.UnsafeQueueUserWorkItem(static state => ((ManualTime)state!).Settle(), time);
            return true;
        }

        public void Dispose()
        {
            lock (time._lock)
            {
                IsSet = false;
                time._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
