namespace CubeActors.Simulation;

/// <summary>Many runs on all processors; each run is single-threaded and independent of the others.</summary>
internal static class SeedRuns
{
    public sealed record Figures(long Elections, long Writes, long Reads, long Entries, long Snapshots, long Kills, long PowerCuts, long Moments)
    {
        public static Figures operator +(Figures a, Figures b) => new(a.Elections + b.Elections, a.Writes + b.Writes, a.Reads + b.Reads, a.Entries + b.Entries,
            a.Snapshots + b.Snapshots, a.Kills + b.Kills, a.PowerCuts + b.PowerCuts, a.Moments + b.Moments);
    }

    public sealed record Result(int Runs, Figures Figures, IReadOnlyList<(int Seed, string What)> Failures);

    public static Result Run(int first, int count, Func<int, Plan> planOf, int failuresMax)
    {
        var gate = new Lock();
        var failures = new List<(int Seed, string What)>();
        var figures = new Figures(0, 0, 0, 0, 0, 0, 0, 0);
        var (next, runs) = (first - 1, 0);
        var threads = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(Work)).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        return new Result(runs, figures, [.. failures.OrderBy(failure => failure.Seed)]);

        void Work()
        {
            var shop = new Workshop();
            var mine = new Figures(0, 0, 0, 0, 0, 0, 0, 0);
            while (true)
            {
                var seed = Interlocked.Increment(ref next);
                lock (gate)
                {
                    if (seed >= first + count || failures.Count >= failuresMax) break;
                    runs++;
                }
                try
                {
                    mine += RunOne(planOf(seed), shop);
                }
                catch (Exception failure)
                {
                    lock (gate) failures.Add((seed, failure is Broken ? failure.Message : failure.ToString()));
                    shop = new Workshop();
                }
            }
            lock (gate) figures += mine;
        }
    }

    private static Figures RunOne(Plan plan, Workshop shop)
    {
        var world = new RaftWorld(plan, shop);
        world.Run();
        return new Figures(world.Checks.Elections, world.Writes, world.Reads, world.Checks.Log.Count, world.SnapshotsInstalled, world.Kills, world.PowerCuts, world.Now);
    }
}
