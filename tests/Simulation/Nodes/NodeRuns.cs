using System.Numerics;

namespace CubeActors.Simulation.Nodes;

/// <summary>Seed runs of whole nodes on simulated machines.</summary>
internal static class NodeRuns
{
    public sealed record Figures(long Appends, long Overwrites, long LeaderReads, long FollowerReads, long Kills, long PowerCuts, long Stops, long Drains, long Breaks, long Cuts, long Items, long Waited)
        : IAdditionOperators<Figures, Figures, Figures>, IAdditiveIdentity<Figures, Figures>
    {
        public static Figures AdditiveIdentity { get; } = new(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

        public static Figures operator +(Figures a, Figures b) => new(a.Appends + b.Appends, a.Overwrites + b.Overwrites, a.LeaderReads + b.LeaderReads, a.FollowerReads + b.FollowerReads,
            a.Kills + b.Kills, a.PowerCuts + b.PowerCuts, a.Stops + b.Stops, a.Drains + b.Drains, a.Breaks + b.Breaks, a.Cuts + b.Cuts, a.Items + b.Items, a.Waited + b.Waited);
    }

    public static SeedRuns.Result<Figures> Run(int first, int count, Func<int, NodePlan> planOf, int failuresMax) => SeedRuns.Run<NodePlan, Figures>(first, count, planOf, () => RunOne, failuresMax);

    private static Figures RunOne(NodePlan plan)
    {
        var world = new NodeWorld(plan);
        world.Run();
        var clients = world.Clients;
        return new Figures(clients.Acked.Count, clients.History.Count(operation => operation is { IsWrite: true, End: < Operation.Never }), clients.History.Count(operation => !operation.IsWrite),
            clients.FollowerReads, world.Kills, world.PowerCuts, world.Stops, world.Drains, world.Breaks, world.Cuts, world.Items, world.Waited);
    }
}
