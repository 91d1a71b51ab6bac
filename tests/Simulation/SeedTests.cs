using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace CubeActors.Simulation;

/// <summary>Groups on simulated machines, one seed a run. CUBEACTORS_SEED=n runs just that one; CUBEACTORS_SEEDS=n sets how many.</summary>
public sealed class SeedTests(ITestOutputHelper output)
{
    private const int SeedsByDefault = 10_000;

    [Fact]
    public void Groups_keep_their_promises_whatever_fails()
    {
        if (Number("CUBEACTORS_SEED") is { } only)
        {
            output.WriteLine(Plan.FromSeed(only).ToString());
            new RaftWorld(Plan.FromSeed(only), new Workshop(), output.WriteLine).Run();
            return;
        }
        var count = Number("CUBEACTORS_SEEDS") ?? SeedsByDefault;
        var watch = Stopwatch.StartNew();
        var result = SeedRuns.Run(1, count, Plan.FromSeed, failuresMax: 10);
        output.WriteLine($"{result.Runs} runs in {watch.Elapsed.TotalSeconds:0.0} s: {result.Figures}");
        foreach (var (seed, what) in result.Failures) output.WriteLine($"CUBEACTORS_SEED={seed} dotnet test tests/Simulation --filter {nameof(Groups_keep_their_promises_whatever_fails)}: {what}");
        Assert.True(result.Failures.Count == 0, string.Join(Environment.NewLine, result.Failures.Select(f => $"seed {f.Seed} (run it alone with CUBEACTORS_SEED={f.Seed}): {f.What}")));
    }

    private static int? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
