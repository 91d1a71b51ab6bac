using System.Diagnostics;
using CubeActors.LoadGen;

namespace CubeActors.Restart;

/// <summary>Starts the node, then ends and starts it again as often as asked for, and measures each start from outside.</summary>
internal sealed class RestartRunner(RestartSettings settings, Action<string> say)
{
    /// <exception cref="NodeFault">The node does not come up, or the load cannot be prepared.</exception>
    public async Task<RestartReport> RunAsync(CancellationToken cancel)
    {
        var startedAt = TimeProvider.System.GetUtcNow();
        var runs = new List<RestartRun>();
        using var sockets = settings.Handover ? new HandedSockets(settings.Plan.Ports) : null;
        var watches = settings.Plan.Ports.Select(port => new PortWatch(port.Name, port.EndPoint)).ToList();
        using var operators = new OperatorWatch(settings.Plan.Prof);
        NodeRun? node = null;
        ClientLoad? load = null;
        try
        {
            DropCaches();
            foreach (var watch in watches) watch.Begin();
            node = NodeRun.Start(settings.Command, sockets);
            runs.Add(await MeasureAsync(node, watches, operators, null, "first", null, null, cancel));
            if (runs[0].Served == 0) throw new NodeFault($"no partition served within {settings.Limit.TotalSeconds:0} s: {runs[0].Remark}{Environment.NewLine}{node.LastLines()}");
            if (settings.Load is { IsNone: false } options) load = await ClientLoad.StartAsync(options);
            foreach (var stop in settings.Stops)
            {
                for (var i = 0; i < settings.Repeat && !cancel.IsCancellationRequested; i++)
                {
                    await Task.Delay(settings.Settle, CancellationToken.None);
                    say($"restart {runs.Count} ({stop})");
                    load?.Begin();
                    foreach (var watch in watches) watch.Begin();
                    await Task.Delay(TimeSpan.FromMilliseconds(100), CancellationToken.None); // so that the last connection before is known
                    var (seconds, code) = End(node, stop);
                    node.Dispose();
                    DropCaches();
                    node = NodeRun.Start(settings.Command, sockets);
                    runs.Add(await MeasureAsync(node, watches, operators, load, stop == StopKind.Term ? "term" : "kill", seconds, code, cancel));
                }
            }
        }
        finally
        {
            if (load is not null) await load.DisposeAsync();
            if (node is not null)
            {
                if (!node.HasExited) End(node, StopKind.Term);
                node.Dispose();
            }

            foreach (var watch in watches) watch.Dispose();
        }

        return new RestartReport(settings.Label, startedAt, string.Join(' ', settings.Command), Environment.ProcessorCount, settings.Partitions.Count,
            settings.Probe.ToString().ToLowerInvariant(), settings.Handover, runs);
    }

    private (double Seconds, int Code) End(NodeRun node, StopKind stop)
    {
        var began = Stopwatch.GetTimestamp();
        if (stop == StopKind.Term) node.SendTerminate();
        else node.Kill();
        if (!node.WaitForExit(settings.Limit))
        {
            say($"the node goes on {settings.Limit.TotalSeconds:0} s after its signal; it is killed");
            node.Kill();
            node.WaitForExit(settings.Limit);
        }

        return (Math.Round(Stopwatch.GetElapsedTime(began).TotalSeconds, 3), node.ExitCode);
    }

    private async Task<RestartRun> MeasureAsync(
        NodeRun node, IReadOnlyList<PortWatch> watches, OperatorWatch operators, ClientLoad? load, string stop, double? stopSeconds, int? stopCode, CancellationToken cancel)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var ready = operators.ReadyAsync(node.StartedAt, settings.Limit, over.Token);
        // A thread of its own: the sockets are blocking ones.
        var serving = await Task.Factory.StartNew(
            () => ServingWatch.Run(settings.Plan.Data.ToString(), settings.Probe, settings.Partitions, node.StartedAt, settings.Limit, () => node.HasExited || cancel.IsCancellationRequested),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var (cpu, resident) = (node.HasExited ? null : node.CpuTime(), node.ResidentKiB());
        if (serving.At.Count < serving.Partitions) await over.CancelAsync();
        var readyAfter = await ready;
        if (load is not null) await Task.Delay(settings.Settle, CancellationToken.None); // what was stalled comes to its end
        var data = watches[0];
        return new RestartRun(
            stop, stopSeconds, stopCode, [.. watches.Select(watch => new PortReport(watch.Name, AcceptedAfter(watch, node)))],
            Seconds(serving.Reached(double.Epsilon)), Seconds(serving.Reached(0.5)), Seconds(serving.Reached(0.99)), Seconds(serving.Reached(1)), serving.At.Count, Seconds(readyAfter),
            stopSeconds is null ? null : Seconds(data.RefusedFor), data.Refusals, load?.Report() ?? [], await operators.ParkedAsync(), Seconds(cpu), resident, Remark(node, serving));
    }

    private static string? Remark(NodeRun node, ServingTimes serving) =>
        serving.At.Count == serving.Partitions ? null
        : $"{serving.At.Count} of {serving.Partitions} partitions served; the last answer: {serving.LastError}"
            + (node.HasExited ? $"; the node has ended with code {node.ExitCode}:{Environment.NewLine}{node.LastLines()}" : "");

    private static double? AcceptedAfter(PortWatch watch, NodeRun node) =>
        watch.Refusals == 0 ? 0 : watch.AcceptedAgainAt is { } at ? Seconds(Stopwatch.GetElapsedTime(node.StartedAt, at)) : null;

    private static double? Seconds(TimeSpan? time) => time is { } known ? Math.Round(known.TotalSeconds, 3) : null;

    private void DropCaches()
    {
        if (!settings.DropCaches) return;
        try
        {
            File.WriteAllText("/proc/sys/vm/drop_caches", "3"); // page cache, dentries and inodes. Source: Documentation/admin-guide/sysctl/vm.rst
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageFault($"--drop-caches: {e.Message}");
        }
    }
}
