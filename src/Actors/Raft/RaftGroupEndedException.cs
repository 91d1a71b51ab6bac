using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>The raft group of a partition ended by a fault: the replica leaves with it.</summary>
internal sealed class RaftGroupEndedException(PartitionId partition, Exception? cause)
    : Exception($"the raft group of partition {partition} ended: {cause?.Message ?? "see the log"}", cause);
