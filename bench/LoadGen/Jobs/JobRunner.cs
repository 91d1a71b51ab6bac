using System.Diagnostics;

namespace CubeActors.LoadGen;

/// <summary>Runs one job after another: workers, warm-up, the measured time between two samples of everything that is measured, and the report.</summary>
internal sealed class JobRunner(LoadSettings settings, IReadOnlyList<PartitionTarget> targets, Action<string> say)
{
    private readonly record struct Snapshot(long Timestamp, ProcessSample?[] Servers, Environment.ProcessCpuUsage Own, long AllocatedBytes);

    private readonly ExtentLedger _readLedger = new();
    private ReadDataSet? _data;

    /// <summary>Runs the plans until they are done or <paramref name="cancel"/> fires; the job that it interrupts is reported too.</summary>
    /// <returns>The jobs that were measured, and whether anything but a measurement failed.</returns>
    /// <exception cref="NodeFault">The data for read jobs could not be written.</exception>
    public (IReadOnlyList<JobReport> Jobs, bool CleanupFailed) RunAll(CancellationToken cancel)
    {
        var reports = new List<JobReport>();
        var cleanupFailed = false;
        try
        {
            if (settings.ReadExtents > 0) FillReadData(cancel);
            foreach (var plan in settings.Plans)
            {
                if (cancel.IsCancellationRequested) break;
                // An append job's extents go when it is over, so that the next one starts with the same disk.
                var ledger = new ExtentLedger();
                reports.Add(Run(plan, ledger, cancel));
                cleanupFailed |= !CleanUp(ledger);
            }
        }
        catch (OperationCanceledException)
        {
            say("interrupted");
        }
        finally
        {
            cleanupFailed |= !CleanUp(_readLedger);
        }

        return (reports, cleanupFailed);
    }

    private void FillReadData(CancellationToken cancel)
    {
        say($"writing {settings.ReadExtents} extents of {settings.ReadExtentBytes >> 20} MiB to read from");
        _data = new ReadDataSet(targets, settings.ReadExtentBytes, settings.Seed, settings.Timeout, _readLedger);
        _data.Ensure(settings.ReadExtents, cancel);
    }

    private JobReport Run(JobPlan plan, ExtentLedger ledger, CancellationToken cancel)
    {
        var duration = settings.Limits.Duration == Timeout.InfiniteTimeSpan ? "" : $", {settings.Limits.Duration.TotalSeconds:0.#} s";
        say($"{Name(plan.Kind)}, {plan.Connections} connection{(plan.Connections == 1 ? "" : "s")}: warm-up {settings.Limits.WarmUp.TotalSeconds:0.#} s{duration}");
        using var clock = new JobClock(plan.Connections, settings.Limits);
        using var interrupting = cancel.UnsafeRegister(static state => ((JobClock)state!).End("interrupted"), clock);
        Worker[] workers = [.. Enumerable.Range(0, plan.Connections).Select(i => CreateWorker(plan, i, clock, ledger))];
        foreach (var worker in workers) worker.Start();
        clock.RunWarmUp();
        var before = Sample();
        clock.RunMeasured();
        var after = Sample();
        foreach (var worker in workers) worker.Join();
        return Report(plan, clock, workers, before, after);
    }

    private Worker CreateWorker(JobPlan plan, int index, JobClock clock, ExtentLedger ledger)
    {
        var seed = unchecked((settings.Seed * 31) + index);
        if (plan.Kind == JobKind.Append) return new AppendWorker(clock, plan, targets[index % targets.Count], seed, settings.Timeout, ledger);
        var data = _data![index];
        var hosts = data.Created.Target.Hosts;
        // Partitions take turns first, so replicas take turns among the connections of one partition.
        var host = settings.Host ?? hosts[index / targets.Count % hosts.Count];
        return new ReadWorker(clock, plan, data, host, seed, settings.Timeout);
    }

    private Snapshot Sample() => new(Stopwatch.GetTimestamp(), [.. settings.Processes.Select(process => process.Sample())], Environment.CpuUsage, GC.GetTotalAllocatedBytes());

    private JobReport Report(JobPlan plan, JobClock clock, Worker[] workers, Snapshot before, Snapshot after)
    {
        var latency = new LatencyHistogram();
        foreach (var worker in workers) latency.Add(worker.Latency);
        var (operations, bytes) = (latency.Count, workers.Sum(worker => worker.Bytes));
        var seconds = Stopwatch.GetElapsedTime(before.Timestamp, after.Timestamp).TotalSeconds;
        ProcessReport[] servers = [.. settings.Processes.Select((process, i) => Describe(process, before.Servers[i], after.Servers[i], operations, bytes))];
        var sum = servers.Length == 0 || servers.Any(server => server.Cpu is null)
            ? null : CpuReport.Of(servers.Sum(server => server.Cpu!.UserSeconds), servers.Sum(server => server.Cpu!.SystemSeconds), operations, bytes);
        var own = CpuReport.Of((after.Own.UserTime - before.Own.UserTime).TotalSeconds, (after.Own.PrivilegedTime - before.Own.PrivilegedTime).TotalSeconds, operations, bytes);
        return new JobReport(Name(plan.Kind), plan.Connections, plan.Depth, plan.BlockBytes, Math.Round(seconds, 3), operations, bytes,
            Math.Round(operations / seconds, 1), Math.Round(bytes / seconds / (1 << 20), 2), Describe(latency), clock.ErrorCount,
            new SortedDictionary<string, long>(clock.Errors.ToDictionary()), sum, servers, own,
            operations == 0 ? null : Math.Round((double)(after.AllocatedBytes - before.AllocatedBytes) / operations, 2), clock.EndedBecause);
    }

    private static ProcessReport Describe(ServerProcess process, ProcessSample? before, ProcessSample? after, long operations, long bytes) =>
        before is not { } b || after is not { } a
            ? new ProcessReport(process.Pid, process.Name, null, null, null)
            : new ProcessReport(process.Pid, process.Name, CpuReport.Of(a.UserSeconds - b.UserSeconds, a.SystemSeconds - b.SystemSeconds, operations, bytes),
                a.ResidentKiB, a.PeakKiB);

    private static LatencyReport Describe(LatencyHistogram latency)
    {
        return new LatencyReport(Us(latency.Mean), Us(latency.Quantile(0.5)), Us(latency.Quantile(0.99)), Us(latency.Quantile(0.999)), Us(latency.Max));

        static double Us(TimeSpan time) => Math.Round(time.TotalMicroseconds, 1);
    }

    private static string Name(JobKind kind) => kind.ToString().ToLowerInvariant();

    /// <returns>False if extents are left on the nodes that should have gone.</returns>
    private bool CleanUp(ExtentLedger ledger)
    {
        if (ledger.Count == 0) return true;
        if (settings.Keep)
        {
            say($"kept {ledger.Count} extents");
            return true;
        }

        say($"deleting {ledger.Count} extents");
        var (left, reason) = ledger.DeleteAll();
        if (left > 0) say($"{left} extents could not be deleted and stay on the nodes: {reason}");
        return left == 0;
    }
}
