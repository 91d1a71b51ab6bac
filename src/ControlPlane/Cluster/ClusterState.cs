using System.Collections.Immutable;
using CubeActors.Runtime;

namespace CubeActors.ControlPlane;

/// <summary>Everything that the master remembers. Pure: the same events in the same order give the same state.</summary>
/// <remarks>
/// One owner; changes only through Apply. Invariants: ids are never handed out twice, also not those of things that are
/// gone; an address has one node id for ever; no partition has two replicas at one address.
/// </remarks>
internal sealed partial class ClusterState
{
    private readonly Dictionary<string, NodeRecord> _nodes = [];
    private readonly Dictionary<string, VolumeRecord> _volumes = [];
    private readonly SortedDictionary<ulong, PartitionRecord> _partitions = [];

    /// <summary>Null until the first event.</summary>
    public ClusterFormed? Cluster { get; private set; }
    /// <summary>The last id of a node or a volume: they share one sequence, as in CubeFS.</summary>
    public ulong LastId { get; private set; }
    public ulong LastPartitionId { get; private set; }
    public ObjectCatalog Objects { get; } = new();

    public IReadOnlyCollection<NodeRecord> Nodes => _nodes.Values;
    public IReadOnlyCollection<VolumeRecord> Volumes => _volumes.Values;
    public IReadOnlyCollection<PartitionRecord> Partitions => _partitions.Values;
    /// <summary>How many records a snapshot would hold.</summary>
    public int Count => _nodes.Count + _volumes.Count + _partitions.Count + Objects.Count;

    public NodeRecord? FindNode(string address) => _nodes.GetValueOrDefault(address);
    public VolumeRecord? FindVolume(string name) => _volumes.GetValueOrDefault(name);
    public PartitionRecord? FindPartition(ulong id) => _partitions.GetValueOrDefault(id);
    /// <summary>Those that serve the volume or soon will; what is left of an earlier volume of this name is not among them.</summary>
    public IEnumerable<PartitionRecord> PartitionsOf(string volume) =>
        _partitions.Values.Where(partition => partition.Volume == volume && partition.Stage != PartitionStage.Removing);
    /// <summary>Those that a node may still have, whatever their stage.</summary>
    public IEnumerable<PartitionRecord> PartitionsOn(string address) => _partitions.Values.Where(partition => partition.IsOn(address));

    public void Apply(ClusterEvent happened)
    {
        switch (happened)
        {
            case ClusterFormed formed: Cluster = formed; break;
            case NodeAdded added: Add(added.Node); break;
            case NodePortsFilled filled: Apply(filled); break;
            case NodeDisksChanged disks:
                _nodes[disks.Address] = _nodes[disks.Address] with { AllDisks = disks.AllDisks, BadDisks = disks.BadDisks };
                break;
            case VolumeOrdered ordered: Add(ordered.Volume); break;
            case VolumeFinished finished: _volumes[finished.Name] = _volumes[finished.Name] with { Stage = VolumeStage.Ready }; break;
            case VolumeDropped dropped: Apply(dropped); break;
            case PartitionPlanned planned: Apply(planned); break;
            case PartitionCreated created: Apply(created); break;
            case PartitionDropped dropped: Drop(_partitions[dropped.PartitionId]); break;
            case ReplicaMoved moved: Apply(moved); break;
            case ReplicaRemoved removed: Apply(removed); break;
            case PutOpened opened: Objects.Apply(opened); break;
            case PutExtended extended: Objects.Apply(extended); break;
            case PutCommitted committed: Objects.Apply(committed); break;
            case PutAborted aborted: Objects.Apply(aborted); break;
            case ExtentsOrphaned orphaned: Objects.Apply(orphaned); break;
            case ObjectDropped dropped: Objects.Apply(dropped); break;
            case GarbageDeleted deleted: Objects.Apply(deleted); break;
            default: throw new InvalidOperationException($"no rule for the event {happened.GetType().Name}");
        }
    }

    private void Add(NodeRecord node)
    {
        Invariant.Check(node.Id > LastId, "a node's id is new");
        _nodes.Add(node.Address, node);
        LastId = node.Id;
    }

    private void Add(VolumeRecord volume)
    {
        Invariant.Check(volume.Id > LastId, "a volume's id is new");
        _volumes.Add(volume.Name, volume);
        LastId = volume.Id;
    }

    private void Apply(NodePortsFilled filled)
    {
        var node = _nodes[filled.Address];
        _nodes[node.Address] = node with { HeartbeatPort = filled.HeartbeatPort, ReplicaPort = filled.ReplicaPort };
    }

    private void Apply(PartitionPlanned planned)
    {
        Invariant.Check(planned.PartitionId > LastPartitionId, "a partition's id is new");
        Invariant.Check(planned.Replicas.Select(replica => replica.Address).Distinct().Count() == planned.Replicas.Length, "one replica an address");
        LastPartitionId = planned.PartitionId;
        var partition = new PartitionRecord(planned.PartitionId, planned.Volume, planned.SizeBytes, planned.Replicas, PartitionStage.Planned);
        _partitions.Add(partition.Id, partition);
    }

    private void Apply(PartitionCreated created)
    {
        var partition = _partitions[created.PartitionId];
        var replicas = partition.Replicas.Select((replica, i) => replica with { DiskPath = created.DiskPaths[i] });
        _partitions[partition.Id] = partition with { Replicas = [.. replicas], Stage = PartitionStage.Created };
    }

    private void Apply(ReplicaMoved moved)
    {
        var partition = _partitions[moved.PartitionId];
        var replicas = partition.Replicas.Select(replica =>
            replica.Address == moved.Address ? replica with { DiskPath = moved.DiskPath } : replica);
        _partitions[partition.Id] = partition with { Replicas = [.. replicas] };
    }

    private void Apply(ReplicaRemoved removed)
    {
        if (!_partitions.TryGetValue(removed.PartitionId, out var partition)) return;
        Invariant.Check(partition.Stage == PartitionStage.Removing, "only a dropped partition loses replicas");
        var left = partition.Replicas.RemoveAll(replica => replica.Address == removed.Address);
        if (left.IsEmpty) _partitions.Remove(partition.Id);
        else _partitions[partition.Id] = partition with { Replicas = left };
    }

    private void Apply(VolumeDropped dropped)
    {
        Objects.ForgetVolume(dropped.Name);
        foreach (var partition in PartitionsOf(dropped.Name).ToList()) Drop(partition);
        _volumes.Remove(dropped.Name);
    }

    private void Drop(PartitionRecord partition) => _partitions[partition.Id] = partition with { Stage = PartitionStage.Removing };
}
