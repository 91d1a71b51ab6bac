using CubeActors.Protocol;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>The normal extents of one replica as it lists them: ids in rising order, with the length of each. 16 bytes an extent.</summary>
/// <remarks>Never a complete inventory: whoever lists leaves out what was written within its last minute, by its own clock.</remarks>
internal sealed class NormalList
{
    /// <summary>Length of an extent that is there, but that nothing is repaired from or to: it is being deleted, or carries data of snapshots.</summary>
    public const long Unfit = -1;

    /// <summary>Extents of one list. A partition takes no more creates at 60,000 (CubeFS datanode/wrap_prepare.go, 3 times MaxExtentCount).</summary>
    public const int ExtentsMax = 100_000;

    /// <summary>The longest list that is read: as JSON an extent takes at most 200 bytes, in the binary form that is asked for 57.</summary>
    public const int BytesMax = ExtentsMax * 200;

    private readonly ulong[] _ids;
    private readonly long[] _sizes;

    private NormalList(string host, ulong[] ids, long[] sizes) => (Host, _ids, _sizes) = (host, ids, sizes);

    /// <summary><c>ip:port</c> of the replica.</summary>
    public string Host { get; }

    public int Count => _ids.Length;

    public ReadOnlySpan<ulong> Ids => _ids;

    /// <summary>In the order of <see cref="Ids"/>: bytes, or <see cref="Unfit"/>.</summary>
    public ReadOnlySpan<long> Sizes => _sizes;

    /// <summary>The list of this node's own store.</summary>
    public static NormalList Of(string host, IReadOnlyList<ExtentRecord> records)
    {
        var (ids, sizes) = (new ulong[records.Count], new long[records.Count]);
        for (var i = 0; i < records.Count; i++)
            (ids[i], sizes[i]) = (records[i].Id.Value, records[i].SnapshotEnd == ExtentLimits.NormalBytesMax ? records[i].Size : Unfit);
        Array.Sort(ids, sizes);
        return new NormalList(host, ids, sizes);
    }

    /// <summary>Reads the answer to 0x07.</summary>
    /// <param name="problem">Why it is no list that a sound replica sends; then nothing of it counts.</param>
    public static bool TryRead(string host, ReadOnlySpan<byte> body, out NormalList list, out string problem)
    {
        list = new NormalList(host, [], []);
        problem = "";
        if (!Watermarks.TryRead(body, out var extents, ExtentsMax))
        {
            problem = "its list cannot be read";
            return false;
        }

        var (ids, sizes) = (new ulong[extents.Count], new long[extents.Count]);
        for (var i = 0; i < extents.Count; i++)
        {
            var extent = extents[i];
            var isFit = !extent.IsDeleted && extent.SnapshotEnd is 0 or Watermark.NoSnapshot;
            if (extent.Extent.Value is <= ExtentId.NormalBase or > ExtentId.NormalLast) problem = $"it lists {extent.Extent}, which is the id of no normal extent";
            else if (isFit && extent.Size > ExtentLimits.NormalBytesMax) problem = $"it lists extent {extent.Extent} with {extent.Size} bytes";
            if (problem.Length > 0) return false;
            (ids[i], sizes[i]) = (extent.Extent.Value, isFit ? (long)extent.Size : Unfit);
        }

        Array.Sort(ids, sizes);
        for (var i = 1; i < ids.Length; i++)
        {
            if (ids[i] != ids[i - 1]) continue;
            problem = $"it lists extent {ids[i]} twice";
            return false;
        }

        list = new NormalList(host, ids, sizes);
        return true;
    }
}
