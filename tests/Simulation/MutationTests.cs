using Xunit.Abstractions;

namespace CubeActors.Simulation;

/// <summary>The checks have teeth: each deliberate fault of the simulation's shell is found by the same runs that find nothing without it.</summary>
public sealed class MutationTests(ITestOutputHelper output)
{
    private const int SeedsMax = 3000;

    [Theory]
    [InlineData(nameof(Mutation.AnswersBeforeSaving))]
    [InlineData(nameof(Mutation.VoteForgotten))]
    [InlineData(nameof(Mutation.LeaseByTicks))]
    [InlineData(nameof(Mutation.TailTrusted))]
    [InlineData(nameof(Mutation.LossForgotten))]
    [InlineData(nameof(Mutation.CutsAlone))]
    [InlineData(nameof(Mutation.AnswersBeforeCommit))]
    [InlineData(nameof(Mutation.CopyForgotten))]
    public void A_broken_shell_is_found(string name)
    {
        var mutation = Enum.Parse<Mutation>(name);
        var result = GroupRuns.Run(1, SeedsMax, PlanOf, failuresMax: 1);
        Assert.True(result.Failures.Count > 0, $"{SeedsMax} runs with the mutation {name} went well");
        Assert.DoesNotContain(result.Failures, failure => failure.What.Contains("no progress", StringComparison.Ordinal)); // found by what it breaks
        // Whom a leader's clock has to stop must be alone and slow first: seldom, unless it is sought.
        Plan PlanOf(int seed) => mutation == Mutation.LeaseByTicks ? Plan.FromSeed(seed) with { Mutation = mutation, UsurpsIn = 50 } : Plan.FromSeed(seed) with { Mutation = mutation };
        output.WriteLine($"{name}: run {result.Runs}, seed {result.Failures[0].Seed}: {result.Failures[0].What}");
    }
}
