using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>How many partitions of a disk are loaded at once, and which of them have been at it for too long. Pure.</summary>
/// <remarks>
/// A load that stalls gives its place in the budget to another one, so that a bad spot of the disk delays nobody else. Where
/// <see cref="StalledMax"/> have stalled it is the disk that does not answer, and more work for it would only hang as well: then nothing is begun until
/// one of them comes back.
/// Invariant: running ≤ budget while none is given back; a partition is running, stalled or neither.
/// </remarks>
internal sealed class LoadBudget(int loadsMax)
{
    private readonly HashSet<PartitionId> _running = [];
    private readonly SortedSet<ulong> _stalled = [];

    /// <summary>Twice the budget: as many again as are loaded at once.</summary>
    public int StalledMax => 2 * loadsMax;

    public int Running => _running.Count;

    /// <summary>By id.</summary>
    public IReadOnlyCollection<ulong> Stalled => _stalled;

    public bool HasRoom => _running.Count < loadsMax && _stalled.Count < StalledMax;

    public void Begin(PartitionId partition)
    {
        _stalled.Remove(partition.Value);
        _running.Add(partition);
    }

    /// <returns>False if it is not running.</returns>
    public bool Stall(PartitionId partition) => _running.Remove(partition) && _stalled.Add(partition.Value);

    /// <summary>The load is through, one way or the other.</summary>
    /// <param name="wasStalled">It came back although it had been given up for the time being.</param>
    /// <returns>False if it was not known.</returns>
    public bool End(PartitionId partition, out bool wasStalled)
    {
        wasStalled = _stalled.Remove(partition.Value);
        return _running.Remove(partition) || wasStalled;
    }
}
