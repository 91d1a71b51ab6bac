namespace CubeActors.Client;

/// <summary>The pauses between rounds over all replicas: each longer than the last by a random part of it. Pure.</summary>
/// <remarks>Source: CubeFS sdk/data/stream/stream_conn.go sendToDataPartition, whose fixed factor is an integer division that gives 1.</remarks>
internal static class RoundPause
{
    /// <param name="fraction">From 0 to 1.</param>
    public static TimeSpan Next(TimeSpan last, double fraction, TimeSpan most)
    {
        var next = last + (last * fraction);
        return next < most ? next : most;
    }
}
