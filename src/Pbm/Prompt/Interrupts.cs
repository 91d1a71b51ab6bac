namespace CubeActors.Pbm;

/// <summary>Where Ctrl-C goes: to the command that a prompt runs, while it runs one; else to the process. Thread-safe.</summary>
internal sealed class Interrupts : IDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _process = new();
    private CancellationTokenSource? _command;

    /// <summary>Fires when the process should end.</summary>
    public CancellationToken Stop => _process.Token;

    /// <summary>Ctrl-C was pressed.</summary>
    public void Raise()
    {
        lock (_lock) (_command ?? _process).Cancel();
    }

    /// <summary>The process was told to end.</summary>
    public void End() => _process.Cancel();

    /// <summary>From now on until the end of the scope Ctrl-C ends this only.</summary>
    public IDisposable Aim(CancellationTokenSource command)
    {
        lock (_lock) _command = command;
        return new Scope(this);
    }

    public void Dispose() => _process.Dispose();

    private sealed class Scope(Interrupts interrupts) : IDisposable
    {
        public void Dispose()
        {
            lock (interrupts._lock) interrupts._command = null;
        }
    }
}
