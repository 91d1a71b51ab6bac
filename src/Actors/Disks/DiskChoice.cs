using CubeActors.Protocol.Master;

namespace CubeActors.Actors;

/// <summary>Which disk takes a new partition. Pure but for the dice.</summary>
internal static class DiskChoice
{
    private const double Gib = 1L << 30;

    /// <summary>Two requests ask for the same replica. Source: control-plane 3.6, step 1: volume, hosts in their order, id and address of each peer.</summary>
    public static bool IsSame(CreateDataPartitionRequest one, CreateDataPartitionRequest other) => IsSame(one.VolumeId, one.Hosts, one.Members, other);

    /// <inheritdoc cref="IsSame(CreateDataPartitionRequest, CreateDataPartitionRequest)"/>
    public static bool IsSame(string volume, IReadOnlyList<string> hosts, IReadOnlyList<Peer> peers, CreateDataPartitionRequest other) =>
        volume == other.VolumeId && hosts.SequenceEqual(other.Hosts)
        && peers.Select(peer => (peer.Id, peer.Address)).SequenceEqual(other.Members.Select(peer => (peer.Id, peer.Address)));

    /// <summary>Weighted at random: the more room a disk has, the likelier it is. Source: control-plane 3.6, CubeFS datanode/space_manager.go.</summary>
    /// <param name="excluded">Paths that must not be chosen.</param>
    /// <returns>Null if no disk is writable.</returns>
    public static DiskFigures? Pick(IEnumerable<DiskFigures> disks, IReadOnlyCollection<string> excluded, Random random)
    {
        DiskFigures? best = null;
        var bestScore = double.NegativeInfinity;
        foreach (var disk in disks)
        {
            if (!disk.IsWritable || excluded.Contains(disk.Path)) continue;
            var score = Math.Log((random.Next(65536) + 1) / 65537.0) / Math.Max(disk.Available / Gib, 1 / Gib); // +1: the logarithm of 0 is no score
            if (best is not null && score <= bestScore) continue;
            (best, bestScore) = (disk, score);
        }

        return best;
    }
}
