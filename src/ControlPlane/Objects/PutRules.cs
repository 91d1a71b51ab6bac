using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Protocol.Objects;

namespace CubeActors.ControlPlane;

/// <summary>What a put may do. Each answer is either an event or the reason why not.</summary>
internal static class PutRules
{
    /// <summary>Puts that may run at a time; each costs memory until its lease ends.</summary>
    public const int PutsMax = 100_000;

    /// <summary>Extents of one call, so that its event fits the journal: an object of normal extents may have 1 TiB.</summary>
    public const int ExtentsMax = 8192;

    /// <summary>Bytes of JSON of the catalog in a snapshot, with a quarter of the journal's limit of 64 MiB to spare.</summary>
    public const long WeightMax = 48L << 20;

    private const string TooHeavy = "this master keeps no more objects: its catalog has reached the size of one snapshot; delete objects first";

    public static (ClusterEvent? Event, Refusal? Refused) Open(ClusterState state, OpenIntent request) =>
        !ObjectRules.IsName(request.Name)
            ? (null, Refusal.BadParameter($"name: an object's name has 1 to {ObjectRules.NameBytesMax} bytes of UTF-8 without control characters"))
        : request.Size < 0 ? (null, Refusal.BadParameter($"size: {request.Size} is negative"))
        : FindReady(state, request.Volume) is { Refused: { } refused } ? (null, refused)
        : state.Objects.Weight > WeightMax
            ? (null, Refusal.Failed(TooHeavy))
        : state.Objects.Puts.Count() >= PutsMax ? (null, Refusal.Failed($"{PutsMax} puts are running: try again when some have ended"))
        : (new PutOpened(state.Objects.LastPutId + 1, request.Volume, request.Name, request.Size), null);

    /// <remarks>
    /// A put that has ended cannot be continued, but it may have created extents just before it learned so: those become garbage.
    /// </remarks>
    public static (ClusterEvent? Event, Refusal? Refused) Extend(ClusterState state, ulong putId, IReadOnlyList<ObjectExtent> extents)
    {
        if (state.Objects.FindPut(putId) is not { } put) return (Orphans(state, putId, extents), Ended(state, putId));
        if (state.Objects.Weight > WeightMax) return (null, Refusal.Failed(TooHeavy));
        if (put.Extents.Length + extents.Count > ObjectRules.ExtentsMax)
            return (null, Refusal.BadParameter($"extents: a put notes at most {ObjectRules.ExtentsMax}"));
        return CheckPieces(state, put, extents) is { } refused ? (null, refused) : (new PutExtended(putId, [.. extents]), null);
    }

    public static (ClusterEvent? Event, Refusal? Refused) Commit(ClusterState state, ulong putId, CommitIntent request, DateTimeOffset now)
    {
        if (state.Objects.FindPut(putId) is not { } put) return (null, Ended(state, putId));
        if (!ObjectRules.IsSha256(request.Sha256)) return (null, Refusal.BadParameter("sha256: not 64 lower-case hex digits"));
        if (!ObjectRules.Cover(request.Extents, out var size))
            return (null, Refusal.BadParameter("extents: they do not cover the object from byte 0 without gap or overlap"));
        if (put.Size is { } announced && announced != size)
            return (null, Refusal.BadParameter($"extents: they hold {size} bytes, but the put announced {announced}"));
        return CheckPieces(state, put, request.Extents) is { } refused
            ? (null, refused)
            : (new PutCommitted(putId, request.Sha256, [.. request.Extents], now), null);
    }

    /// <summary>The volume, if clients can use it.</summary>
    public static (VolumeRecord? Volume, Refusal? Refused) FindReady(ClusterState state, string name) => state.FindVolume(name) switch
    {
        null => (null, Refusal.NoVolume(name)),
        { Stage: VolumeStage.Creating } => (null, Refusal.Failed($"volume {name} is still being created")),
        var ready => (ready, null),
    };

    private static Refusal Ended(ClusterState state, ulong putId) => putId <= state.Objects.LastPutId
        ? Refusal.Failed($"put {putId} has ended: it was committed, aborted, or its lease of {ObjectRules.IntentLease.TotalMinutes:0} minutes ran out")
        : Refusal.Failed($"put {putId} does not exist");

    private static ClusterEvent? Orphans(ClusterState state, ulong putId, IReadOnlyList<ObjectExtent> extents)
    {
        if (putId == 0 || putId > state.Objects.LastPutId || extents.Count == 0) return null;
        if (extents[0] is not { } head || state.FindPartition(head.PartitionId) is not { Stage: PartitionStage.Created } first) return null;
        var orphans = extents.Where(piece => CheckPlace(state, first.Volume, piece) is null && state.Objects.OwnerOf(OwnedExtent.Of(piece)) is null);
        return orphans.ToList() is { Count: > 0 } unowned && unowned.Count <= ExtentsMax ? new ExtentsOrphaned(first.Volume, [.. unowned]) : null;
    }

    private static Refusal? CheckPieces(ClusterState state, Put put, IReadOnlyList<ObjectExtent> extents)
    {
        if (extents.Count > ExtentsMax) return Refusal.BadParameter($"extents: {extents.Count} are more than {ExtentsMax}");
        foreach (var piece in extents)
        {
            if (CheckPlace(state, put.Volume, piece) is { } refused) return refused;
            // Deleting the one object would destroy the other.
            if (state.Objects.OwnerOf(OwnedExtent.Of(piece)) is { } owner && owner != put.Id)
                return Refusal.BadParameter($"extents: {piece.PartitionId}/{piece.ExtentId} belongs to another put");
        }

        return null;
    }

    private static Refusal? CheckPlace(ClusterState state, string volume, ObjectExtent piece)
    {
        if (piece is null || !ObjectRules.IsPlace(piece)) return Refusal.BadParameter("extents: an id is 0, or an offset or size is negative or too large");
        if (new ExtentId(piece.ExtentId).IsTiny && piece.Size == 0)
            return Refusal.BadParameter($"extents: a slot of tiny extent {piece.PartitionId}/{piece.ExtentId} has no bytes");
        if (state.FindPartition(piece.PartitionId) is not { Stage: PartitionStage.Created } partition)
            return new Refusal(MasterReply.PartitionMissing, $"data partition {piece.PartitionId} not exists");
        return partition.Volume == volume ? null : Refusal.BadParameter($"extents: data partition {partition.Id} belongs to volume {partition.Volume}, not {volume}");
    }
}
