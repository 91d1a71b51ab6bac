using System.Text.Json.Serialization;
using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>Partitions in the shape of CubeFS. Pure: what the inspection found in, reply out.</summary>
internal static class PartitionReplies
{
    public static OperatorReply List(IReadOnlyList<InspectedPartition> partitions) => OperatorReply.Ok(
        new PartitionList(
            [.. partitions.Select(one => new PartitionItem(
                one.Figures.Id.Value, one.Figures.Size, one.Figures.Used, one.Status, one.Directory, one.Figures.Hosts, one.Figures.Hosts))],
            partitions.Count),
        OperatorJson.Default.PartitionList);

    /// <param name="extents">Empty if the partition is there but does not serve: then its disk is not asked.</param>
    public static OperatorReply Partition(InspectedPartition? partition, Inspected<ExtentListing> extents, DateTimeOffset now)
    {
        if (partition is null) return OperatorReply.NoPartition;
        if (extents is { IsKnown: true, Problem: { } problem }) return OperatorReply.Failed(500, $"get watermark fail: {problem}");
        var listing = extents.IsKnown ? extents.Value : new ExtentListing([], 0);
        var figures = partition.Figures;
        return OperatorReply.Ok(
            new PartitionDetail(
                figures.Volume, figures.Id.Value, figures.Size, figures.Used, partition.Status, partition.Directory,
                [.. listing.Extents.Select(ExtentReplies.Describe)], listing.Extents.Count, figures.Hosts, listing.TinyDeleteLogBytes,
                RaftReplies.Describe(figures.Id, partition.Raft, now)),
            OperatorJson.Default.PartitionDetail);
    }
}

internal sealed record PartitionList(IReadOnlyList<PartitionItem> Partitions, int PartitionCount);

internal sealed record PartitionItem(ulong Id, long Size, long Used, int Status, string Path, IReadOnlyList<string> Replicas, IReadOnlyList<string> Hosts);

internal sealed record PartitionDetail(
    string VolName, ulong Id, long Size, long Used, int Status, string Path, IReadOnlyList<InspectedExtent> Extents, int FileCount, IReadOnlyList<string> Replicas,
    long TinyDeleteRecordSize, RaftStatusView RaftStatus);
