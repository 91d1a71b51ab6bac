namespace CubeActors.TestKit;

/// <summary>
/// The deterministic work scheduler of a test: a first-in-first-out queue that runs only when the test says so, on the test's thread.
/// </summary>
/// <remarks>
/// Work runs without a SynchronizationContext, so that continuations of a task completed here (also those behind ConfigureAwait(false),
/// as in PipeTo) run at once instead of hopping to the thread pool. <see cref="Post"/> may be called from any thread; running may not.
/// </remarks>
public sealed class WorkLoop
{
    /// <summary>
    /// More items than any scenario needs; actors that answer each other for ever are stopped here instead of hanging the test.
    /// </summary>
    public const int ItemsPerRunMax = 1_000_000;

    private readonly Lock _gate = new();
    private readonly Queue<Action> _ready = new();
    private readonly AutoResetEvent _posted = new(false);
    private bool _running;

    public bool IsIdle
    {
        get
        {
            lock (_gate) return _ready.Count == 0;
        }
    }

    public void Post(Action work)
    {
        ArgumentNullException.ThrowIfNull(work);
        lock (_gate) _ready.Enqueue(work);
        _posted.Set();
    }

    /// <summary>Runs what is queued and what that queues, until nothing is left. An exception of the work reaches the caller.</summary>
    /// <exception cref="InvalidOperationException">Called from inside the work it runs, or the work never ends.</exception>
    public void RunUntilIdle()
    {
        if (_running) throw new InvalidOperationException("RunUntilIdle was called from inside the work it runs.");
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        _running = true;
        try
        {
            RunAll();
        }
        finally
        {
            _running = false;
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    /// <summary>
    /// Runs until <paramref name="done"/> holds, waiting in real time for work that other threads post. For the few tests that involve a
    /// real thread; all others are done the moment the loop is idle.
    /// </summary>
    /// <returns>False if <paramref name="realTimeMax"/> passed first.</returns>
    public bool RunUntil(Func<bool> done, TimeSpan realTimeMax)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            RunUntilIdle();
            if (done()) return true;
            var left = realTimeMax - TimeProvider.System.GetElapsedTime(started);
            if (left <= TimeSpan.Zero) return false;
            // The condition may become true without a post (a task completing elsewhere): look again every few milliseconds.
            _posted.WaitOne(left < PollInterval ? left : PollInterval);
        }
    }

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(5);

    private void RunAll()
    {
        for (var items = 0; TryTake(out var work); items++)
        {
            if (items == ItemsPerRunMax)
                throw new InvalidOperationException(
                    $"Not idle after {ItemsPerRunMax} items of work: do actors answer each other for ever?");
            work();
        }
    }

    private bool TryTake(out Action work)
    {
        lock (_gate) return _ready.TryDequeue(out work!);
    }
}
