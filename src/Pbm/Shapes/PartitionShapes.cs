using System.ComponentModel;

namespace CubeActors.Pbm;

internal sealed record PartitionListShape(IReadOnlyList<PartitionShape> Partitions);

internal sealed record PartitionShape(
    ulong Id, string Volume, string Disk, string? Directory, [property: Description("Loading, Serving, Unavailable or Closing")] string State, string? Reason,
    [property: Description("Discovered, OpeningLog, LoadingExtents, CatchingUp or Serving")] string Stage, ulong? StageDone, ulong? StageTotal,
    [property: Description("open, or what it keeps out and why; none while it does not serve")] string Gate, [property: Description("requests that wait for it")] int Parked,
    [property: Description("as masters are told: -1 unavailable, 0 recovering, 1 read-only, 2 read-write")] int? Status, long SizeBytes, long UsedBytes, int Extents, string? Role,
    [property: Description("node id")] ulong? Leader, bool IsLeader, bool IsRepairing, [property: Description("0 to 1 while it is being filled")] double? RebuildShare, int DiskErrors,
    IReadOnlyList<string> Hosts, IReadOnlyList<PeerShape> Peers);

internal sealed record PeerShape(ulong Id, string Address);

internal sealed record ExtentListShape(ulong Partition, [property: Description("all that match, listed or not")] int Count, long Bytes, IReadOnlyList<ExtentShape> Extents);

internal sealed record ExtentShape(
    ulong Id, [property: Description("tiny or normal")] string Kind, long Bytes, DateTimeOffset ModifiedAt, [property: Description("of the whole, where it is known")] uint? Crc, string? Locked);
