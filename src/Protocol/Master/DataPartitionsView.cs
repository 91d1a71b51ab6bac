using System.Text.Json.Serialization;

namespace CubeActors.Protocol.Master;

/// <summary>Answer to <c>GET /client/partitions</c>: where a volume's clients read and write.</summary>
public sealed record DataPartitionsView
{
    public IReadOnlyList<DataPartitionView> DataPartitions { get; init => field = value ?? []; } = [];
    public bool VolReadOnly { get; init; }
    public IReadOnlyList<StorageClassUse> StatByClass { get; init => field = value ?? []; } = [];
}

/// <summary>One partition as clients see it.</summary>
public sealed record DataPartitionView
{
    public long PartitionType { get; init; }
    [JsonPropertyName("PartitionID")] public PartitionId PartitionId { get; init; }
    /// <summary>New extents go to partitions with status 2 only.</summary>
    public sbyte Status { get; init; }
    public byte ReplicaNum { get; init; }
    /// <summary>In order: appends go to the first.</summary>
    public IReadOnlyList<string> Hosts { get; init => field = value ?? []; } = [];
    /// <summary>The raft leader, for overwrites and reads; "" when unknown.</summary>
    public string LeaderAddr { get; init => field = value ?? ""; } = "";
    public ulong Epoch { get; init; }
    public bool IsRecover { get; init; }
    public bool IsDiscard { get; init; }
    public uint MediaType { get; init; }
}

/// <summary>What a volume holds in one storage class.</summary>
public sealed record StorageClassUse
{
    public uint StorageClass { get; init; }
    public ulong InodeCount { get; init; }
    public ulong UsedSizeBytes { get; init; }
    [JsonPropertyName("QuotaGB")] public ulong QuotaGb { get; init; }
}
