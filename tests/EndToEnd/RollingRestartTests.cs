using System.Diagnostics;

namespace CubeActors.EndToEnd;

/// <summary>All nodes are restarted one after the other while applications work: none of their operations fails.</summary>
public sealed class RollingRestartTests(ITestOutputHelper output)
{
    private const int Partitions = 3;

    /// <summary>Exit code of a clean stop. Source: README.md.</summary>
    private const int Success = 0;

    [Fact]
    public Task A_rolling_restart_of_three_nodes_with_three_replicas_fails_no_operation_of_an_application() =>
        RunAsync("SIGTERM", async (cluster, node) => Assert.Equal(Success, await cluster.StopAsync(node)));

    [Fact]
    public Task Nor_does_kill_9_of_one_node_after_the_other() => RunAsync("kill -9", (cluster, node) => cluster.KillAsync(node));

    private async Task RunAsync(string how, Func<ClusterProcesses, NodePlace, Task> end)
    {
        await using var cluster = await ClusterProcesses.StartAsync(output);
        await cluster.CreateVolumeAsync(Partitions, replicas: 3);
        using var client = cluster.OpenClient();
        var load = await ApplicationLoad.StartAsync(client);
        await load.GoesOnAsync("at the start", cluster.Describe);
        var restarts = new List<string>();
        foreach (var node in cluster.Nodes)
        {
            var start = Stopwatch.GetTimestamp();
            await end(cluster, node);
            var ended = Stopwatch.GetElapsedTime(start);
            await cluster.StartNodesAsync();
            var ready = Stopwatch.GetElapsedTime(start);
            // What an operator waits for before the next node: all partitions take writes again.
            await cluster.WaitWritableAsync(Partitions);
            await load.GoesOnAsync($"after {node.Name} came back", () => $"{string.Join(Environment.NewLine, restarts)}{Environment.NewLine}{cluster.Describe()}");
            restarts.Add($"{node.Name}: ended {ended.TotalSeconds:0.00} s, ready {ready.TotalSeconds:0.00} s, all partitions take writes {Stopwatch.GetElapsedTime(start).TotalSeconds:0.00} s after {how}");
        }

        await load.StopAsync();
        foreach (var line in restarts) output.WriteLine(line);
        output.WriteLine(load.Describe());
        var verified = await load.VerifyAsync();
        load.AssertNothingFailed();
        cluster.AssertNothingUnforeseen();
        output.WriteLine(verified);
    }
}
