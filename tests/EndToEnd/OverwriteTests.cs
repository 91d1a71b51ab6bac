using System.Diagnostics;
using CubeActors.Client;

namespace CubeActors.EndToEnd;

/// <summary>Overwrites through raft while nodes die: what was acknowledged is there afterwards, the same on every replica.</summary>
public sealed class OverwriteTests(ITestOutputHelper output)
{
    private const int MiB = 1 << 20;

    /// <summary>Long enough for some dozen deaths, half of them of leaders.</summary>
    private static readonly TimeSpan Duration = TimeSpan.FromMinutes(2);

    /// <summary>Objects of their own, so that several groups have leaders on several nodes; together eight writers.</summary>
    private static readonly int[] WritersOf = [3, 3, 2];

    [Fact]
    public async Task Overwrites_while_nodes_are_killed_in_turn_lose_nothing_acknowledged_and_leave_identical_replicas()
    {
        await using var cluster = await ClusterProcesses.StartAsync(output);
        await cluster.CreateVolumeAsync(partitions: 3, replicas: 3);
        using var client = cluster.OpenClient();
        var trials = new List<OverwriteTrial>();
        for (var i = 0; i < WritersOf.Length; i++)
        {
            var content = Content.Take(4 * MiB, skip: i * 4 * MiB);
            var stored = await client.Objects(ClusterProcesses.Volume).PutAsync($"object {i}", new MemoryStream(content));
            trials.Add(new OverwriteTrial(client.Extents(ClusterProcesses.Volume), stored.Extents, content, seed: i));
        }

        using var stop = new CancellationTokenSource();
        var writing = Task.WhenAll(trials.Select((trial, i) => trial.RunAsync(WritersOf[i], stop.Token)));
        var kills = 0;
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < Duration; kills++)
        {
            await cluster.KillAsync(cluster.Nodes[kills % cluster.Nodes.Count]);
            await AssertGoOnAsync(cluster, trials, "with one node dead");
            await cluster.StartNodesAsync();
            await AssertGoOnAsync(cluster, trials, "with all nodes");
        }

        await stop.CancelAsync();
        await writing;
        var copies = 0;
        foreach (var trial in trials) copies += await trial.VerifyAsync();
        cluster.AssertNothingUnforeseen();
        var counts = trials.ConvertAll(trial => trial.Counts);
        output.WriteLine(
            $"{kills} nodes killed in {Duration.TotalSeconds:0} s: {counts.Sum(one => one.Acknowledged)} overwrites acknowledged, {counts.Sum(one => one.Unknown)} with unknown outcome, "
            + $"longest stall {counts.Max(one => one.Slowest).TotalSeconds:0.00} s; {copies} copies of blocks right and identical");
    }

    [Fact]
    public async Task Overwrites_of_all_kinds_are_there_after_kill_9_of_all_nodes_and_after_a_clean_stop()
    {
        await using var cluster = await ClusterProcesses.StartAsync(output);
        await cluster.CreateVolumeAsync(partitions: 3, replicas: 3);
        using var client = cluster.OpenClient();
        var content = Content.Take(2 * MiB);
        var stored = await client.Objects(ClusterProcesses.Volume).PutAsync("object", new MemoryStream(content));
        var trial = new OverwriteTrial(client.Extents(ClusterProcesses.Volume), stored.Extents, content, seed: 1, sync: true);
        await WriteSomeAsync(cluster, trial);

        await cluster.KillAllAsync();
        await cluster.StartMissingAsync();
        await trial.VerifyAsync();

        await WriteSomeAsync(cluster, trial);
        foreach (var node in cluster.Nodes) Assert.Equal(0, await cluster.StopAsync(node));
        await cluster.StartMissingAsync();
        var copies = await trial.VerifyAsync();
        cluster.AssertNothingUnforeseen();
        output.WriteLine($"{trial.Counts.Acknowledged} synced overwrites acknowledged; {copies} copies of blocks right and identical after kill -9 of all and after a clean stop");
    }

    private static async Task WriteSomeAsync(ClusterProcesses cluster, OverwriteTrial trial)
    {
        using var stop = new CancellationTokenSource();
        var writing = trial.RunAsync(writers: 4, stop.Token);
        await AssertGoOnAsync(cluster, [trial], "at the start");
        await stop.CancelAsync();
        await writing;
    }

    /// <summary>Every trial gets some more overwrites through.</summary>
    private static Task AssertGoOnAsync(ClusterProcesses cluster, IReadOnlyList<OverwriteTrial> trials, string when)
    {
        const int Some = 200;
        var goals = trials.Select(trial => trial.Counts.Acknowledged + Some).ToArray();
        return Eventually.TrueAsync(
            $"overwrites go on {when}",
            () => trials.Select((trial, i) => trial.Counts.Acknowledged >= goals[i]).All(reached => reached),
            () => string.Join(Environment.NewLine, trials.Select(trial => $"{trial.Counts}")) + Environment.NewLine + cluster.Describe());
    }
}
