using Xunit.Abstractions;

namespace CubeActors.Simulation.Nodes;

/// <summary>The checks have teeth: each deliberate fault of what is around the nodes is found by the same runs that find nothing without it.</summary>
public sealed class NodeMutationTests(ITestOutputHelper output)
{
    private const int SeedsMax = 60;

    [Theory]
    [InlineData(nameof(NodeMutation.FollowerLies))]
    [InlineData(nameof(NodeMutation.MemberLies))]
    [InlineData(nameof(NodeMutation.SyncSkipped))]
    [InlineData(nameof(NodeMutation.RepliesCrossed))]
    [InlineData(nameof(NodeMutation.LossUnnoticed))]
    public void A_fault_around_the_nodes_is_found(string name)
    {
        var mutation = Enum.Parse<NodeMutation>(name);
        var result = NodeRuns.Run(1, SeedsMax, seed => NodePlan.FromSeed(seed) with { Mutation = mutation }, failuresMax: 1);
        Assert.True(result.Failures.Count > 0, $"{SeedsMax} runs with the mutation {name} went well");
        output.WriteLine($"{name}: run {result.Runs}, seed {result.Failures[0].Seed}: {result.Failures[0].What}");
    }
}
