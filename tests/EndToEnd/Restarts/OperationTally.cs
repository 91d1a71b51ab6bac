namespace CubeActors.EndToEnd;

/// <summary>What applications saw of one kind of operation. Thread-safe.</summary>
internal sealed class OperationTally(string kind)
{
    /// <summary>Texts of failures kept; more are counted only.</summary>
    private const int TextsMax = 8;

    private readonly Lock _lock = new();
    private readonly List<string> _failures = [];
    private long _done;
    private long _failed;
    private TimeSpan _longest;

    public long Done { get { lock (_lock) return _done; } }

    public long Failed { get { lock (_lock) return _failed; } }

    /// <summary>The longest operation, with all retries of the client: the stall that an application saw.</summary>
    public TimeSpan Longest { get { lock (_lock) return _longest; } }

    public void Count(TimeSpan taken)
    {
        lock (_lock)
        {
            _done++;
            if (taken > _longest) _longest = taken;
        }
    }

    public void Fail(TimeSpan taken, string what)
    {
        lock (_lock)
        {
            _failed++;
            if (_failures.Count < TextsMax) _failures.Add($"after {taken.TotalSeconds:0.00} s: {what}");
        }
    }

    public override string ToString()
    {
        lock (_lock)
            return $"{kind}: {_done} done, {_failed} failed, longest {_longest.TotalSeconds:0.00} s"
                + string.Concat(_failures.Select(failure => $"{Environment.NewLine}    {failure}"));
    }
}
