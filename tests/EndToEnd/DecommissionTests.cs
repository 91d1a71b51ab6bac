using CubeActors.Decommission;

namespace CubeActors.EndToEnd;

/// <summary>Replicas are moved while clients write and delete and nodes are killed: two rounds of what bench/Decommission does fifty times.</summary>
public sealed class DecommissionTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Replicas_that_are_moved_under_writes_deletes_and_kill_9_hold_what_was_acknowledged_and_nothing_that_was_deleted()
    {
        // One of each order. The limit is for a busy machine; a round takes about ten seconds.
        var settings = new TrialSettings { Rounds = 2, Seed = 20, RoundLimit = TimeSpan.FromSeconds(60) };

        var report = await Trial.RunAsync(settings, output.WriteLine, CancellationToken.None);

        Assert.True(report.Violation is null, $"{report.Violation}; the nodes' disks and logs: {report.Directory}");
        Assert.Equal(settings.Rounds, report.Rounds.Count);
        Assert.All(report.Rounds, round => Assert.True(round is { Extents: > 0, Deletes: > 0, Killed.Count: 1 }, round.ToString()));
    }
}
