using System.Text.Json.Serialization;

namespace CubeActors.Protocol;

/// <summary>One element of a batch delete: an <see cref="ExtentKey"/>, flattened, and what kind of deletion it is.</summary>
/// <remarks>Source: CubeFS proto/extent_key.go DelExtentParam.</remarks>
public readonly record struct DeleteParam
{
    public ulong FileOffset { get; init; }
    public PartitionId PartitionId { get; init; }
    /// <summary>Tiny: punch the range. Normal: delete the whole extent, whatever offset and size say.</summary>
    public ExtentId ExtentId { get; init; }
    public ulong ExtentOffset { get; init; }
    /// <summary>Bytes, not rounded to the slot.</summary>
    public uint Size { get; init; }
    [JsonPropertyName("CRC")] public uint Crc { get; init; }
    public SnapshotKey? SnapInfo { get; init; }
    /// <summary>Punch a normal extent too. fsck leaves the field out.</summary>
    public bool IsSnapshotDeletion { get; init; }
}
