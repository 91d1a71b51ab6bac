namespace CubeActors.Actors;

/// <summary>How long the log of tiny deletes was said to be in the last repair task for another replica. Thread-safe.</summary>
/// <remarks>
/// A follower of CubeFS reads the log up to the length that it was told, and goes on using the connection: whatever is sent beyond, it takes for its
/// next answer. So nothing beyond is sent. Source: storage-and-repair 4.13 case B, 4.14(5).
/// </remarks>
internal sealed class RecordAnnouncement
{
    private const long Nothing = -1;

    private long _bytes = Nothing;

    /// <summary>Tells others this length from now on.</summary>
    public void Set(long bytes) => Interlocked.Exchange(ref _bytes, bytes);

    /// <summary>Where the log ends for another replica.</summary>
    /// <param name="logBytes">Where it ends.</param>
    public long End(long logBytes)
    {
        var announced = Interlocked.Read(ref _bytes);
        return announced == Nothing ? logBytes : Math.Min(logBytes, announced);
    }
}
