using System.Text.Json;

namespace CubeActors.Micro;

/// <summary>
/// Runs every benchmark some hundred times and compares what one call allocates with its budget. Exact, and done in seconds.
/// </summary>
/// <remarks>
/// Only the calling thread is counted, unless the class says <see cref="EveryThreadAttribute"/>. Every benchmark has a budget and every budget a
/// benchmark.
/// </remarks>
internal static class BudgetCheck
{
    // A budget above 0 says why.
    private static readonly JsonSerializerOptions WithComments = new() { ReadCommentHandling = JsonCommentHandling.Skip };

    /// <returns>0 if all budgets hold, else 1.</returns>
    public static int Run(string budgetsPath, TextWriter output)
    {
        var budgets = JsonSerializer.Deserialize<Dictionary<string, long>>(File.ReadAllText(budgetsPath), WithComments)!;
        output.WriteLine($"{"benchmark",-48} {"budget B",10} {"measured B",12} {"about ns",12}");
        var failures = 0;
        foreach (var body in BenchmarkBody.FindAll(typeof(BudgetCheck).Assembly))
        {
            var measured = body.Measure();
            var verdict = !budgets.Remove(body.Name, out var budget) ? "  NO BUDGET: add it to bench/budgets.json"
                : measured.AllocatedBytes > budget ? "  TOO MUCH" : "";
            if (verdict.Length > 0) failures++;
            var (allocated, time) = (measured.AllocatedBytes, measured.Nanoseconds);
            output.WriteLine(FormattableString.Invariant($"{body.Name,-48} {budget,10} {allocated,12:0.##} {time,12:0}{verdict}"));
        }

        foreach (var orphan in budgets.Keys)
        {
            failures++;
            output.WriteLine($"{orphan,-48}   NO SUCH BENCHMARK: remove it from bench/budgets.json");
        }

        output.WriteLine(failures == 0 ? "All budgets hold." : $"{failures} of the lines above must change.");
        return failures == 0 ? 0 : 1;
    }
}
