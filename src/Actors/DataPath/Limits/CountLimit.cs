using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>So many at a time. The limit is told with every question, since it may change while some are in. Thread-safe.</summary>
internal sealed class CountLimit
{
    private readonly Lock _lock = new();
    private readonly LinkedList<TaskCompletionSource> _waiting = new();
    private int _inside;

    public int Inside { get { lock (_lock) return _inside; } }

    /// <returns>False if <paramref name="max"/> are in already; otherwise <see cref="Exit"/> follows.</returns>
    public bool TryEnter(int max)
    {
        lock (_lock)
        {
            if (_inside >= max) return false;
            _inside++;
            return true;
        }
    }

    /// <summary>Waits for a place, first come first served; <see cref="Exit"/> follows.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> fired first: nothing is held.</exception>
    public async Task EnterAsync(int max, CancellationToken cancel)
    {
        LinkedListNode<TaskCompletionSource> place;
        lock (_lock)
        {
            if (_waiting.Count == 0 && _inside < max)
            {
                _inside++;
                return;
            }

            place = _waiting.AddLast(new TaskCompletionSource(Elsewhere.Continuations));
        }

        await using (cancel.UnsafeRegister(_ => Withdraw(place), null)) await place.Value.Task.ConfigureAwait(false);
    }

    /// <summary>Leaves, and hands the place to whoever waits longest.</summary>
    public void Exit()
    {
        TaskCompletionSource? next = null;
        lock (_lock)
        {
            if (_waiting.First is { } place)
            {
                next = place.Value;
                _waiting.RemoveFirst(); // the count stays: the place passes on
            }
            else
            {
                Invariant.Check(_inside > 0);
                _inside--;
            }
        }

        next?.SetResult();
    }

    private void Withdraw(LinkedListNode<TaskCompletionSource> place)
    {
        lock (_lock)
        {
            if (place.List is null) return; // its turn came at this very moment
            _waiting.Remove(place);
        }

        place.Value.SetCanceled();
    }
}
