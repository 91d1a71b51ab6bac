using CubeActors.Client;

namespace CubeActors.Node;

/// <summary>Waits for what data nodes tell their master in heartbeats.</summary>
internal static class VolumeReadiness
{
    /// <summary>A partition that takes writes. Source: CubeFS proto/status.go ReadWrite.</summary>
    private const int ReadWrite = 2;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <returns>Null when all partitions take writes; how many do not if the time is up.</returns>
    public static async Task<int?> WaitAsync(
        MasterClient master, string volume, int partitions, TimeSpan deadline, TimeProvider time, CancellationToken stop)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            var view = await master.GetClientPartitionsAsync(volume, stop).ConfigureAwait(false);
            var missing = partitions - view.DataPartitions.Count(partition => partition.Status == ReadWrite);
            if (missing <= 0) return null;
            if (time.GetElapsedTime(start) > deadline) return missing;
            await Task.Delay(Pause, time, stop).ConfigureAwait(false);
        }
    }
}
