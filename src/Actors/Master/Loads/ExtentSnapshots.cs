using System.Globalization;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>The list of extents that a master compares between replicas. Pure.</summary>
/// <remarks>Source: CubeFS datanode/storage/extent_store.go SnapShot: quiet normal extents, and tiny ones without CRC, because their holes differ.</remarks>
internal static class ExtentSnapshots
{
    /// <param name="nowSeconds">Unix time.</param>
    public static IReadOnlyList<ExtentSnapshot> Of(IEnumerable<ExtentRecord> extents, long nowSeconds)
    {
        var quiet = (long)ExtentStore.QuietTime.TotalSeconds;
        var snapshots = new List<ExtentSnapshot>();
        foreach (var extent in extents)
        {
            if (!extent.Id.IsTiny && nowSeconds - extent.ModifiedSeconds <= quiet) continue;
            snapshots.Add(new ExtentSnapshot
            {
                Name = extent.Id.Value.ToString(CultureInfo.InvariantCulture),
                Crc = extent.Id.IsTiny ? 0 : extent.Crc,
                Size = unchecked((uint)extent.Size), // as CubeFS does; only a tiny extent can be longer
                Modified = extent.ModifiedSeconds,
                ApplyId = extent.CrcApplyId,
            });
        }

        return snapshots;
    }

    /// <summary>The normal extents whose CRC is not known and may be computed by now, in the order given.</summary>
    public static IReadOnlyList<ExtentId> WithoutCrc(IEnumerable<ExtentRecord> extents, long nowSeconds) =>
        [.. extents.Where(extent => !extent.Id.IsTiny && extent.Crc == 0 && extent.Size > 0 && nowSeconds - extent.ModifiedSeconds > (long)ExtentStore.CrcQuietTime.TotalSeconds).Select(extent => extent.Id)];
}
