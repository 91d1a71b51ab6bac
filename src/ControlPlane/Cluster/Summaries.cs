using System.Text.Json.Serialization;

namespace CubeActors.ControlPlane;

/// <summary>Answer to <c>/admin/getCluster</c>: the part of CubeFS's ClusterView that has a meaning here, under its names.</summary>
internal sealed record ClusterSummary
{
    public string Name { get; init; } = "";
    public string CreateTime { get; init; } = "";
    public string LeaderAddr { get; init; } = "";
    [JsonPropertyName("MaxDataPartitionID")] public ulong MaxDataPartitionId { get; init; }
    public IReadOnlyList<NodeSummary> DataNodes { get; init; } = [];
    public NodeSpace DataNodeStatInfo { get; init; } = new();
    /// <summary>Ours; CubeFS has no such field.</summary>
    [JsonPropertyName("volumes")] public IReadOnlyList<string> VolumeNames { get; init; } = [];
}

/// <summary>One node of a <see cref="ClusterSummary"/>.</summary>
internal sealed record NodeSummary
{
    [JsonPropertyName("ID")] public ulong Id { get; init; }
    public string Addr { get; init; } = "";
    /// <summary>Whether it is active.</summary>
    public bool Status { get; init; }
    public bool IsWritable { get; init; }
    public uint MediaType { get; init; }
}

/// <summary>Room on all active nodes, in GiB.</summary>
internal sealed record NodeSpace
{
    [JsonPropertyName("TotalGB")] public ulong TotalGb { get; init; }
    [JsonPropertyName("UsedGB")] public ulong UsedGb { get; init; }
    public string UsedRatio { get; init; } = "0.0";
}

/// <summary>Answer to <c>/admin/getVol</c>: the part of CubeFS's SimpleVolView that has a meaning here, under its names, and ours in camelCase.</summary>
internal sealed record VolumeSummary
{
    [JsonPropertyName("ID")] public ulong Id { get; init; }
    public string Name { get; init; } = "";
    public string Owner { get; init; } = "";
    public byte DpReplicaNum { get; init; }
    /// <summary>0 normal; a deleted volume is not found at all.</summary>
    public byte Status { get; init; }
    /// <summary>GB.</summary>
    public ulong Capacity { get; init; }
    public int RwDpCnt { get; init; }
    public int DpCnt { get; init; }
    [JsonPropertyName("MaxDataPartitionID")] public ulong MaxDataPartitionId { get; init; }
    public string CreateTime { get; init; } = "";
    [JsonPropertyName("partitionBytes")] public long PartitionBytes { get; init; }
    [JsonPropertyName("partitionsWanted")] public int PartitionsWanted { get; init; }
    [JsonPropertyName("isReady")] public bool IsReady { get; init; }
    [JsonPropertyName("usedBytes")] public ulong UsedBytes { get; init; }
}
