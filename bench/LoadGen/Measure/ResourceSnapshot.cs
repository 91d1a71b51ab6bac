using System.Diagnostics;

namespace CubeActors.LoadGen;

/// <summary>Everything that is measured besides the operations, at one moment.</summary>
/// <param name="Servers">In the order of the processes; null for one that has ended.</param>
internal readonly record struct ResourceSnapshot(
    long Timestamp, IReadOnlyList<ProcessSample?> Servers, Environment.ProcessCpuUsage Own, long OwnAllocatedBytes)
{
    public static ResourceSnapshot Take(IEnumerable<ServerProcess> processes) => new(
        Stopwatch.GetTimestamp(), [.. processes.Select(process => process.Sample())], Environment.CpuUsage, GC.GetTotalAllocatedBytes());
}
