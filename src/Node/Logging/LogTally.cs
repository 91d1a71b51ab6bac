namespace CubeActors.Node;

/// <summary>Counts what a node's log was given. Thread-safe.</summary>
internal sealed class LogTally
{
    private long _errors;
    private long _dropped;

    /// <summary>Lines of level error and above.</summary>
    public long Errors => Interlocked.Read(ref _errors);

    /// <summary>Lines that were not written, because they came faster than the disk takes them or it took none.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public void CountError() => Interlocked.Increment(ref _errors);

    public void CountDropped() => Interlocked.Increment(ref _dropped);
}
