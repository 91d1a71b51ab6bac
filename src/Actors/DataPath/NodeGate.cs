using System.Collections.Frozen;

namespace CubeActors.Actors;

/// <summary>What the data path needs to know of the node as a whole. Published by actors, read without a lock.</summary>
public sealed class NodeGate
{
    private volatile bool _isStarted;
    private volatile bool _usesPeerRaftPorts;
    private volatile VolumePolicies _volumes = VolumePolicies.None;

    /// <summary>All disks are loaded. Before, all but urgent reads and overwrites get 0xF3 <c>datanode still not started</c>.</summary>
    public bool IsStarted { get => _isStarted; set => _isStarted = value; }

    /// <summary>Raft ports may differ from node to node, and those in a partition's peers count. Source: the master's RaftPartitionCanUsingDifferentPort.</summary>
    public bool UsesPeerRaftPorts { get => _usesPeerRaftPorts; set => _usesPeerRaftPorts = value; }

    /// <summary>The master's rules for volumes, as of the last heartbeat.</summary>
    public VolumePolicies Volumes { get => _volumes; set => _volumes = value; }
}

/// <summary>The master's rules for volumes, replaced as a whole with every heartbeat.</summary>
/// <param name="Forbidden">No appends, no reads; creates, deletes and repair go on.</param>
/// <param name="WithoutVersion0">Writes of clients without protocol version are refused with 0x88.</param>
/// <param name="ClusterWithoutVersion0">The same for the whole cluster.</param>
/// <param name="IgnoreTinyRecovering">A punch beyond the local size counts as done instead of 0xB4.</param>
public sealed record VolumePolicies(
    FrozenSet<string> Forbidden, FrozenSet<string> WithoutVersion0, bool ClusterWithoutVersion0, FrozenSet<string> IgnoreTinyRecovering)
{
    public static readonly VolumePolicies None = new(FrozenSet<string>.Empty, FrozenSet<string>.Empty, false, FrozenSet<string>.Empty);
}
