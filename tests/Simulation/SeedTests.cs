using System.Diagnostics;
using Xunit.Abstractions;

namespace CubeActors.Simulation;

/// <summary>Groups on simulated machines, one seed a run.</summary>
/// <remarks>
/// CUBEACTORS_SEED=n runs just that one and tells what happens in it; CUBEACTORS_SEEDS=n sets how many are run, CUBEACTORS_FIRST_SEED=n from where on.
/// The cores alone, without files, are driven by tests/Raft.Tests/Cluster; here each replica is core, log writer, log files, applier, state machine
/// and extents on a disk that keeps or loses what a disk would.
/// </remarks>
public sealed class SeedTests(ITestOutputHelper output)
{
    private const int SeedsByDefault = 10_000;

    [Fact]
    public void Groups_keep_their_promises_whatever_fails()
    {
        if (SeedRuns.Number("CUBEACTORS_SEED") is { } only)
        {
            output.WriteLine(Plan.FromSeed(only).ToString());
            new RaftWorld(Plan.FromSeed(only), new Workshop(), output.WriteLine).Run();
            return;
        }
        var count = SeedRuns.Number("CUBEACTORS_SEEDS") ?? SeedsByDefault;
        var watch = Stopwatch.StartNew();
        var result = GroupRuns.Run(SeedRuns.Number("CUBEACTORS_FIRST_SEED") ?? 1, count, Plan.FromSeed, failuresMax: 10);
        output.WriteLine($"{result.Runs} runs in {watch.Elapsed.TotalSeconds:0.0} s: {result.Figures}");
        Assert.True(result.Failures.Count == 0, string.Join(Environment.NewLine, result.Failures.Select(failure => $"seed {failure.Seed}: {failure.What}")
            .Append($"Run one alone: CUBEACTORS_SEED=<seed> dotnet test -c Release tests/Simulation --filter {nameof(Groups_keep_their_promises_whatever_fails)}")));
        // Runs in which little happens prove little.
        var (figures, runs) = (result.Figures, result.Runs);
        Assert.True(figures.Writes > 20L * runs && figures.Reads > 4L * runs && figures.Elections > runs && figures.Kills > runs && figures.PowerCuts > runs, figures.ToString());
        Assert.True(runs < 1000 || figures.Snapshots > runs / 50, figures.ToString());
    }

    [Fact]
    public void A_seed_says_everything_that_happens()
    {
        for (var seed = 1; seed <= 20; seed++) Assert.Equal(TraceOf(seed), TraceOf(seed));

        static string TraceOf(int seed)
        {
            var lines = new List<string>();
            new RaftWorld(Plan.FromSeed(seed), new Workshop(), lines.Add).Run();
            Assert.NotEmpty(lines);
            return string.Join('\n', lines);
        }
    }
}
