using System.Collections.Immutable;

namespace CubeActors.ControlPlane;

/// <summary>A whole <see cref="ClusterState"/> as it lies on disk.</summary>
internal sealed record ClusterSnapshot(
    ClusterFormed? Cluster, ulong LastId, ulong LastPartitionId, ImmutableArray<NodeRecord> Nodes, ImmutableArray<VolumeRecord> Volumes,
    ImmutableArray<PartitionRecord> Partitions, CatalogSnapshot Objects);

internal sealed partial class ClusterState
{
    public ClusterSnapshot ToSnapshot() =>
        new(Cluster, LastId, LastPartitionId, [.. Nodes], [.. Volumes], [.. Partitions], Objects.ToSnapshot());

    public static ClusterState From(ClusterSnapshot saved)
    {
        var state = new ClusterState { Cluster = saved.Cluster, LastId = saved.LastId, LastPartitionId = saved.LastPartitionId };
        foreach (var node in saved.Nodes) state._nodes.Add(node.Address, node);
        foreach (var volume in saved.Volumes) state._volumes.Add(volume.Name, volume);
        foreach (var partition in saved.Partitions) state._partitions.Add(partition.Id, partition);
        state.Objects.Restore(saved.Objects);
        return state;
    }
}
