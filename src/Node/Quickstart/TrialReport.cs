using System.Globalization;
using Spectre.Console;

namespace CubeActors.Node;

/// <summary>What a quickstart did, step by step: a line while it runs, a table at the end.</summary>
internal sealed class TrialReport(CommandContext context)
{
    /// <summary>Below, the time is that of a few requests and a rate says nothing.</summary>
    private const long RatedBytesMin = 1 << 20;

    private readonly List<(string Step, TimeSpan Time, string Rate, string Result)> _rows = [];

    /// <summary>What runs now, for the sentence that a failure ends with.</summary>
    public string Current { get; private set; } = "starting";

    /// <summary>Runs one step, tells that it began and, by <paramref name="describe"/>, what came of it.</summary>
    /// <param name="bytes">Bytes that the step moves; 0 for a step that is not about bytes.</param>
    public async Task<T> RunAsync<T>(string step, long bytes, Func<Task<T>> work, Func<T, string> describe)
    {
        Current = step;
        var clock = TransferClock.Start(context.Time);
        var result = await work();
        var time = clock.Elapsed;
        var rate = bytes < RatedBytesMin ? "" : Quantity.FormatRate(bytes, time);
        _rows.Add((step, time, rate, describe(result)));
        await context.Out.WriteLineAsync(
            string.Create(CultureInfo.InvariantCulture, $"{step}: {describe(result)} ({time.TotalSeconds:0.00} s{(rate.Length == 0 ? "" : ", ")}{rate})"));
        return result;
    }

    public void WriteTable()
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("Step").AddColumn(new TableColumn("Time").RightAligned())
            .AddColumn(new TableColumn("Rate").RightAligned()).AddColumn("Result");
        foreach (var (step, time, rate, result) in _rows)
            table.AddRow(new Text(step), new Text(string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.00} s")), new Text(rate), new Text(result));
        context.Screen.WriteLine();
        context.Screen.Write(table);
    }
}
