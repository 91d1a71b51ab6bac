using System.Text.Json.Serialization;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Storage;

/// <summary>META as it is written: names, types and order of CubeFS, and behind them what only this program knows. Everything may be null when read, as Go's decoder allows.</summary>
internal sealed record MetaJson(
    string? VolumeID, ulong? PartitionID, long? PartitionSize, long? PartitionType, string? CreateTime, PeerJson?[]? Peers, string?[]? Hosts,
    long? DataPartitionCreateType, ulong? LastTruncateID, int? ReplicaNum, bool? StopRecover, VersionJson?[]? VerList, ulong? ApplyID,
    ulong? DiskErrCnt, bool? IsRepairing, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ulong? CopiedUpTo,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ulong? CopyBasis, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] uint? CopyShare)
{
    private const long NormalPartition = 0, CreatedNormally = 0, CreatedByDecommission = 1;

    /// <summary>A list that is longer is damage, not data.</summary>
    private const int ListMax = 1024;

    /// <returns>What makes the content unusable, or null.</returns>
    public string? Problem()
    {
        if (string.IsNullOrWhiteSpace(VolumeID)) return "VolumeID is empty";
        if (PartitionID is null or 0) return "PartitionID is missing or 0";
        if (PartitionSize is null or <= 0) return "PartitionSize is missing or not positive";
        if ((PartitionType ?? 0) != NormalPartition) return $"PartitionType {PartitionType} is not supported";
        if ((DataPartitionCreateType ?? 0) is not (CreatedNormally or CreatedByDecommission)) return $"DataPartitionCreateType {DataPartitionCreateType} is unknown";
        if (Peers?.Length > ListMax || Hosts?.Length > ListMax) return $"Peers or Hosts has more than {ListMax} entries";
        return null;
    }

    public PartitionMeta ToMeta() => new()
    {
        Volume = VolumeID!.Trim(),
        Partition = new PartitionId(PartitionID!.Value),
        PartitionBytes = PartitionSize!.Value,
        CreateTime = CreateTime ?? "",
        Peers = (Peers ?? []).Select(peer => (peer ?? new PeerJson(null, null, null, null)).ToPeer()).ToArray(),
        Hosts = (Hosts ?? []).Select(host => host ?? "").ToArray(),
        IsBeingRebuilt = DataPartitionCreateType == CreatedByDecommission,
        LastTruncateId = LastTruncateID ?? 0,
        ReplicaCount = ReplicaNum ?? 0,
        StopRecover = StopRecover ?? false,
        Versions = (VerList ?? []).OfType<VersionJson>().Select(version => new SnapshotVersion(version.Ver ?? 0, version.DelTime ?? 0, version.Status ?? 0)).ToArray(),
        ApplyId = ApplyID ?? 0,
        DiskErrorCount = DiskErrCnt ?? 0,
        IsRepairing = IsRepairing ?? false,
        CopiedUpTo = CopiedUpTo ?? 0,
        CopyBasis = CopyBasis ?? 0,
        CopyShare = CopyShare ?? 0,
    };

    public static MetaJson From(PartitionMeta meta) => new(
        meta.Volume, meta.Partition.Value, meta.PartitionBytes, NormalPartition, meta.CreateTime, meta.Peers.Select(PeerJson.From).ToArray(), meta.Hosts.ToArray(),
        meta.IsBeingRebuilt ? CreatedByDecommission : CreatedNormally, meta.LastTruncateId, meta.ReplicaCount, meta.StopRecover,
        meta.Versions.Count == 0 ? null : meta.Versions.Select(version => new VersionJson(version.Sequence, version.DeleteTime, version.Status)).ToArray(),
        meta.ApplyId, meta.DiskErrorCount, meta.IsRepairing, meta.CopiedUpTo == 0 ? null : meta.CopiedUpTo,
        meta.CopyBasis == 0 ? null : meta.CopyBasis, meta.CopyShare == 0 ? null : meta.CopyShare);
}

internal sealed record PeerJson(
    [property: JsonPropertyName("id")] ulong? Id, [property: JsonPropertyName("addr")] string? Address,
    [property: JsonPropertyName("raftHeartbeat")] string? HeartbeatPort, [property: JsonPropertyName("raftReplica")] string? ReplicaPort)
{
    public Peer ToPeer() => new() { Id = new NodeId(Id ?? 0), Address = Address ?? "", HeartbeatPort = HeartbeatPort ?? "", ReplicaPort = ReplicaPort ?? "" };

    public static PeerJson From(Peer peer) => new(peer.Id.Value, peer.Address, peer.HeartbeatPort, peer.ReplicaPort);
}

internal sealed record VersionJson(ulong? Ver, long? DelTime, byte? Status);

[JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(MetaJson))]
internal sealed partial class MetaJsonContext : JsonSerializerContext;
