namespace CubeActors.Node;

/// <summary>One line on a terminal that says how far a look at the disks is. Thread-safe; writes nothing where nobody watches.</summary>
internal sealed class ProgressLine(TextWriter terminal, bool isWatched, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200); // a terminal over a slow line keeps up
    private readonly Lock _lock = new();
    private long _shownAt;
    private int _width;

    public void Show(SurveyProgress progress)
    {
        if (!isWatched) return;
        lock (_lock)
        {
            if (_width > 0 && time.GetElapsedTime(_shownAt) < Pause) return;
            _shownAt = time.GetTimestamp();
            var text = $"{progress.Looked} of {progress.Found} partitions on {progress.Disks} disks";
            terminal.Write($"\r{text.PadRight(_width)}");
            _width = text.Length;
        }
    }

    /// <summary>Takes the line away, so that what follows stands alone.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_width > 0) terminal.Write($"\r{new string(' ', _width)}\r");
            _width = 0;
        }
    }
}
