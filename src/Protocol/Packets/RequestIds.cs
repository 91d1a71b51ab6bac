namespace CubeActors.Protocol;

/// <summary>Numbers for the requests that this process sends. A request that is sent again keeps its number.</summary>
/// <remarks>Source: CubeFS proto/packet.go GenerateRequestID. Peers compare replies with it, but never tell processes apart by it.</remarks>
public static class RequestIds
{
    private static readonly RequestIdGenerator Process = new(0);

    /// <summary>Thread-safe; never gives a number twice.</summary>
    public static long Next() => Process.Next();

    /// <summary>Moves the numbers up to those of a process started now, so that they differ from the last run's. Never moves back.</summary>
    public static void StartFrom(long unixSeconds) => Process.RaiseTo(unixSeconds);
}

/// <summary>Counts up from (unix seconds &lt;&lt; 32) + 1, incremented before use. Thread-safe.</summary>
public sealed class RequestIdGenerator(long unixSeconds)
{
    private long _last = FirstAt(unixSeconds);

    public long Next() => Interlocked.Increment(ref _last);

    internal void RaiseTo(long unixSeconds)
    {
        var floor = FirstAt(unixSeconds);
        for (var seen = Volatile.Read(ref _last); seen < floor;)
        {
            var before = Interlocked.CompareExchange(ref _last, floor, seen);
            if (before == seen) return;
            seen = before;
        }
    }

    private static long FirstAt(long unixSeconds) => (unixSeconds << 32) + 1;
}
