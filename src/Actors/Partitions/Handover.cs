namespace CubeActors.Actors;

/// <summary>Something that is opened on a disk's thread for an actor which may have ended when it is there: whoever comes second takes it.</summary>
/// <remarks>Thread-safe. Each thing that is given has exactly one owner afterwards, who closes it.</remarks>
internal sealed class Handover<T>
    where T : class
{
    private readonly Lock _lock = new();
    private T? _given;
    private bool _hasEnded;

    /// <returns>False if nobody will take it: the giver keeps it.</returns>
    public bool TryGive(T thing)
    {
        lock (_lock)
        {
            if (_hasEnded) return false;
            _given = thing;
            return true;
        }
    }

    /// <returns>What was given, once; null if nothing was, or it is taken.</returns>
    public T? Take()
    {
        lock (_lock)
        {
            var given = _given;
            _given = null;
            return given;
        }
    }

    /// <summary>Nothing is taken any more.</summary>
    /// <returns>What was given and not taken: the caller keeps it.</returns>
    public T? End()
    {
        lock (_lock) _hasEnded = true;
        return Take();
    }
}
