namespace CubeActors.Protocol.Master;

/// <summary>Request of task 0x63: settings in force until the next heartbeat. Fields meant for other kinds of nodes are left out.</summary>
public sealed record DataNodeHeartbeatRequest
{
    /// <summary>Unix seconds.</summary>
    public long CurrTime { get; init; }
    /// <summary>The leader's address.</summary>
    public string MasterAddr { get; init => field = value ?? ""; } = "";
    public bool EnableDiskQos { get; init; }
    /// <summary>A limit of 0 leaves the one in force.</summary>
    public ulong QosIopsReadLimit { get; init; }
    public ulong QosIopsWriteLimit { get; init; }
    public ulong QosFlowReadLimit { get; init; }
    public ulong QosFlowWriteLimit { get; init; }
    public bool RaftPartitionCanUsingDifferentPortEnabled { get; init; }
    /// <summary>Volumes whose partitions refuse writes.</summary>
    public IReadOnlyList<string> ForbiddenVols { get; init => field = value ?? []; } = [];
    /// <summary>All disks of this node that are decommissioned.</summary>
    public IReadOnlyList<string> DecommissionDisks { get; init => field = value ?? []; } = [];
    /// <summary>Bytes by volume; volumes that are not named use 128 KiB.</summary>
    public IReadOnlyDictionary<string, ulong> VolDpRepairBlockSize { get; init => field = value ?? EmptyMap<ulong>.Instance; } = EmptyMap<ulong>.Instance;
    /// <summary>A Go duration such as <c>168h0m0s</c>.</summary>
    public string DpBackupTimeout { get; init => field = value ?? ""; } = "";
    public bool NotifyForbidWriteOpOfProtoVer0 { get; init; }
    /// <summary>This list and the next two replace the node's whole set each time.</summary>
    public IReadOnlyList<string> VolsForbidWriteOpOfProtoVer0 { get; init => field = value ?? []; } = [];
    public IReadOnlyList<string> DirectReadVols { get; init => field = value ?? []; } = [];
    public IReadOnlyList<string> IgnoreTinyRecoverVols { get; init => field = value ?? []; } = [];
}
