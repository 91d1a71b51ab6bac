using System.Buffers.Binary;
using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>What a <see cref="HostilePeer"/> really holds: bytes by partition, extent and offset; numbers and lists by how many requests it has seen. Pure.</summary>
/// <remarks>No two requests have the same right answer, so that a stale one is never right by chance.</remarks>
internal static class PeerTruth
{
    /// <summary>The extents that runs of data and holes are asked of are cut into pages of this length, of which each fourth or so is a hole.</summary>
    public const int PageBytes = 4096;

    private const int NoiseBytes = 1 << 20;
    private static readonly byte[] Period = Requests.Noise(NoiseBytes, 7);
    private static readonly byte[] Noise = [.. Period, .. Period, .. Period]; // so that a longest range may begin anywhere

    public static ReadOnlySpan<byte> Content(PartitionId partition, ExtentId extent, long offset, int bytes) =>
        Noise.AsSpan((int)((Mix(partition.Value, extent.Value) + (ulong)offset) % NoiseBytes), bytes);

    public static bool IsHole(ExtentId extent, long page) => Mix(extent.Value, (ulong)page) % 4 == 0;

    public static ulong Applied(long tick) => 1_000_000 + (ulong)tick * 3;

    public static (ulong Last, ulong Bytes) Totals(long tick) => (2000 + (ulong)tick, (ulong)tick * 4096 + 17);

    public static (ulong Bytes, ulong Used) Sizes(ExtentId upTo, long tick) => (upTo.Value * 10 + (ulong)tick, (ulong)tick * 8192 + 5);

    public static List<Watermark> NormalList(long tick)
    {
        var list = new List<Watermark>();
        for (var i = 0; i <= (int)(tick % 12); i++) list.Add(new Watermark { Extent = new ExtentId(1025 + (ulong)(i * 3) + (ulong)(tick % 2)), Size = (ulong)((tick * 7919 + i * 4096) % (128 << 20)) });
        return list;
    }

    /// <summary>Each asked for, with its size.</summary>
    public static List<Watermark> TinyList(IReadOnlyList<ExtentId> asked, long tick) =>
        [.. asked.Select(extent => new Watermark { Extent = extent, Size = (extent.Value + (ulong)tick) * PageBytes })];

    public static byte[] One(ulong number)
    {
        var body = new byte[NumberBody.OneBytes];
        BinaryPrimitives.WriteUInt64BigEndian(body, number);
        return body;
    }

    public static byte[] Two((ulong First, ulong Second) numbers)
    {
        var body = new byte[NumberBody.TwoBytes];
        NumberBody.WriteTwo(body, numbers.First, numbers.Second);
        return body;
    }

    private static ulong Mix(ulong a, ulong b)
    {
        var x = (a * 0x9E3779B97F4A7C15) ^ (b + 0x632BE59BD9B4E019);
        x = (x ^ (x >> 29)) * 0xBF58476D1CE4E5B9;
        return x ^ (x >> 32);
    }
}
