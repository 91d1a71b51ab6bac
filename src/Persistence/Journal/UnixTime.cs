namespace CubeActors.Persistence;

/// <summary>Moments as the journal stores them: milliseconds since 1970 UTC.</summary>
internal static class UnixTime
{
    public static long From(DateTime utc) => (utc - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMillisecond;

    public static bool TryTo(long milliseconds, out DateTime utc)
    {
        var isPossible = milliseconds >= From(DateTime.MinValue) && milliseconds <= From(DateTime.MaxValue);
        utc = isPossible ? DateTime.UnixEpoch.AddTicks(milliseconds * TimeSpan.TicksPerMillisecond) : default;
        return isPossible;
    }
}
