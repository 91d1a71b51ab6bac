using System.Buffers.Binary;
using CubeActors.Protocol;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

/// <summary>The extents of one partition as its store left them at a clean stop: what a walk through the directory would find, without a stat for each.</summary>
/// <remarks>
/// Bytes, big-endian: the directory's ctime (Unix seconds and nanoseconds, i64 each), the bytes that the tiny extents occupy (i64), 1 if there are CRCs of snapshot
/// data (u8), then for each extent id (u64), watermark, end of its snapshot data, mtime (i64 each). It holds as long as the directory has the same ctime: each
/// name that comes or goes, META and APPLY included, gives it another.
/// </remarks>
internal static class KeptExtents
{
    public const int HeadBytes = (3 * sizeof(long)) + 1;
    public const int ExtentBytes = 4 * sizeof(long);

    /// <summary>Of a closed store: nothing in the directory changes any more.</summary>
    public static byte[] Write(in FileStatus directory, long tinyAllocated, bool hasSnapshotCrcs, ICollection<Extent> extents)
    {
        var bytes = new byte[HeadBytes + (extents.Count * ExtentBytes)];
        var rest = bytes.AsSpan();
        Put(ref rest, directory.ChangedSeconds);
        Put(ref rest, directory.ChangedNanoseconds);
        Put(ref rest, tinyAllocated);
        rest[0] = hasSnapshotCrcs ? (byte)1 : (byte)0;
        rest = rest[1..];
        foreach (var extent in extents)
        {
            Put(ref rest, (long)extent.Id.Value);
            Put(ref rest, extent.Watermark);
            Put(ref rest, extent.SnapshotEnd);
            Put(ref rest, extent.ModifiedSeconds);
        }

        return bytes;
    }

    /// <returns>Null where the directory has changed since, or the bytes are not what <see cref="Write"/> makes: then a walk finds out.</returns>
    public static StoreListing? Read(ReadOnlySpan<byte> kept, string directory, in FileStatus now)
    {
        if (kept.Length < HeadBytes || (kept.Length - HeadBytes) % ExtentBytes != 0) return null;
        if (Take(ref kept) != now.ChangedSeconds || Take(ref kept) != now.ChangedNanoseconds) return null;
        var tinyAllocated = Take(ref kept);
        var hasSnapshotCrcs = kept[0] != 0;
        kept = kept[1..];
        var extents = new List<Extent>(kept.Length / ExtentBytes);
        while (!kept.IsEmpty)
        {
            var (id, watermark, snapshotEnd, modified) = (new ExtentId((ulong)Take(ref kept)), Take(ref kept), Take(ref kept), Take(ref kept));
            var isWhole = id.IsTiny ? watermark % ExtentLimits.PageBytes == 0 : ExtentLimits.IsNormal(id.Value) && watermark <= ExtentLimits.NormalBytesMax;
            if (!isWhole || watermark < 0 || snapshotEnd < ExtentLimits.NormalBytesMax) return null;
            extents.Add(new Extent(id, watermark, snapshotEnd, modified) { IsAssumed = true });
        }

        return StoreListing.Kept(directory, extents, tinyAllocated, hasSnapshotCrcs);
    }

    private static void Put(ref Span<byte> rest, long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(rest, value);
        rest = rest[sizeof(long)..];
    }

    private static long Take(ref ReadOnlySpan<byte> rest)
    {
        var value = BinaryPrimitives.ReadInt64BigEndian(rest);
        rest = rest[sizeof(long)..];
        return value;
    }
}
