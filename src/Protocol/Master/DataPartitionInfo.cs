using System.Text.Json;
using System.Text.Json.Serialization;

namespace CubeActors.Protocol.Master;

/// <summary>Answer to <c>GET /dataPartition/get</c>: everything the master knows of one partition.</summary>
public sealed record DataPartitionInfo
{
    [JsonPropertyName("PartitionID")] public PartitionId PartitionId { get; init; }
    public long PartitionType { get; init; }
    public long LastLoadedTime { get; init; }
    public byte ReplicaNum { get; init; }
    public sbyte Status { get; init; }
    public bool Recover { get; init; }
    public IReadOnlyList<ReplicaInfo> Replicas { get; init => field = value ?? []; } = [];
    /// <summary>In order: the first is chain leader and drives repair.</summary>
    public IReadOnlyList<string> Hosts { get; init => field = value ?? []; } = [];
    public IReadOnlyList<Peer> Peers { get; init => field = value ?? []; } = [];
    public IReadOnlyList<string> Zones { get; init => field = value ?? []; } = [];
    public IReadOnlyList<ulong> NodeSets { get; init => field = value ?? []; } = [];
    public IReadOnlyDictionary<string, long> MissingNodes { get; init => field = value ?? EmptyMap<long>.Instance; } = EmptyMap<long>.Instance;
    public string VolName { get; init => field = value ?? ""; } = "";
    [JsonPropertyName("VolID")] public ulong VolId { get; init; }
    [JsonPropertyName("OfflinePeerID")] public NodeId OfflinePeerId { get; init; }
    /// <summary>Extents that differed in the last comparison; kept as it came.</summary>
    public JsonElement? FileInCoreMap { get; init; }
    public bool IsRecover { get; init; }
    public IReadOnlyDictionary<string, long> FilesWithMissingReplica { get; init => field = value ?? EmptyMap<long>.Instance; } = EmptyMap<long>.Instance;
    public uint SingleDecommissionStatus { get; init; }
    public string SingleDecommissionAddr { get; init => field = value ?? ""; } = "";
    public bool RdOnly { get; init; }
    public bool IsDiscard { get; init; }
    public bool Forbidden { get; init; }
    public uint MediaType { get; init; }
    public bool ForbidWriteOpOfProtoVer0 { get; init; }
}

/// <summary>One replica as the master sees it.</summary>
public sealed record ReplicaInfo
{
    public string Addr { get; init => field = value ?? ""; } = "";
    public string DomainAddr { get; init => field = value ?? ""; } = "";
    /// <summary>Unix seconds.</summary>
    public long ReportTime { get; init; }
    public uint FileCount { get; init; }
    public sbyte Status { get; init; }
    public bool HasLoadResponse { get; init; }
    public ulong TotalSize { get; init; }
    public ulong UsedSize { get; init; }
    public bool IsLeader { get; init; }
    public bool NeedsToCompare { get; init; }
    public string DiskPath { get; init => field = value ?? ""; } = "";
    public double DecommissionRepairProgress { get; init; }
    public IReadOnlyList<Peer> LocalPeers { get; init => field = value ?? []; } = [];
    public bool TriggerDiskError { get; init; }
    public bool ForbidWriteOpOfProtoVer0 { get; init; }
    public uint ReadOnlyReasons { get; init; }
    public bool IsMissingTinyExtent { get; init; }
    public bool IsRepairing { get; init; }
}
