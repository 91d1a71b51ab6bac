namespace CubeActors.LoadGen;

/// <summary>
/// Runs one job after another: workers, warm-up, the measured time between two samples of everything that is measured, and the report.
/// </summary>
internal sealed class JobRunner(LoadSettings settings, IReadOnlyList<PartitionTarget> targets, Action<string> say)
{
    private readonly ExtentLedger _readLedger = new();
    private ReadDataSet? _data;

    /// <summary>
    /// Runs the plans until they are done or <paramref name="cancel"/> fires; the job that it interrupts is reported too.
    /// </summary>
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
        say($"writing {settings.ReadExtents} extents of {settings.ReadExtentBytes >> 20} MiB to read from (--extent-size)");
        _data = new ReadDataSet(targets, settings.ReadExtentBytes, settings.Seed, settings.Timeout, _readLedger);
        _data.Ensure(settings.ReadExtents, cancel);
    }

    private JobReport Run(JobPlan plan, ExtentLedger ledger, CancellationToken cancel)
    {
        say($"{plan.Name} with {plan.Connections} connection(s)");
        using var clock = new JobClock(plan.Connections, settings.Limits);
        using var interrupting = cancel.UnsafeRegister(static state => ((JobClock)state!).End("interrupted"), clock);
        Worker[] workers = [.. Enumerable.Range(0, plan.Connections).Select(i => CreateWorker(plan, i, clock, ledger))];
        foreach (var worker in workers) worker.Start();
        clock.RunWarmUp();
        var before = ResourceSnapshot.Take(settings.Processes);
        clock.RunMeasured();
        var after = ResourceSnapshot.Take(settings.Processes);
        foreach (var worker in workers) worker.Join();
        return JobReporter.Report(plan, clock, workers, settings.Processes, before, after);
    }

    private Worker CreateWorker(JobPlan plan, int index, JobClock clock, ExtentLedger ledger)
    {
        var seed = unchecked((settings.Seed * 31) + index);
        if (plan.Kind == JobKind.Append)
            return new AppendWorker(clock, plan, targets[index % targets.Count], seed, settings.Timeout, ledger);
        var data = _data![index];
        var hosts = data.Created.Target.Hosts;
        // Partitions take turns first, so replicas take turns among the connections of one partition.
        var host = settings.Host ?? hosts[index / targets.Count % hosts.Count];
        return new ReadWorker(clock, plan, data, host, seed, settings.Timeout);
    }

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
