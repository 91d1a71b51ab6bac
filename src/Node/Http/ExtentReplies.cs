using System.Text.Json.Serialization;
using CubeActors.Actors;
using CubeActors.Protocol;
using CubeActors.Storage;

namespace CubeActors.Node;

/// <summary>Extents, their blocks and what was deleted, in the shape of CubeFS. Pure: what a partition answered in, reply out.</summary>
internal static class ExtentReplies
{
    public static OperatorReply Extent(PartitionId partition, ExtentId extent, Inspected<ExtentRecord?> found) => Answer(
        found, record => record is { } known
            ? OperatorReply.Ok(Describe(known), OperatorJson.Default.InspectedExtent)
            : OperatorReply.Failed(500, $"e extent {partition}_{extent} not exist"));

    public static OperatorReply Blocks(PartitionId partition, ExtentId extent, Inspected<IReadOnlyList<uint>?> found) => Answer(
        found, crcs => crcs is not null
            ? OperatorReply.Ok([.. crcs.Select((crc, block) => new InspectedBlock(block, crc))], OperatorJson.Default.InspectedBlockArray)
            : OperatorReply.Failed(500, $"extent {partition}_{extent} not exist"));

    public static OperatorReply Deletes(Inspected<IReadOnlyList<DeleteRecord>> found) => Answer(
        found, records => OperatorReply.Ok(
            [.. records.Select(record => new InspectedDelete(record.Extent, record.Offset, record.Size))], OperatorJson.Default.InspectedDeleteArray));

    /// <summary>Normal extents that were last changed before a moment, as fsck asks for them.</summary>
    /// <param name="beforeTime">Unix seconds.</param>
    public static OperatorReply AllBefore(long beforeTime, Inspected<ExtentListing> found) =>
        found.IsKnown && !found.IsGood ? OperatorReply.Failed(500, "get all extents failed") : Answer(
            found, listing => OperatorReply.Ok(
                [.. listing.Extents.Where(record => !record.Id.IsTiny && record.ModifiedSeconds < beforeTime).Select(record => GcExtent.Of(Describe(record), listing.LockOf(record.Id)))],
                OperatorJson.Default.GcExtentArray));

    public static InspectedExtent Describe(ExtentRecord record) => new(
        false, record.Crc, record.Id.Value, (ulong)record.Size, record.ModifiedSeconds, (ulong)record.SnapshotEnd, 0, record.CrcApplyId);

    private static OperatorReply Answer<T>(Inspected<T> found, Func<T, OperatorReply> describe) =>
        !found.IsKnown ? OperatorReply.NoPartition : found.Problem is { } problem ? OperatorReply.Failed(500, problem) : describe(found.Value);
}

/// <summary>Source of names and order: CubeFS datanode/storage/extent.go ExtentInfo.</summary>
internal sealed record InspectedExtent(
    bool Deleted, [property: JsonPropertyName("Crc")] uint Crc, ulong FileId, ulong Size, long ModTime, ulong SnapSize, ulong SnapPreAllocSize,
    [property: JsonPropertyName("applyID")] ulong ApplyId);

/// <inheritdoc cref="InspectedExtent"/>
internal sealed record GcExtent(
    bool Deleted, [property: JsonPropertyName("Crc")] uint Crc, ulong FileId, ulong Size, long ModTime, ulong SnapSize, ulong SnapPreAllocSize,
    [property: JsonPropertyName("applyID")] ulong ApplyId, [property: JsonPropertyName("gc_status")] string GcStatus)
{
    public static GcExtent Of(InspectedExtent extent, ExtentLockKind locked) => new(
        extent.Deleted, extent.Crc, extent.FileId, extent.Size, extent.ModTime, extent.SnapSize, extent.SnapPreAllocSize, extent.ApplyId, Name(locked));

    /// <summary>Source: CubeFS proto/extent_key.go, GcFlag as text.</summary>
    private static string Name(ExtentLockKind locked) => locked switch
    {
        ExtentLockKind.Mark => "gc_mark",
        ExtentLockKind.Delete => "gc_delete",
        _ => "normal",
    };
}

internal sealed record InspectedBlock([property: JsonPropertyName("BlockNo")] int BlockNo, [property: JsonPropertyName("Crc")] uint Crc);

internal sealed record InspectedDelete([property: JsonPropertyName("extentID")] ulong ExtentId, ulong Offset, ulong Size);
