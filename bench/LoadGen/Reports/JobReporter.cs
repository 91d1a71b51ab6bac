using System.Diagnostics;

namespace CubeActors.LoadGen;

/// <summary>Makes the report of a job out of what its workers counted and of what was used between two moments.</summary>
internal static class JobReporter
{
    public static JobReport Report(
        JobPlan plan, JobClock clock, Worker[] workers, IReadOnlyList<ServerProcess> processes, ResourceSnapshot before, ResourceSnapshot after)
    {
        var latency = new LatencyHistogram();
        foreach (var worker in workers) latency.Add(worker.Latency);
        var (operations, bytes) = (latency.Count, workers.Sum(worker => worker.Bytes));
        var seconds = Stopwatch.GetElapsedTime(before.Timestamp, after.Timestamp).TotalSeconds;
        ProcessReport[] servers =
            [.. processes.Select((process, i) => Describe(process, before.Servers[i], after.Servers[i], operations, bytes))];
        return new JobReport(
            plan.Name, plan.Connections, plan.Depth, plan.BlockBytes, Math.Round(seconds, 3), operations, bytes,
            Math.Round(operations / seconds, 1), Math.Round(bytes / seconds / (1 << 20), 2), Describe(latency),
            clock.ErrorCount, new SortedDictionary<string, long>(clock.Errors.ToDictionary()),
            Sum(servers, operations, bytes), servers, Own(before, after, operations, bytes),
            operations == 0 ? null : Math.Round((double)(after.OwnAllocatedBytes - before.OwnAllocatedBytes) / operations, 2), clock.EndedBecause);
    }

    private static CpuReport? Sum(ProcessReport[] servers, long operations, long bytes)
    {
        if (servers.Length == 0 || servers.Any(server => server.Cpu is null)) return null;
        return CpuReport.Of(servers.Sum(server => server.Cpu!.UserSeconds), servers.Sum(server => server.Cpu!.SystemSeconds), operations, bytes);
    }

    private static CpuReport Own(ResourceSnapshot before, ResourceSnapshot after, long operations, long bytes)
    {
        var user = after.Own.UserTime - before.Own.UserTime;
        var system = after.Own.PrivilegedTime - before.Own.PrivilegedTime;
        return CpuReport.Of(user.TotalSeconds, system.TotalSeconds, operations, bytes);
    }

    private static ProcessReport Describe(ServerProcess process, ProcessSample? before, ProcessSample? after, long operations, long bytes)
    {
        if (before is not { } b || after is not { } a) return new ProcessReport(process.Pid, process.Name, null, null, null);
        var cpu = CpuReport.Of(a.UserSeconds - b.UserSeconds, a.SystemSeconds - b.SystemSeconds, operations, bytes);
        return new ProcessReport(process.Pid, process.Name, cpu, a.ResidentKiB, a.PeakKiB);
    }

    private static LatencyReport Describe(LatencyHistogram latency)
    {
        return new LatencyReport(Us(latency.Mean), At(0.5), At(0.99), At(0.999), Us(latency.Max));

        double At(double quantile) => Us(latency.Quantile(quantile));
        static double Us(TimeSpan time) => Math.Round(time.TotalMicroseconds, 1);
    }
}
