using System.Runtime;

namespace CubeActors.Node;

/// <summary>Lets a start go by without a collection of the garbage: nearly all that a start makes stays, and each collection would only look at it again and move it.</summary>
/// <remarks>
/// Measured with 997 partitions and 99,700 extents: 13 collections in the first two seconds stood still for 0.25 s in all; now there is none. It ends by itself as soon as more was made. The
/// memory is set aside, not taken: what a small node does not use it does not have, and a large one has some 20 MB more until the first collection.
/// </remarks>
internal static class StartHeap
{
    /// <summary>What a node with 1,000 partitions and 100,000 extents makes until it serves them is 110 MB.</summary>
    private const long Bytes = 128L << 20;

    /// <summary>A process that may have less than this many times as much collects as ever.</summary>
    private const int Spare = 8;

    /// <summary>A start takes seconds; whoever takes longer waits for disks, and not for the collector.</summary>
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(10);

    /// <summary>Begins it, for the whole process.</summary>
    public static BackgroundWork Begin(TimeProvider time)
    {
        if (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >= Spare * Bytes) GC.TryStartNoGCRegion(Bytes);
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
