using System.Text.Json.Serialization;
using Spectre.Console;

namespace CubeActors.LoadGen;

/// <summary>How much was fetched in how long.</summary>
internal readonly record struct RepairRate(long Bytes, TimeSpan Time)
{
    [JsonIgnore] public double MebibytesPerSecond => Time > TimeSpan.Zero ? Bytes / (double)(1 << 20) / Time.TotalSeconds : 0;
}

/// <summary>One round.</summary>
/// <param name="Without">The jobs alone.</param>
/// <param name="During">The same jobs while a node fetches all that it should hold.</param>
/// <param name="WhileBusy">What it fetched meanwhile, their preparation included.</param>
/// <param name="Quiet">And after them.</param>
/// <param name="WasOver">The repair had ended before the jobs: the round says less than it should.</param>
internal sealed record RepairRound(IReadOnlyList<JobReport> Without, IReadOnlyList<JobReport> During, RepairRate WhileBusy, RepairRate Quiet, bool WasOver);

/// <summary>All of it.</summary>
/// <param name="Alone">The repair without any client, from its beginning to its end.</param>
/// <param name="CopyMebibytesPerSecond">The same files copied beside themselves, eight at a time: what the machine can do.</param>
internal sealed record RepairReport(long FillBytes, IReadOnlyList<RepairRound> Rounds, RepairRate Alone, double CopyMebibytesPerSecond)
{
    public void Print(IAnsiConsole console)
    {
        var table = ReportTables.Grid("round", "job", "conns", "p50 us", "during", "p99 us", "during", "p99 ratio", "p99.9 us", "during", "ops/s", "during", "repair MiB/s", "then quiet");
        foreach (var (round, number) in Rounds.Select((round, index) => (round, index + 1)))
        {
            foreach (var (without, during) in round.Without.Zip(round.During))
            {
                var (a, b) = (without.LatencyMicroseconds, during.LatencyMicroseconds);
                table.AddRow(
                    ReportTables.Whole(number) + (round.WasOver ? " (repair ended early)" : ""), without.Job, ReportTables.Whole(without.Connections),
                    ReportTables.Whole(a.P50), ReportTables.Whole(b.P50), ReportTables.Whole(a.P99), ReportTables.Whole(b.P99), ReportTables.Two(a.P99 > 0 ? b.P99 / a.P99 : null),
                    ReportTables.Whole(a.P999), ReportTables.Whole(b.P999), ReportTables.Whole(without.OperationsPerSecond), ReportTables.Whole(during.OperationsPerSecond),
                    ReportTables.One(round.WhileBusy.MebibytesPerSecond), ReportTables.One(round.Quiet.MebibytesPerSecond));
            }
        }

        console.Write(table);
        console.WriteLine($"repair without clients: {ReportTables.One(Alone.MebibytesPerSecond)} MiB/s; copy from file to file: {ReportTables.One(CopyMebibytesPerSecond)} MiB/s");
    }
}
