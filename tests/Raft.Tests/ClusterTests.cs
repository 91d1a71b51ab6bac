using CubeActors.Raft.Tests.Cluster;

namespace CubeActors.Raft.Tests;

/// <summary>Whole groups under faults. A seed that failed once becomes a test of its own.</summary>
public sealed class ClusterTests
{
    private const int Seeds = 100; // times five kinds of group

    public static TheoryData<string> Kinds => ["three", "five", "members", "calm", "usurpers"];

    private static Faults FaultsOf(string kind) => kind switch
    {
        "five" => new Faults { Members = 5 },
        "members" => new Faults { ChangesMembers = true, Settings = new Faults().Settings with { StrangersObeyedAfterTicks = 12 } },
        "usurpers" => new Faults { Usurps = true, MomentsATick = 60, Crashes = false, LosesMessages = false, CutsNetwork = false },
        "calm" => new Faults { Crashes = false, LosesMessages = false, CutsNetwork = false },
        _ => new Faults(),
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_group_keeps_raft_s_promises_under_any_faults_and_recovers_from_them(string kind)
    {
        var (elections, reads, applied, snapshots) = (0, 0, 0, 0L);
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var simulation = RunSeed(kind, seed);
            elections += simulation.Checks.Elections;
            reads += simulation.ReadsServed;
            applied += simulation.Checks.AppliedCount;
            snapshots += simulation.SnapshotsSent;
        }
        // A run in which little happens proves little.
        Assert.True(elections > 3 * Seeds && applied > 100 * Seeds && reads > 5 * Seeds && snapshots > 10, $"{elections} elections, {applied} entries, {reads} reads, {snapshots} snapshots");
    }

    private static Simulation RunSeed(string kind, int seed)
    {
        var simulation = new Simulation(seed, FaultsOf(kind));
        try
        {
            for (var i = 0; i < 25; i++)
            {
                simulation.Run(100);
                SafetyChecks.CheckLogsMatch(simulation.Running);
            }
            Assert.True(simulation.Settles(300 * FaultsOf(kind).MomentsATick), $"no progress after the faults: {simulation.Describe()}");
            SafetyChecks.CheckLogsMatch(simulation.Running);
            Assert.True(simulation.Checks.AppliedCount > 10, "nothing happened");
            return simulation;
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{kind}, seed {seed}: {e.Message}", e);
        }
    }
}
