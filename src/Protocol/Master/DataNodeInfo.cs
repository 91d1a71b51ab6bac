using System.Text.Json.Serialization;

namespace CubeActors.Protocol.Master;

/// <summary>Answer to <c>GET /dataNode/get</c>: what the master knows of a node; a starting node compares its disks with it.</summary>
public sealed record DataNodeInfo
{
    /// <summary>Bytes; the name is CubeFS's.</summary>
    public ulong TotalWeight { get; init; }
    /// <summary>Bytes; the name is CubeFS's.</summary>
    public ulong UsedWeight { get; init; }
    public ulong AvailableSpace { get; init; }
    [JsonPropertyName("ID")] public NodeId Id { get; init; }
    public string Zone { get; init => field = value ?? ""; } = "";
    public string Addr { get; init => field = value ?? ""; } = "";
    public string RaftHeartbeatPort { get; init => field = value ?? ""; } = "";
    public string RaftReplicaPort { get; init => field = value ?? ""; } = "";
    public string DomainAddr { get; init => field = value ?? ""; } = "";
    /// <summary>Of the last heartbeat.</summary>
    public DateTimeOffset ReportTime { get; init; }
    public bool IsActive { get; init; }
    public bool ToBeOffline { get; init; }
    public bool IsWriteAble { get; init; }
    public bool RdOnly { get; init; }
    public bool CanAllocPartition { get; init; }
    public double UsageRatio { get; init; }
    public ulong SelectedTimes { get; init; }
    public uint DataPartitionCount { get; init; }
    [JsonPropertyName("NodeSetID")] public ulong NodeSetId { get; init; }
    public IReadOnlyList<PartitionReport> DataPartitionReports { get; init => field = value ?? []; } = [];
    /// <summary>Partitions whose persisted hosts contain this address.</summary>
    public IReadOnlyList<PartitionId> PersistenceDataPartitions { get; init => field = value ?? []; } = [];
    public IReadOnlyList<PartitionOnDisk> PersistenceDataPartitionsWithDiskPath { get; init => field = value ?? []; } = [];
    public IReadOnlyList<string> AllDisks { get; init => field = value ?? []; } = [];
    public IReadOnlyList<string> BadDisks { get; init => field = value ?? []; } = [];
    public IReadOnlyList<string> LostDisks { get; init => field = value ?? []; } = [];
    [JsonPropertyName("maxDpCntLimit")] public ulong PartitionCountMax { get; init; }
    [JsonPropertyName("cpuUtil")] public double CpuPercent { get; init; }
    [JsonPropertyName("ioUtil")] public IReadOnlyDictionary<string, double> IoPercentByDevice { get; init => field = value ?? EmptyMap<double>.Instance; } = EmptyMap<double>.Instance;
    public IReadOnlyList<string> DecommissionedDisk { get; init => field = value ?? []; } = [];
    public IReadOnlyList<string> DecommissionSuccessDisk { get; init => field = value ?? []; } = [];
    public IReadOnlyList<PartitionId> BackupDataPartitions { get; init => field = value ?? []; } = [];
    public uint MediaType { get; init; }
    public IReadOnlyList<OperationCount> DiskOpLogs { get; init => field = value ?? []; } = [];
    public IReadOnlyList<OperationCount> DpOpLogs { get; init => field = value ?? []; } = [];
}

/// <summary>Where the master last persisted a replica of this node.</summary>
public sealed record PartitionOnDisk
{
    public PartitionId PartitionId { get; init; }
    /// <summary>The disk root, byte for byte as the node reported it.</summary>
    public string Disk { get; init => field = value ?? ""; } = "";
}

/// <summary>One node in the answer to <c>GET /admin/cluster/getAllDataNodes</c>.</summary>
public sealed record DataNodeEntry
{
    public string Addr { get; init => field = value ?? ""; } = "";
    /// <summary>Whether the node is active.</summary>
    public bool Status { get; init; }
    public string DomainAddr { get; init => field = value ?? ""; } = "";
    [JsonPropertyName("ID")] public NodeId Id { get; init; }
    public bool IsWritable { get; init; }
    public uint MediaType { get; init; }
    public bool ForbidWriteOpOfProtoVer0 { get; init; }
}
