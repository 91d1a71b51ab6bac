using System.Numerics;

namespace CubeActors.Simulation;

/// <summary>Seed runs of groups on simulated machines.</summary>
internal static class GroupRuns
{
    public sealed record Figures(long Elections, long Writes, long Reads, long Entries, long Snapshots, long Kills, long PowerCuts, long Moments)
        : IAdditionOperators<Figures, Figures, Figures>, IAdditiveIdentity<Figures, Figures>
    {
        public static Figures AdditiveIdentity { get; } = new(0, 0, 0, 0, 0, 0, 0, 0);

        public static Figures operator +(Figures a, Figures b) => new(a.Elections + b.Elections, a.Writes + b.Writes, a.Reads + b.Reads, a.Entries + b.Entries,
            a.Snapshots + b.Snapshots, a.Kills + b.Kills, a.PowerCuts + b.PowerCuts, a.Moments + b.Moments);
    }

    public static SeedRuns.Result<Figures> Run(int first, int count, Func<int, Plan> planOf, int failuresMax) => SeedRuns.Run(first, count, planOf, Worker, failuresMax);

    private static Func<Plan, Figures> Worker()
    {
        var shop = new Workshop();
        return plan =>
        {
            var world = new RaftWorld(plan, shop);
            world.Run();
            return new Figures(world.Checks.Elections, world.Writes, world.Reads, world.Checks.Log.Count, world.SnapshotsInstalled, world.Kills, world.PowerCuts, world.Now);
        };
    }
}
