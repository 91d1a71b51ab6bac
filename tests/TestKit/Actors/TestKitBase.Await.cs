using Xunit.Sdk;

namespace CubeActors.TestKit;

public abstract partial class TestKitBase
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Left of the innermost Within.</summary>
    public TimeSpan Remaining => _end is { } end
        ? end - Now
        : throw new InvalidOperationException("Remaining is known only inside Within.");

    public TimeSpan RemainingOrDefault => _end is { } end ? end - Now : Dilated(Setting("single-expect-default"));

    private TimeSpan NoMessageDefault => Dilated(Setting("expect-no-message-default"));

    public TimeSpan Dilated(TimeSpan duration) => duration * Sys.Settings.Config.GetDouble("akka.test.timefactor", 1.0);

    public void Within(TimeSpan max, Action action, string? hint = null) => Within(TimeSpan.Zero, max, action, hint);

    public T Within<T>(TimeSpan max, Func<T> function, string? hint = null)
    {
        var result = default(T)!;
        Within(TimeSpan.Zero, max, () => { result = function(); }, hint);
        return result;
    }

    /// <summary>The action takes at least <paramref name="min"/> and at most <paramref name="max"/> of the kit's time.</summary>
    public void Within(TimeSpan min, TimeSpan max, Action action, string? hint = null)
    {
        var (outer, start) = (_end, Now);
        var end = start + Dilated(max);
        _end = outer < end ? outer : end;
        try
        {
            action();
        }
        finally
        {
            _end = outer;
        }
        var took = Now - start;
        if (took < min) Fail($"Expected the block to take at least {min:c}, but it took {took:c}.", hint);
        if (took > end - start) Fail($"Expected the block to take at most {max:c}, but it took {took:c}.", hint);
    }

    /// <summary>
    /// Until <paramref name="assertion"/> no longer throws. Virtual time passes in steps of <paramref name="interval"/>, by
    /// <paramref name="duration"/> at most; the last failure is the test's.
    /// </summary>
    public void AwaitAssert(Action assertion, TimeSpan? duration = null, TimeSpan? interval = null)
    {
        XunitException? last = null;
        if (!Poll(Holds, duration ?? RemainingOrDefault, interval ?? PollInterval)) throw last!;

        bool Holds()
        {
            try
            {
                assertion();
                return true;
            }
            catch (XunitException failure)
            {
                last = failure;
                return false;
            }
        }
    }

    public void AwaitCondition(Func<bool> conditionIsFulfilled, TimeSpan? max = null, TimeSpan? interval = null, string? message = null)
    {
        var limit = max ?? RemainingOrDefault;
        if (!Poll(conditionIsFulfilled, limit, interval ?? PollInterval)) Fail($"Expected a condition to hold within {limit:c}.", message);
    }

    /// <summary>
    /// The result of a task that the code under test completes. In virtual time the work loop runs until then; real time is waited for
    /// only if the task needs another thread.
    /// </summary>
    public T Await<T>(Task<T> task)
    {
        Await((Task)task);
        return task.GetAwaiter().GetResult();
    }

    public void Await(Task task)
    {
        // Not RunUntil alone: in the common case the task is done after one run, and a task nobody will complete costs RealTimeMax once.
        var done = IsVirtual ? Loop.RunUntil(() => task.IsCompleted, RealTimeMax) : Task.WaitAny([task], RealTimeMax) == 0;
        if (!done) Fail("Expected a task to complete.");
        task.GetAwaiter().GetResult();
    }

    /// <summary>
    /// Completes a task that the code under test awaits or pipes, and runs all that follows. Virtual time only.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// The source runs its continuations on the thread pool, where no test could follow them in order.
    /// </exception>
    public void Complete<T>(TaskCompletionSource<T> source, T result) => CompleteOnLoop(source.Task, () => source.SetResult(result));

    public void Complete(TaskCompletionSource source) => CompleteOnLoop(source.Task, source.SetResult);

    /// <summary>Like <see cref="Complete(TaskCompletionSource)"/>, with a failure.</summary>
    public void Fault<T>(TaskCompletionSource<T> source, Exception cause) => CompleteOnLoop(source.Task, () => source.SetException(cause));

    public void Fault(TaskCompletionSource source, Exception cause) => CompleteOnLoop(source.Task, () => source.SetException(cause));

    private void CompleteOnLoop(Task task, Action complete)
    {
        if (task.CreationOptions.HasFlag(TaskCreationOptions.RunContinuationsAsynchronously))
            throw new InvalidOperationException(
                "Create the TaskCompletionSource without RunContinuationsAsynchronously: its continuations would leave the test's thread.");
        Loop.Post(complete);
        Loop.RunUntilIdle();
    }

    private bool Poll(Func<bool> condition, TimeSpan max, TimeSpan interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        var until = Now + max;
        if (IsVirtual) Loop.RunUntilIdle();
        while (!condition())
        {
            var left = until - Now;
            if (left <= TimeSpan.Zero) return false;
            var step = left < interval ? left : interval;
            if (IsVirtual) Time.Advance(step);
            else Thread.Sleep(step); // real time only: the polled state has no event to wait for
        }
        return true;
    }

    private TimeSpan Setting(string key) => Sys.Settings.Config.GetTimeSpan($"akka.test.{key}", TimeSpan.FromSeconds(3));
}
