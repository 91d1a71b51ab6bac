using System.Globalization;
using Spectre.Console;

namespace CubeActors.Restart;

/// <summary>Prints restarts for people: a line a restart, their medians, what clients saw, and remarks.</summary>
internal static class RestartTables
{
    public static void Print(IAnsiConsole console, RestartReport report)
    {
        console.MarkupLineInterpolated($"{report.Label}: {report.Partitions} partitions, probe {report.Probe}{(report.Handover ? ", sockets handed over" : "")}; seconds since the process was made");
        console.Write(StartTable(report));
        if (report.Runs.Any(run => run.Load.Count > 0)) console.Write(LoadTable(report));
        foreach (var (run, i) in report.Runs.Select((run, i) => (run, i)))
        {
            if (run.Remark is { } remark) console.MarkupLineInterpolated($"[red]{i}[/] {remark}");
            if (run.Parked is { Count: > 0 } parked)
                console.MarkupLineInterpolated($"{i} requests that waited: {string.Join(", ", parked.Select(entry => $"{entry.Value} {entry.Key}"))}");
            foreach (var load in run.Load.Where(load => load.Failed > 0)) console.MarkupLineInterpolated($"[red]{i}[/] {load.Kind}: {load.LastFailure}");
        }
    }

    private static Table StartTable(RestartReport report)
    {
        string[] ports = [.. report.Runs[0].Ports.Select(port => port.Name)];
        var table = Grid(["", "stop", "stopped in", .. ports, "first", "50 %", "99 %", "100 %", "ready", "refused for", "refusals", "CPU", "RSS MiB"]);
        foreach (var (run, i) in report.Runs.Select((run, i) => (run, i))) table.AddRow(Row(Whole(i), run.Stop, run));
        foreach (var kind in report.Runs.Where(run => run.StopSeconds is not null).GroupBy(run => run.Stop).Where(kind => kind.Count() > 1))
            table.AddRow(Row("median", kind.Key, Medians([.. kind])));
        return table;
    }

    private static string[] Row(string name, string stop, RestartRun run) =>
    [
        name, stop, Time(run.StopSeconds), .. run.Ports.Select(port => Time(port.AcceptedAfter)), Time(run.FirstServed), Time(run.Served50), Time(run.Served99), Time(run.Served100),
        Time(run.Ready), Time(run.RefusedSeconds), Whole(run.RefusedAttempts), Time(run.CpuSeconds), Whole(run.ResidentKiB / 1024),
    ];

    /// <summary>Each figure's own median; one that is missing in a run counts as longer than all others.</summary>
    internal static RestartRun Medians(IReadOnlyList<RestartRun> runs) => runs[0] with
    {
        StopSeconds = Median(runs.Select(run => run.StopSeconds)),
        Ports = [.. runs[0].Ports.Select((port, i) => port with { AcceptedAfter = Median(runs.Select(run => run.Ports[i].AcceptedAfter)) })],
        FirstServed = Median(runs.Select(run => run.FirstServed)),
        Served50 = Median(runs.Select(run => run.Served50)),
        Served99 = Median(runs.Select(run => run.Served99)),
        Served100 = Median(runs.Select(run => run.Served100)),
        Ready = Median(runs.Select(run => run.Ready)),
        RefusedSeconds = Median(runs.Select(run => run.RefusedSeconds)),
        RefusedAttempts = (long)(Median(runs.Select(run => (double?)run.RefusedAttempts)) ?? 0),
        CpuSeconds = Median(runs.Select(run => run.CpuSeconds)),
        ResidentKiB = (long?)Median(runs.Select(run => (double?)run.ResidentKiB)),
    };

    private static double? Median(IEnumerable<double?> values)
    {
        double?[] ordered = [.. values.OrderBy(value => value ?? double.PositiveInfinity)];
        return ordered[ordered.Length / 2];
    }

    private static Table LoadTable(RestartReport report)
    {
        var table = Grid(["", "stop", "operation", "done", "failed", "longest s"]);
        foreach (var (run, i) in report.Runs.Select((run, i) => (run, i)))
            foreach (var load in run.Load)
                table.AddRow(Whole(i), run.Stop, load.Kind, Whole(load.Done), load.Failed == 0 ? "0" : $"[red]{Whole(load.Failed)}[/]", Time(load.LongestSeconds));
        return table;
    }

    private static Table Grid(IReadOnlyList<string> columns)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in columns) table.AddColumn(new TableColumn(column) { Alignment = column is "stop" or "operation" ? Justify.Left : Justify.Right, NoWrap = true });
        return table;
    }

    private static string Time(double? seconds) => seconds?.ToString("0.000", CultureInfo.InvariantCulture) ?? "-";
    private static string Whole(long? value) => value?.ToString("#,0", CultureInfo.InvariantCulture) ?? "-";
}
