using CubeActors.Actors;
using CubeActors.Protocol;
using CubeActors.Storage;

namespace CubeActors.Node;

/// <summary>The replicas of this node: /cubeactors/partitions.</summary>
internal sealed record ReplicaList(IReadOnlyList<ReplicaFacts> Partitions);

/// <summary>One replica: /cubeactors/partitions/{id}.</summary>
/// <param name="Gate">open; what is kept out and why; "none, callers wait" or "none" where it does not serve.</param>
/// <param name="Stage">How far its loading is.</param>
/// <param name="StageDone">Extents or log entries of the stage; absent where it counts none.</param>
/// <param name="Parked">Requests that wait for it.</param>
/// <param name="Role">In its raft group; absent where it takes part in none.</param>
/// <param name="Status">As the masters are told: -1 unavailable, 0 recovering, 1 read-only, 2 read-write; absent while it loads.</param>
/// <param name="RebuildShare">0 to 1; absent where it is not being filled.</param>
/// <param name="DiskErrors">META DiskErrCnt; above 0 it is out of service.</param>
internal sealed record ReplicaFacts(
    ulong Id, string Volume, string Disk, string? Directory, string State, string? Reason, string Stage, ulong? StageDone, ulong? StageTotal, string Gate, int Parked, int? Status, long SizeBytes,
    long UsedBytes, int Extents, string? Role, ulong? Leader, bool IsLeader, bool IsRepairing, double? RebuildShare, int DiskErrors, IReadOnlyList<string> Hosts, IReadOnlyList<PeerFacts> Peers)
{
    public static ReplicaFacts Of(PartitionFigures figures, NodeSurface? surface)
    {
        var (progress, status) = (figures.Progress(), figures.Raft());
        var gate = surface?.Inspection?.Gate(figures.Id);
        return new ReplicaFacts(
            figures.Id.Value, figures.Volume, figures.DiskPath, figures.Directory.Length > 0 ? figures.Directory : null, figures.State.ToString(), figures.Reason.Length > 0 ? figures.Reason : null,
            figures.Stage.ToString(), progress.Total > 0 ? progress.Done : null, progress.Total > 0 ? progress.Total : null, gate?.Gate ?? "", gate?.Parked ?? figures.Parked,
            surface?.Partitions.Find(figures.Id)?.Status, figures.Size, figures.Used, figures.ExtentCount, status?.Role.ToString(), status?.Leader.Value is > 0 and var leader ? leader : null,
            figures.IsLeader, figures.IsRepairing, figures.IsBeingRebuilt ? figures.RepairProgress : null, figures.ErrorCount, figures.Hosts,
            [.. figures.Peers.Select(peer => new PeerFacts(peer.Id.Value, peer.Address))]);
    }
}

internal sealed record PeerFacts(ulong Id, string Address);

/// <summary>Some extents of a replica: /cubeactors/partitions/{id}/extents.</summary>
/// <param name="Count">All that it has and that were asked for.</param>
/// <param name="Extents">By id, from the first that was asked for on.</param>
internal sealed record ExtentPage(ulong Partition, int Count, long Bytes, IReadOnlyList<SeenExtent> Extents)
{
    /// <param name="from">The first id.</param>
    public static ExtentPage Of(ulong partition, ExtentListing listing, ulong from, int limit, bool emptyToo)
    {
        var wanted = listing.Extents.Where(extent => emptyToo || extent.Size > 0).ToList();
        return new ExtentPage(
            partition, wanted.Count, wanted.Sum(extent => extent.Size),
            [.. wanted.Where(extent => extent.Id.Value >= from).OrderBy(extent => extent.Id.Value).Take(limit).Select(extent => SeenExtent.Of(extent, listing))]);
    }
}

/// <param name="Kind">tiny or normal.</param>
/// <param name="Crc">Of the whole extent, as it was computed last; absent where it is not known.</param>
/// <param name="Locked">For garbage collection: mark or delete; absent where it is not.</param>
internal sealed record SeenExtent(ulong Id, string Kind, long Bytes, DateTimeOffset ModifiedAt, uint? Crc, string? Locked)
{
    public static SeenExtent Of(ExtentRecord extent, ExtentListing listing) => new(
        extent.Id.Value, extent.Id.IsTiny ? "tiny" : "normal", extent.Size, DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(extent.ModifiedSeconds, 0, int.MaxValue)), extent.Crc == 0 ? null : extent.Crc,
        listing.LockOf(extent.Id) is var kind and not ExtentLockKind.Normal ? kind.ToString().ToLowerInvariant() : null);
}
