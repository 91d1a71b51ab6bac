using Spectre.Console;

namespace CubeActors.LoadGen;

/// <summary>Sets two runs beside each other: the jobs that both have, figure by figure, with the ratio second to first.</summary>
internal static class Comparison
{
    private sealed record Figure(string Name, Func<JobReport, double?> Of, bool MoreIsBetter);

    private static readonly Figure[] Figures =
    [
        new("ops/s", job => job.OperationsPerSecond, true),
        new("MiB/s", job => job.MebibytesPerSecond, true),
        new("p50 us", job => job.LatencyMicroseconds.P50, false),
        new("p99 us", job => job.LatencyMicroseconds.P99, false),
        new("p99.9 us", job => job.LatencyMicroseconds.P999, false),
        new("max us", job => job.LatencyMicroseconds.Max, false),
        new("CPU us/op", job => job.ServerCpu?.MicrosecondsPerOperation, false),
        new("CPU s/GiB", job => job.ServerCpu?.SecondsPerGiB, false),
        new("RSS MiB, sum", job => Sum(job, server => server.ResidentKiB), false),
        new("peak MiB, sum", job => Sum(job, server => server.PeakKiB), false),
        new("errors", job => job.Errors, false),
    ];

    /// <returns>False if the runs have no job in common.</returns>
    public static bool Print(IAnsiConsole console, RunReport first, RunReport second)
    {
        var pairs = (from a in first.Jobs join b in second.Jobs on Key(a) equals Key(b) select (a, b)).ToArray();
        if (pairs.Length == 0) return false;
        var table = ReportTables.Grid("job", "conns", "figure", Markup.Escape(first.Label), Markup.Escape(second.Label), "ratio");
        foreach (var (a, b) in pairs)
        {
            foreach (var figure in Figures)
            {
                var (x, y) = (figure.Of(a), figure.Of(b));
                if (x is null && y is null) continue;
                table.AddRow(a.Job, ReportTables.Whole(a.Connections), figure.Name,
                    ReportTables.One(x), ReportTables.One(y), Ratio(x, y, figure.MoreIsBetter));
            }

            table.AddEmptyRow();
        }

        console.Write(table);
        return true;
    }

    private static (string, int, int, int) Key(JobReport job) => (job.Job, job.Connections, job.Depth, job.BlockBytes);

    private static double? Sum(JobReport job, Func<ProcessReport, long?> memoryKiB) =>
        job.Servers.Count == 0 ? null : job.Servers.Sum(memoryKiB) / 1024.0;

    private static string Ratio(double? first, double? second, bool moreIsBetter)
    {
        const double Noise = 0.05; // below five per cent two runs on a shared machine say nothing
        if (first is not > 0 || second is null) return "-";
        var ratio = second.Value / first.Value;
        var text = ReportTables.Two(ratio);
        if (Math.Abs(ratio - 1) < Noise) return text;
        return ratio > 1 == moreIsBetter ? $"[green]{text}[/]" : $"[red]{text}[/]";
    }
}
