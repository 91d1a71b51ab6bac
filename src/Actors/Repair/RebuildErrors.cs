namespace CubeActors.Actors;

/// <summary>Counts the extents whose repair has failed while a replica is being rebuilt. Pure.</summary>
/// <remarks>
/// Source: DpMaxRepairErrCnt of the cluster, which CubeFS 3.5.3 fetches and leaves alone (storage-and-repair 6.2): a source that restarts makes
/// thousands of failures within a second, and giving up then would throw away what was fetched. So the limit calls for somebody, and no more.
/// </remarks>
internal sealed class RebuildErrors
{
    private ulong _since;

    /// <summary>Failures since the rebuilding began.</summary>
    public ulong Count { get; private set; }

    /// <returns>True each time that the limit is reached anew: somebody is to be told.</returns>
    public bool Add(int failed, bool isBeingRebuilt, ulong limit)
    {
        if (!isBeingRebuilt)
        {
            (Count, _since) = (0, 0);
            return false;
        }

        Count += (ulong)failed;
        _since += (ulong)failed;
        if (limit == 0 || _since < limit) return false;
        _since = 0;
        return true;
    }
}
