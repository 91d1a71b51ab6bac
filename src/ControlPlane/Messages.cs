using CubeActors.Protocol.Master;
using CubeActors.Protocol.Objects;

namespace CubeActors.ControlPlane;

// What the cluster actor is told and asked. Each is answered by the thing named, or by a Refusal.

/// <summary>Answered by itself once the state is recovered.</summary>
internal sealed record AwaitRecovered;

/// <summary>Nothing to say but that it is done, and durable.</summary>
internal sealed record Done;

/// <summary>Answered by the <see cref="Protocol.NodeId"/>.</summary>
internal sealed record Register(RegisterNode Node);

/// <summary>A posted report; nobody waits for an answer, as in CubeFS.</summary>
internal sealed record TaskAnswered(AdminTask Task);

/// <summary>Answered by <see cref="DataNodeInfo"/>.</summary>
internal sealed record GetNode(string Address);

/// <summary>Answered by a list of <see cref="DataNodeEntry"/>.</summary>
internal sealed record GetNodes;

/// <summary>Answered by <see cref="ClusterSummary"/>.</summary>
internal sealed record GetCluster;

/// <summary>Answered by <see cref="DataPartitionInfo"/>.</summary>
internal sealed record GetPartition(ulong PartitionId);

/// <summary>Answered by <see cref="DataPartitionsView"/>.</summary>
internal sealed record GetClientPartitions(string Volume);

/// <summary>Answered by <see cref="VolumeSummary"/>.</summary>
internal sealed record GetVolume(string Name);

/// <summary>Answered by a sentence when all partitions exist.</summary>
internal sealed record Create(CreateVolume Volume);

/// <summary>Answered by a sentence when nobody can see the volume any more; its replicas are removed later.</summary>
internal sealed record DeleteVolume(string Name);

/// <summary>Answered by <see cref="IntentOpened"/>.</summary>
internal sealed record OpenPut(OpenIntent Intent);

/// <summary>Answered by <see cref="Done"/>.</summary>
internal sealed record ExtendPut(ulong PutId, AddExtents Extents);

/// <summary>Answered by <see cref="ObjectEntry"/>.</summary>
internal sealed record CommitPut(ulong PutId, CommitIntent Commit);

/// <summary>Answered by <see cref="Done"/>, also if the put has ended.</summary>
internal sealed record AbortPut(ulong PutId);

/// <summary>Answered by <see cref="ObjectPage"/>.</summary>
internal sealed record ListObjects(string Volume, string Prefix, string After, int Limit);

/// <summary>Answered by <see cref="StoredObject"/>.</summary>
internal sealed record GetObject(string Volume, string Name);

/// <summary>Answered by <see cref="ObjectRemoved"/>.</summary>
internal sealed record DropObject(string Volume, string Name);

/// <summary>Answered by <see cref="GarbageStatus"/>.</summary>
/// <param name="Volume">Empty: of all volumes.</param>
internal sealed record GetGarbage(string Volume);
