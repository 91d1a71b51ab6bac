namespace CubeActors.Decommission;

/// <summary>Lets the writers of a trial work, holds them while replicas are compared, and ends them. Thread-safe.</summary>
internal sealed class WorkGate
{
    private readonly object _lock = new();
    private int _inside;
    private bool _isClosed, _isOver;

    public bool IsOver
    {
        get
        {
            lock (_lock) return _isOver;
        }
    }

    /// <summary>Waits while it is closed.</summary>
    /// <returns>False: it is over.</returns>
    public bool Enter()
    {
        lock (_lock)
        {
            while (_isClosed && !_isOver) Monitor.Wait(_lock);
            if (_isOver) return false;
            _inside++;
            return true;
        }
    }

    public void Exit()
    {
        lock (_lock)
        {
            _inside--;
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Nobody is inside on return, and nobody comes in until <see cref="Open"/>.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            while (_inside > 0) Monitor.Wait(_lock);
        }
    }

    public void Open()
    {
        lock (_lock)
        {
            _isClosed = false;
            Monitor.PulseAll(_lock);
        }
    }

    public void End()
    {
        lock (_lock)
        {
            _isOver = true;
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>A pause that ends with the trial.</summary>
    public void Wait(TimeSpan time)
    {
        var until = System.Diagnostics.Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * System.Diagnostics.Stopwatch.Frequency);
        lock (_lock)
            while (!_isOver && System.Diagnostics.Stopwatch.GetElapsedTime(System.Diagnostics.Stopwatch.GetTimestamp(), until) is var rest && rest > TimeSpan.Zero)
                Monitor.Wait(_lock, rest);
    }
}
