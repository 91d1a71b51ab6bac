using CubeActors.Client;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Runtime;

namespace CubeActors.LoadGen;

/// <summary>The partitions of a volume that take new extents, as the master tells every client.</summary>
internal static class VolumePartitions
{
    /// <summary>ReadWrite. Source: CubeFS proto/const.go; clients choose no other status for new extents.</summary>
    private const sbyte WritableStatus = 2;

    /// <param name="only">Narrows the result to this partition; null for all.</param>
    /// <returns>At least one, in the master's order.</returns>
    /// <exception cref="UsageFault">No partition of the volume can be used, or the masters are not addresses.</exception>
    /// <exception cref="MasterException">No master answered, or it does not know the volume.</exception>
    public static async Task<IReadOnlyList<PartitionTarget>> AskAsync(
        string[] masters, string volume, ulong? only, CancellationToken cancel)
    {
        using var client = Connect(masters);
        var view = await client.GetClientPartitionsAsync(volume, cancel);
        PartitionTarget[] usable = [.. view.DataPartitions
            .Where(partition => partition is { Status: WritableStatus, IsDiscard: false, Hosts.Count: > 0 }
                && (only is null || partition.PartitionId.Value == only))
            .Select(partition => new PartitionTarget(partition.PartitionId, partition.Hosts))];
        return usable.Length > 0 ? usable : throw new UsageFault(WhyNone(view, volume, only));
    }

    private static MasterClient Connect(string[] masters)
    {
        try
        {
            return new MasterClient(new MasterSettings(masters), new TcpNetwork(), TimeProvider.System);
        }
        catch (ArgumentException e)
        {
            throw new UsageFault(e.Message);
        }
    }

    private static string WhyNone(DataPartitionsView view, string volume, ulong? only)
    {
        if (only is { } id && view.DataPartitions.All(partition => partition.PartitionId != new PartitionId(id)))
            return $"Volume {volume} has no partition {id}; "
                + $"it has {string.Join(", ", view.DataPartitions.Select(partition => partition.PartitionId))}.";
        var what = only is null ? $"None of the {view.DataPartitions.Count} partitions" : $"Partition {only}";
        return $"{what} of volume {volume} is {(only is null ? "" : "not ")}writable now. "
            + "New partitions take some seconds: look at the nodes' heartbeats, then try again.";
    }
}
