using System.Diagnostics;

namespace CubeActors.Restart;

/// <summary>What the clients saw of one kind of operation during one restart. Thread-safe.</summary>
internal sealed class OperationTally(string kind)
{
    private readonly Lock _lock = new();
    private long _done;
    private long _failed;
    private TimeSpan _longest;
    private string? _lastFailure;

    public void Begin()
    {
        lock (_lock) (_done, _failed, _longest, _lastFailure) = (0, 0, TimeSpan.Zero, null);
    }

    /// <param name="failure">Null for a success.</param>
    public void Count(long startedAt, string? failure)
    {
        var taken = Stopwatch.GetElapsedTime(startedAt);
        lock (_lock)
        {
            if (failure is null) _done++;
            else (_failed, _lastFailure) = (_failed + 1, failure);
            if (taken > _longest) _longest = taken;
        }
    }

    public OperationReport Report()
    {
        lock (_lock) return new OperationReport(kind, _done, _failed, Math.Round(_longest.TotalSeconds, 3), _lastFailure);
    }
}
