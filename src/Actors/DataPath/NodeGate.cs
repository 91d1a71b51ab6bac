namespace CubeActors.Actors;

/// <summary>What the data path and the workers beside it need to know of the node as a whole. Published by actors, read without a lock.</summary>
public sealed class NodeGate
{
    private volatile bool _isStarted;
    private volatile bool _usesPeerRaftPorts;
    private volatile bool _reportsOperations = true;
    private volatile VolumePolicies _volumes = VolumePolicies.None;
    private volatile DiskPolicies _disks = DiskPolicies.None;
    private volatile ClusterLimits _limits = ClusterLimits.Unknown;

    /// <summary>All disks are loaded. Before, all but urgent reads and overwrites get 0xF3 <c>datanode still not started</c>.</summary>
    public bool IsStarted { get => _isStarted; set => _isStarted = value; }

    /// <summary>Raft ports may differ from node to node, and those in a partition's peers count. Source: the master's RaftPartitionCanUsingDifferentPort.</summary>
    public bool UsesPeerRaftPorts { get => _usesPeerRaftPorts; set => _usesPeerRaftPorts = value; }

    /// <summary>The master's rules for volumes, as of the last heartbeat.</summary>
    public VolumePolicies Volumes { get => _volumes; set => _volumes = value; }

    /// <summary>The master's rules for disks, as of the last heartbeat.</summary>
    public DiskPolicies Disks { get => _disks; set => _disks = value; }

    /// <summary>Reports say what was done in the last minute. Source: CubeFS datanode/stat_log.go, SetSendMaster; operators may turn it off.</summary>
    public bool ReportsOperations { get => _reportsOperations; set => _reportsOperations = value; }

    /// <summary>The cluster's limits, fetched once a minute; the last known while no master answers.</summary>
    public ClusterLimits Limits { get => _limits; set => _limits = value; }
}
