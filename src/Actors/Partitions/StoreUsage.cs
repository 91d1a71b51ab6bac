using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>Counts who is inside an extent store, so that it is closed or deleted only when nobody is.</summary>
/// <remarks>Thread-safe. Once closed it stays closed: a store that is opened anew gets a new count.</remarks>
internal sealed class StoreUsage
{
    private const int Closed = int.MinValue; // the sign bit; the count is below it

    private readonly TaskCompletionSource _drained = new(Elsewhere.Continuations);
    private int _state;

    /// <returns>False once closed; otherwise the caller is in and must <see cref="Exit"/>.</returns>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _state) > 0) return true;
        Exit();
        return false;
    }

    public void Exit()
    {
        var state = Interlocked.Decrement(ref _state);
        Invariant.Check(state != -1 && state != int.MaxValue); // left more often than entered
        if (state == Closed) _drained.TrySetResult();
    }

    /// <summary>Lets nobody in any more.</summary>
    /// <returns>Completes when the last one has left.</returns>
    public Task CloseAsync()
    {
        if (Interlocked.Or(ref _state, Closed) == 0) _drained.TrySetResult();
        return _drained.Task;
    }
}
