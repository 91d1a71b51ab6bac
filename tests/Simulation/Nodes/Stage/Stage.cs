using CubeActors.Runtime;

namespace CubeActors.Simulation.Nodes;

/// <summary>One thread, one clock, and strands of work on it. Which strand comes next, where several could, is drawn from the seed.</summary>
/// <remarks>
/// A strand stands for a thread, or for what runs in order as if on one. Time stands still while any strand has work and moves to the next timer when
/// none has. Nothing here waits in real time.
/// </remarks>
internal sealed class Stage
{
    /// <summary>Items in one run; far more than any needs, so that what goes round in circles ends with a sentence.</summary>
    private const long ItemsMax = 1_000_000;

    private readonly List<Strand> _ready = [];
    private readonly PriorityQueue<(StageTimer Timer, int Version), (long Due, long Order)> _timers = new();
    private readonly Action<string>? _tell;
    private readonly HashSet<string> _last = [];
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private string? _escape;
    private long _order;
    private int _strands;

    /// <param name="tell">Gets a line for everything that is traced; null to keep only the hash.</param>
    public Stage(int seed, Action<string>? tell)
    {
        (Random, _tell) = (new Random(seed), tell);
        Idle = new Strand(this, "idle", ++_strands, owner: null);
        Current = Idle;
    }

    public Random Random { get; }

    /// <summary>Virtual time since the run began, in ticks of 100 ns.</summary>
    public long Ticks { get; private set; }

    public TimeSpan Now => TimeSpan.FromTicks(Ticks);

    /// <summary>Whose work runs now.</summary>
    public Strand Current { get; private set; }

    /// <summary>What runs outside of all others.</summary>
    public Strand Idle { get; }

    /// <summary>Called after every item, with the strand it was of.</summary>
    public Action<Strand>? AfterItem { get; set; }

    /// <summary>Stands for all that has happened, in its order: equal for equal runs.</summary>
    public ulong TraceHash { get; private set; } = 14695981039346656037;

    public long Items { get; private set; }

    /// <summary>Nothing of a run may happen on another thread. Where it does, the run is not what its seed says, and ends with this.</summary>
    public void CheckThread()
    {
        if (Environment.CurrentManagedThreadId != _thread) Interlocked.CompareExchange(ref _escape, Environment.StackTrace, null);
    }

    public Strand NewStrand(string name, object? owner) => new(this, name, NextNumber(), owner);

    public int NextNumber() => ++_strands;

    /// <summary>Writes down what happened.</summary>
    public void Trace(string what)
    {
        foreach (var letter in what) Mix(letter);
        Mix((ulong)Ticks);
        _tell?.Invoke($"{Now.TotalSeconds,8:0.0000} {what}");
    }

    /// <summary>Runs something of a strand now, before anything else.</summary>
    public void Within(Strand strand, Action work)
    {
        var before = Current;
        Current = strand;
        try
        {
            work();
        }
        finally
        {
            Current = before;
        }
    }

    /// <summary>Runs all work and all timers up to a moment, or until <paramref name="done"/> holds.</summary>
    /// <returns>Whether it does.</returns>
    public bool RunUntil(TimeSpan end, Func<bool>? done = null)
    {
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null); // what completes a task goes on with what waits for it
        Elsewhere.Simulate(work => Current.Home.Post(work));
        try
        {
            while (true)
            {
                if (_escape is { } escape) throw new InvalidOperationException($"work has left the thread of the simulation:{Environment.NewLine}{escape}");
                if (done is not null && done()) return true;
                if (RunOne()) continue;
                if (!FireNext(end.Ticks)) break;
            }

            Ticks = Math.Max(Ticks, end.Ticks);
            return done is not null && done();
        }
        finally
        {
            Elsewhere.Simulate(null);
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    internal void Ready(Strand strand) => _ready.Add(strand);

    internal void Set(StageTimer timer, long due)
    {
        CheckThread();
        _timers.Enqueue((timer, timer.Version), (due, _order++));
    }

    private bool RunOne()
    {
        while (_ready.Count > 0)
        {
            var at = _ready.Count == 1 ? 0 : Random.Next(_ready.Count);
            var strand = _ready[at];
            if (!strand.TryTake(out var work))
            {
                _ready[at] = _ready[^1];
                _ready.RemoveAt(_ready.Count - 1);
                strand.IsListed = false;
                continue;
            }

            if (++Items > ItemsMax - 100) _last.Add(strand.Name);
            if (Items > ItemsMax) throw new InvalidOperationException($"{ItemsMax} items of work and no end, at {Now}; the last were of {string.Join(", ", _last)}");
            Mix((ulong)strand.Number);
            Current = strand;
            try
            {
                work();
            }
            catch (TestKit.SimulatedCrashException)
            {
                // its process is dead; whoever looks after the item sees that
            }
            finally
            {
                Current = Idle;
            }

            AfterItem?.Invoke(strand);
            return true;
        }

        return false;
    }

    private bool FireNext(long end)
    {
        while (_timers.TryPeek(out var entry, out var key))
        {
            if (entry.Version != entry.Timer.Version || entry.Timer.IsOver)
            {
                _timers.Dequeue();
                continue;
            }

            if (key.Due > end) return false;
            _timers.Dequeue();
            Ticks = Math.Max(Ticks, key.Due);
            Mix((ulong)Ticks);
            entry.Timer.Fire();
            return true;
        }

        return false;
    }

    private void Mix(ulong value) => TraceHash = (TraceHash ^ value) * 1099511628211;
}
