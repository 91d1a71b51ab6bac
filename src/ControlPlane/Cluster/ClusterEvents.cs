using System.Collections.Immutable;
using CubeActors.Protocol.Objects;

namespace CubeActors.ControlPlane;

/// <summary>A fact that the master has promised to remember. Its manifest in <see cref="ClusterFormat"/> is the format on disk.</summary>
internal abstract record ClusterEvent;

/// <summary>The first event of every state file.</summary>
internal sealed record ClusterFormed(string Name, DateTimeOffset At) : ClusterEvent;

internal sealed record NodeAdded(NodeRecord Node) : ClusterEvent;

/// <summary>Ports that were empty at the first registration; ports once known are never replaced.</summary>
internal sealed record NodePortsFilled(string Address, string HeartbeatPort, string ReplicaPort) : ClusterEvent;

internal sealed record NodeDisksChanged(string Address, ImmutableArray<string> AllDisks, ImmutableArray<string> BadDisks) : ClusterEvent;

internal sealed record VolumeOrdered(VolumeRecord Volume) : ClusterEvent;

internal sealed record VolumeFinished(string Name) : ClusterEvent;

/// <summary>The volume is gone for its users, objects included; its partitions are being removed from the nodes.</summary>
internal sealed record VolumeDropped(string Name, string Reason) : ClusterEvent;

/// <summary>Uses up the id; stands before the first create task.</summary>
internal sealed record PartitionPlanned(ulong PartitionId, string Volume, long SizeBytes, ImmutableArray<ReplicaRecord> Replicas) : ClusterEvent;

/// <param name="DiskPaths">What each host answered, in the order of the hosts.</param>
internal sealed record PartitionCreated(ulong PartitionId, ImmutableArray<string> DiskPaths) : ClusterEvent;

/// <summary>Every host still has to acknowledge the removal.</summary>
internal sealed record PartitionDropped(ulong PartitionId) : ClusterEvent;

internal sealed record ReplicaMoved(ulong PartitionId, string Address, string DiskPath) : ClusterEvent;

/// <summary>The host has acknowledged the removal; after the last one the partition is forgotten.</summary>
internal sealed record ReplicaRemoved(ulong PartitionId, string Address) : ClusterEvent;

internal sealed record PutOpened(ulong PutId, string Volume, string Name, long? Size) : ClusterEvent;

internal sealed record PutExtended(ulong PutId, ImmutableArray<ObjectExtent> Extents) : ClusterEvent;

internal sealed record PutCommitted(ulong PutId, string Sha256, ImmutableArray<ObjectExtent> Extents, DateTimeOffset At) : ClusterEvent;

internal sealed record PutAborted(ulong PutId, string Reason) : ClusterEvent;

/// <summary>Extents that a put told us of after it had ended: nobody will ever refer to them.</summary>
internal sealed record ExtentsOrphaned(string Volume, ImmutableArray<ObjectExtent> Extents) : ClusterEvent;

internal sealed record ObjectDropped(string Volume, string Name) : ClusterEvent;

internal sealed record GarbageDeleted(ulong PartitionId, ImmutableArray<ulong> GarbageIds) : ClusterEvent;
