using System.Text.Json.Serialization;

namespace CubeActors.Protocol;

/// <summary>Where a piece of a file lies, as a metanode keeps it: Data of 0x02 and 0xD6, elements of 0x57 and 0x58.</summary>
/// <remarks>Source: CubeFS proto/extent_key.go ExtentKey, its JSON.</remarks>
public readonly record struct ExtentKey
{
    public ulong FileOffset { get; init; }
    public PartitionId PartitionId { get; init; }
    public ExtentId ExtentId { get; init; }
    /// <summary>Bytes into the extent.</summary>
    public ulong ExtentOffset { get; init; }
    /// <summary>Bytes.</summary>
    public uint Size { get; init; }
    [JsonPropertyName("CRC")] public uint Crc { get; init; }
    public SnapshotKey? SnapInfo { get; init; }
}

/// <summary>The part of an extent key that only volumes with snapshots have.</summary>
public sealed record SnapshotKey
{
    public ulong VerSeq { get; init; }
    public bool IsSplit { get; init; }
    public ulong ModGen { get; init; }
}
