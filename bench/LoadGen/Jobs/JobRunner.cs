namespace CubeActors.LoadGen;

/// <summary>
/// Runs one job after another: workers, warm-up, the measured time between two samples of everything that is measured, and the report.
/// </summary>
internal sealed class JobRunner(LoadSettings settings, IReadOnlyList<PartitionTarget> targets, Action<string> say)
{
    /// <summary>Numbers of writes that one job may use up; a job's writes are then never taken for those of another.</summary>
    private const int SequenceBits = 40;

    private readonly ExtentLedger _readLedger = new();
    private readonly LeaderBook _leaders = new();
    private ulong _jobs;
    private ReadDataSet? _data;

    /// <summary>
    /// Runs the plans until they are done or <paramref name="cancel"/> fires; the job that it interrupts is reported too.
    /// </summary>
    /// <returns>The jobs that were measured, and whether anything but a measurement failed.</returns>
    /// <exception cref="NodeFault">The data for read and overwrite jobs could not be written.</exception>
    public (IReadOnlyList<JobReport> Jobs, bool CleanupFailed) RunAll(CancellationToken cancel)
    {
        var reports = new List<JobReport>();
        var cleanupFailed = false;
        try
        {
            if (ExtentsNeeded > 0) FillReadData(cancel);
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

    private int ExtentsNeeded => Math.Max(settings.ReadExtents, settings.OverwriteExtents);

    private void FillReadData(CancellationToken cancel)
    {
        say($"writing {ExtentsNeeded} extents of {settings.ReadExtentBytes >> 20} MiB to read from or to overwrite (--extent-size)");
        _data = new ReadDataSet(targets, settings.ReadExtentBytes, settings.Seed, settings.Timeout, _readLedger);
        _data.Ensure(ExtentsNeeded, cancel);
    }

    private JobReport Run(JobPlan plan, ExtentLedger ledger, CancellationToken cancel)
    {
        say($"{plan.Name} with {plan.Connections} connection(s)");
        _jobs++;
        using var clock = new JobClock(plan.Connections, settings.Limits);
        using var interrupting = cancel.UnsafeRegister(static state => ((JobClock)state!).End("interrupted"), clock);
        Worker[] workers = [.. Enumerable.Range(0, plan.Connections).Select(i => CreateWorker(plan, i, clock, ledger))];
        foreach (var worker in workers) worker.Start();
        clock.RunWarmUp();
        var before = ResourceSnapshot.Take(settings.Processes);
        clock.RunMeasured();
        var after = ResourceSnapshot.Take(settings.Processes);
        foreach (var worker in workers) worker.Join();
        if (plan.Kind == JobKind.Overwrite)
        {
            var blocks = OverwriteCheck.Run(clock, [.. workers.Cast<OverwriteWorker>().Select(worker => worker.Log)], plan.BlockBytes, settings.Seed, settings.Timeout);
            say($"looked at {blocks} overwritten blocks on every replica");
        }

        return JobReporter.Report(plan, clock, workers, settings.Processes, before, after);
    }

    private Worker CreateWorker(JobPlan plan, int index, JobClock clock, ExtentLedger ledger)
    {
        var seed = unchecked((settings.Seed * 31) + index);
        if (plan.Kind == JobKind.Append)
            return new AppendWorker(clock, plan, targets[index % targets.Count], seed, settings.Timeout, ledger);
        if (plan.Kind == JobKind.Overwrite)
            return new OverwriteWorker(clock, plan, ShareOf(plan, index), settings.Sync, _leaders, seed, settings.Timeout);
        var data = _data![index];
        var hosts = data.Created.Target.Hosts;
        // Partitions take turns first, so replicas take turns among the connections of one partition.
        var host = plan.Kind == JobKind.LeaderRead ? null : settings.Host ?? hosts[index / targets.Count % hosts.Count];
        return new ReadWorker(clock, plan, data, host, _leaders, seed, settings.Timeout);
    }

    /// <summary>Extents take turns among the connections; the connections of one extent take turns among its blocks.</summary>
    private OverwriteLog ShareOf(JobPlan plan, int index)
    {
        var file = index % settings.Files;
        var sharing = (plan.Connections - file + settings.Files - 1) / settings.Files;
        return new OverwriteLog(_data![file], plan.BlockBytes, index / settings.Files, sharing, _jobs << SequenceBits);
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
