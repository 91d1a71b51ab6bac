using System.Threading.Tasks.Sources;

namespace CubeActors.Runtime;

/// <summary>Wakes one waiting loop, any number of times, without allocating. A signal given while nobody waits is kept, once.</summary>
/// <remarks>
/// One waiter at a time. With <paramref name="continuesInline"/> the waiter goes on on the thread that calls <see cref="Set"/>, before Set
/// returns: one thread hop less, and the reason why Set is never called under a lock. Without it the waiter goes on on the thread pool.
/// </remarks>
public sealed class AsyncSignal(bool continuesInline) : IValueTaskSource
{
    private const int Idle = 0, Waiting = 1, Signalled = 2;

    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = !continuesInline && !Elsewhere.IsSimulated };
    private int _state;

    /// <summary>Wakes the waiter, or lets the next wait pass at once.</summary>
    public void Set()
    {
        while (true)
        {
            switch (Volatile.Read(ref _state))
            {
                case Signalled:
                    return;
                case Idle when Interlocked.CompareExchange(ref _state, Signalled, Idle) == Idle:
                    return;
                case Waiting when Interlocked.CompareExchange(ref _state, Idle, Waiting) == Waiting:
                    if (!continuesInline && Elsewhere.IsSimulated) Elsewhere.Post(() => _core.SetResult(true));
                    else _core.SetResult(true);
                    return;
            }
        }
    }

    /// <summary>Completes at the next <see cref="Set"/>, or at once if one is kept. Await it once, right away.</summary>
    public ValueTask WaitAsync()
    {
        if (Interlocked.CompareExchange(ref _state, Idle, Signalled) == Signalled) return default;
        _core.Reset();
        if (Interlocked.CompareExchange(ref _state, Waiting, Idle) == Idle) return new ValueTask(this, _core.Version);
        Volatile.Write(ref _state, Idle); // signalled just now
        return default;
    }

    void IValueTaskSource.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags & ~ValueTaskSourceOnCompletedFlags.UseSchedulingContext);
}
