using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Actors;

/// <summary>What a leader master says this node holds. Of a leader: a follower passes the question on to it; an answer is never a remembered one.</summary>
/// <param name="Partitions">Every partition that has a replica here.</param>
/// <param name="OnDisks">The same with the disk each lies on, as this node once reported it; masters before 3.3 leave it empty.</param>
/// <param name="BadDisks">Paths of disks that this node reported as bad last.</param>
/// <param name="AllDisks">Paths of all disks that this node reported last.</param>
/// <remarks>Source: CubeFS proto/model.go DataNodeInfo, control-plane 2.6 and 2.7.</remarks>
public sealed record RosterAnswer(
    IReadOnlyList<PartitionId> Partitions, IReadOnlyList<PartitionOnDisk> OnDisks, IReadOnlyList<string> BadDisks, IReadOnlyList<string> AllDisks)
{
    /// <summary>Nothing may be concluded from it: an empty list is what a failed call of CubeFS looks like, too.</summary>
    public bool IsEmpty => Partitions.Count == 0;

    public static RosterAnswer From(DataNodeInfo info) =>
        new(info.PersistenceDataPartitions, info.PersistenceDataPartitionsWithDiskPath, info.BadDisks, info.AllDisks);
}
