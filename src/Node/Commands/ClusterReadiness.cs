using CubeActors.Client;

namespace CubeActors.Node;

/// <summary>Waits for what data nodes tell their master in heartbeats.</summary>
internal static class ClusterReadiness
{
    /// <summary>A partition that takes writes. Source: CubeFS proto/status.go ReadWrite.</summary>
    private const int ReadWrite = 2;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>A node that has just registered takes no partitions before its first report.</summary>
    /// <returns>How many nodes take partitions: <paramref name="wanted"/> or more, or fewer if the time is up.</returns>
    public static async Task<int> WaitForNodesAsync(MasterClient master, int wanted, TimeSpan deadline, TimeProvider time, CancellationToken stop)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            var writable = (await master.GetAllDataNodesAsync(stop)).Count(node => node.IsWritable);
            if (writable >= wanted || time.GetElapsedTime(start) > deadline) return writable;
            await Task.Delay(Pause, time, stop);
        }
    }

    /// <returns>Null when all partitions take writes; how many do not if the time is up.</returns>
    public static async Task<int?> WaitForVolumeAsync(
        MasterClient master, string volume, int partitions, TimeSpan deadline, TimeProvider time, CancellationToken stop)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            var view = await master.GetClientPartitionsAsync(volume, stop);
            var missing = partitions - view.DataPartitions.Count(partition => partition.Status == ReadWrite);
            if (missing <= 0) return null;
            if (time.GetElapsedTime(start) > deadline) return missing;
            await Task.Delay(Pause, time, stop);
        }
    }
}
