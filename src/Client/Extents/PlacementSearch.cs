using CubeActors.Protocol;

namespace CubeActors.Client;

/// <summary>When the search for a partition that takes a new extent pauses, and when it is over. Pure; one owner.</summary>
/// <remarks>
/// Partitions that were not tried yet are tried one after the other, as the SDK does it. One that comes up again waits first, longer each
/// time: with as many nodes as replicas a node that restarts takes every partition away for a while, and nothing but time helps.
/// </remarks>
internal sealed class PlacementSearch(ClientSettings settings)
{
    private readonly HashSet<PartitionId> _tried = [];
    private TimeSpan _pause = settings.RetryPause;

    /// <summary>Creates that were asked for.</summary>
    public int Attempts { get; private set; }

    /// <summary>To be called before each create.</summary>
    /// <returns>What to wait before it; null for nothing.</returns>
    public TimeSpan? PauseBefore(PartitionId partition)
    {
        Attempts++;
        return _tried.Add(partition) ? null : NextPause();
    }

    /// <summary>Starts with <see cref="ClientSettings.RetryPause"/> and doubles up to <see cref="ClientSettings.RoundPauseMax"/>.</summary>
    public TimeSpan NextPause()
    {
        var now = _pause;
        _pause = _pause + _pause < settings.RoundPauseMax ? _pause + _pause : settings.RoundPauseMax;
        return now;
    }

    /// <summary>A create failed: neither attempts nor time are left.</summary>
    public bool EndsAfterRefusal(TimeSpan elapsed) => Attempts >= settings.CreateAttemptsMax && elapsed >= settings.PlacementPatience;

    /// <summary>There is no partition to try: no time is left.</summary>
    public bool EndsWithoutPlace(TimeSpan elapsed) => elapsed >= settings.PlacementPatience;
}
