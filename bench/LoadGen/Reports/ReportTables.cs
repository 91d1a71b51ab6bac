using System.Globalization;
using Spectre.Console;

namespace CubeActors.LoadGen;

/// <summary>Prints a run for people: a line a job, below it the server processes and the errors.</summary>
internal static class ReportTables
{
    public static void Print(IAnsiConsole console, RunReport report)
    {
        console.Write(JobTable(report));
        if (report.Jobs.Any(job => job.Servers.Count > 0)) console.Write(ProcessTable(report));
        foreach (var job in report.Jobs) PrintRemarks(console, job);
    }

    private static Table JobTable(RunReport report)
    {
        var table = Grid(
            "job", "conns", "in flight", "block", "ops/s", "MiB/s",
            "p50 us", "p99 us", "p99.9 us", "max us", "errors", "CPU us/op", "CPU s/GiB", "own us/op");
        foreach (var job in report.Jobs)
        {
            var latency = job.LatencyMicroseconds;
            table.AddRow(job.Job, Whole(job.Connections), Whole(job.Depth), Whole(job.BlockBytes),
                Whole(job.OperationsPerSecond), One(job.MebibytesPerSecond),
                Whole(latency.P50), Whole(latency.P99), Whole(latency.P999), Whole(latency.Max),
                job.Errors == 0 ? "0" : $"[red]{Whole(job.Errors)}[/]",
                One(job.ServerCpu?.MicrosecondsPerOperation), Three(job.ServerCpu?.SecondsPerGiB),
                One(job.GeneratorCpu.MicrosecondsPerOperation));
        }

        return table;
    }

    private static Table ProcessTable(RunReport report)
    {
        var table = Grid("job", "conns", "process", "user s", "system s", "cores", "CPU us/op", "RSS MiB", "peak MiB");
        foreach (var job in report.Jobs)
        {
            foreach (var server in job.Servers)
            {
                table.AddRow(job.Job, Whole(job.Connections), $"{server.Pid} {Markup.Escape(server.Name)}",
                    Two(server.Cpu?.UserSeconds), Two(server.Cpu?.SystemSeconds),
                    Two(server.Cpu?.Seconds / job.Seconds), One(server.Cpu?.MicrosecondsPerOperation),
                    One(server.ResidentKiB / 1024.0), One(server.PeakKiB / 1024.0));
            }
        }

        return table;
    }

    private static void PrintRemarks(IAnsiConsole console, JobReport job)
    {
        var name = $"{job.Job} x {job.Connections}";
        if (job.EndedBecause is { } reason) console.MarkupLineInterpolated($"[yellow]{name}[/] ended after {job.Seconds:0.##} s: {reason}");
        foreach (var server in job.Servers.Where(server => server.Cpu is null))
            console.MarkupLineInterpolated($"[yellow]{name}[/]: process {server.Pid} {server.Name} has ended");
        foreach (var (text, count) in job.ErrorKinds)
            console.MarkupLineInterpolated($"[red]{name}[/]: {count} x {text}");
    }

    internal static Table Grid(params string[] columns)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var (column, i) in columns.Select((column, i) => (column, i)))
        {
            var isText = i == 0 || column == "process";
            table.AddColumn(new TableColumn(column) { Alignment = isText ? Justify.Left : Justify.Right, NoWrap = true });
        }

        return table;
    }

    internal static string Whole(double? value) => Format(value, "#,0");
    internal static string One(double? value) => Format(value, "#,0.0");
    internal static string Two(double? value) => Format(value, "#,0.00");
    internal static string Three(double? value) => Format(value, "#,0.000");
    private static string Format(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";
}
