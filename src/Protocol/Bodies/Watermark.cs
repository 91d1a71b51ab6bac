using System.Text.Json.Serialization;

namespace CubeActors.Protocol;

/// <summary>How far one replica's extent has come, as replicas tell each other: in the reply to 0x07 and in repair tasks.</summary>
/// <remarks>Source: CubeFS datanode/storage/extent_info.go ExtentInfo; the names and their case are those of its JSON.</remarks>
public readonly record struct Watermark
{
    /// <summary>What <see cref="SnapshotEnd"/> must be without snapshot data: any other value sends the reader to the snapshot repair read.</summary>
    public const ulong NoSnapshot = 128 * 1024 * 1024;

    public Watermark() { }

    [JsonPropertyName("deleted")] public bool IsDeleted { get; init; }
    /// <summary>Over the table of block CRCs; 0 if none is computed.</summary>
    public uint Crc { get; init; }
    [JsonPropertyName("fileId")] public ExtentId Extent { get; init; }
    /// <summary>Bytes; of tiny extents rounded up to 4 KiB.</summary>
    [JsonPropertyName("size")] public ulong Size { get; init; }
    /// <summary>Unix seconds.</summary>
    [JsonPropertyName("modTime")] public long ModifiedAt { get; init; }
    /// <summary>Where snapshot data ends: <see cref="NoSnapshot"/> unless a peer says otherwise; a document that lacks it reads as 0.</summary>
    [JsonPropertyName("snapSize")] public ulong SnapshotEnd { get; init; } = NoSnapshot;
    [JsonPropertyName("snapPreAllocSize")] public ulong SnapshotPreAllocated { get; init; }
    [JsonPropertyName("applyID")] public ulong ApplyId { get; init; }
    /// <summary>Address of the replica to repair from; in repair tasks only.</summary>
    [JsonPropertyName("src"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Source { get; init; }
}
