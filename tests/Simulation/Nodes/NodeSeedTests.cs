using System.Diagnostics;
using Xunit.Abstractions;

namespace CubeActors.Simulation.Nodes;

/// <summary>Whole data nodes on simulated machines, one seed a run.</summary>
/// <remarks>CUBEACTORS_NODE_SEED=n runs just that one and tells what happens in it; CUBEACTORS_NODE_SEEDS=n sets how many are run, CUBEACTORS_FIRST_NODE_SEED=n from where on.</remarks>
public sealed class NodeSeedTests(ITestOutputHelper output)
{
    private const int SeedsByDefault = 200;

    [Fact]
    public void Whole_nodes_keep_their_promises_whatever_fails()
    {
        if (SeedRuns.Number("CUBEACTORS_NODE_SEED") is { } only)
        {
            var plan = NodePlan.FromSeed(only);
            output.WriteLine(plan.ToString());
            var world = new NodeWorld(plan, Console.WriteLine);
            world.Run();
            output.WriteLine($"trace {world.TraceHash:x16}");
            return;
        }

        var watch = Stopwatch.StartNew();
        var result = NodeRuns.Run(SeedRuns.Number("CUBEACTORS_FIRST_NODE_SEED") ?? 1, SeedRuns.Number("CUBEACTORS_NODE_SEEDS") ?? SeedsByDefault, NodePlan.FromSeed, failuresMax: 10);
        output.WriteLine($"{result.Runs} runs in {watch.Elapsed.TotalSeconds:0.0} s: {result.Figures}");
        Assert.True(result.Failures.Count == 0, string.Join(Environment.NewLine, result.Failures.Select(failure => $"seed {failure.Seed}: {failure.What}")
            .Append($"Run one alone: CUBEACTORS_NODE_SEED=<seed> dotnet test -c Release tests/Simulation --filter {nameof(Whole_nodes_keep_their_promises_whatever_fails)}")));
        // Runs in which little happens prove little.
        var (figures, runs) = (result.Figures, result.Runs);
        Assert.True(figures.Appends > 50L * runs && figures.Overwrites > 50L * runs && figures.LeaderReads > 20L * runs && figures.FollowerReads > 10L * runs, figures.ToString());
        Assert.True(runs < 50 || (figures.Kills > runs && figures.PowerCuts > runs && figures.Stops > runs && figures.Drains > runs / 2 && figures.Breaks > runs && figures.Cuts > runs), figures.ToString());
    }

    [Fact]
    public void A_seed_runs_the_same_every_time()
    {
        for (var seed = 1; seed <= 5; seed++)
        {
            var (first, firstItems) = Trace(seed);
            var (second, secondItems) = Trace(seed);
            Assert.True(first == second && firstItems == secondItems, $"seed {seed} ran {firstItems} items with trace {first:x16} and then {secondItems} with {second:x16}");
        }

        static (ulong Hash, long Items) Trace(int seed)
        {
            var world = new NodeWorld(NodePlan.FromSeed(seed));
            world.Run();
            return (world.TraceHash, world.Items);
        }
    }
}
