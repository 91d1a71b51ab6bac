namespace CubeActors.Simulation.Nodes;

/// <summary>Many runs on all processors; each run is single-threaded and independent of the others.</summary>
internal static class NodeSeedRuns
{
    public sealed record Figures(long Appends, long Overwrites, long LeaderReads, long FollowerReads, long Kills, long PowerCuts, long Stops, long Breaks, long Cuts, long Items, long Waited)
    {
        public static Figures None { get; } = new(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

        public static Figures operator +(Figures a, Figures b) => new(a.Appends + b.Appends, a.Overwrites + b.Overwrites, a.LeaderReads + b.LeaderReads, a.FollowerReads + b.FollowerReads,
            a.Kills + b.Kills, a.PowerCuts + b.PowerCuts, a.Stops + b.Stops, a.Breaks + b.Breaks, a.Cuts + b.Cuts, a.Items + b.Items, a.Waited + b.Waited);
    }

    public sealed record Result(int Runs, Figures Figures, IReadOnlyList<(int Seed, string What)> Failures);

    public static Result Run(int first, int count, Func<int, NodePlan> planOf, int failuresMax)
    {
        var gate = new Lock();
        var failures = new List<(int Seed, string What)>();
        var figures = Figures.None;
        var (next, runs) = (first - 1, 0);
        var threads = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(Work)).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        return new Result(runs, figures, [.. failures.OrderBy(failure => failure.Seed)]);

        void Work()
        {
            while (true)
            {
                var seed = Interlocked.Increment(ref next);
                lock (gate)
                {
                    if (seed >= first + count || failures.Count >= failuresMax) return;
                    runs++;
                }

                try
                {
                    var mine = RunOne(planOf(seed));
                    lock (gate) figures += mine;
                }
                catch (Exception failure)
                {
                    lock (gate) failures.Add((seed, failure is Broken ? failure.Message : failure.ToString()));
                }
            }
        }
    }

    private static Figures RunOne(NodePlan plan)
    {
        var world = new NodeWorld(plan);
        world.Run();
        var clients = world.Clients;
        return new Figures(clients.Acked.Count, clients.History.Count(operation => operation is { IsWrite: true, End: < Operation.Never }), clients.History.Count(operation => !operation.IsWrite),
            clients.FollowerReads, world.Kills, world.PowerCuts, world.Stops, world.Breaks, world.Cuts, world.Items, world.Waited);
    }
}
