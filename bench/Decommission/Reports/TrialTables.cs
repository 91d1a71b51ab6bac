using System.Globalization;
using Spectre.Console;

namespace CubeActors.Decommission;

/// <summary>The result of a trial, for people.</summary>
internal static class TrialTables
{
    public static void Print(IAnsiConsole console, TrialReport report)
    {
        if (report.Rounds.Count > 0)
        {
            var figures = new Table().Border(TableBorder.Simple).AddColumn($"{report.Rounds.Count} rounds").AddColumn("least").AddColumn("median").AddColumn("most").AddColumn("sum");
            Row(figures, "moved, s", report.Rounds.Select(round => round.Moved.TotalSeconds));
            Row(figures, "of it filled, s", report.Rounds.Select(round => round.Filled.TotalSeconds));
            Row(figures, "level again, s", report.Rounds.Select(round => round.Level.TotalSeconds));
            Row(figures, "extents copied", report.Rounds.Select(round => (double)round.Extents));
            Row(figures, "MiB copied", report.Rounds.Select(round => round.Bytes / 1048576.0));
            Row(figures, "appends", report.Rounds.Select(round => (double)round.Appends));
            Row(figures, "appends refused", report.Rounds.Select(round => (double)round.AppendsRefused));
            Row(figures, "small objects", report.Rounds.Select(round => (double)round.TinyWrites));
            Row(figures, "deletes", report.Rounds.Select(round => (double)round.Deletes));
            Row(figures, "deletes again", report.Rounds.Select(round => (double)round.DeleteRetries));
            Row(figures, "orders again", report.Rounds.Select(round => (double)round.Retries));
            Row(figures, "kills", report.Rounds.Select(round => (double)round.Killed.Count));
            console.Write(figures);
        }

        if (report.Answers.Count > 0)
        {
            var answers = new Table().Border(TableBorder.Simple).AddColumn("answers other than OK").AddColumn("times");
            foreach (var (what, times) in report.Answers) answers.AddRow(Markup.Escape(what), times.ToString(CultureInfo.InvariantCulture));
            console.Write(answers);
        }

        console.WriteLine($"ids of deleted extents given out again: {report.ReusedIds}; lines of level error in the nodes' logs: {report.ErrorLines}");
        console.WriteLine(report.Violation is { } violation ? $"VIOLATION: {violation}" : report.IsInterrupted ? "interrupted; no violation so far" : "no violation");
        if (Directory.Exists(report.Directory)) console.WriteLine($"the nodes' disks and logs: {report.Directory}");
    }

    private static void Row(Table table, string name, IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        table.AddRow(name, Text(sorted[0]), Text(sorted[sorted.Count / 2]), Text(sorted[^1]), Text(sorted.Sum()));
    }

    private static string Text(double value) => value.ToString(value == Math.Floor(value) ? "0" : "0.0", CultureInfo.InvariantCulture);
}
