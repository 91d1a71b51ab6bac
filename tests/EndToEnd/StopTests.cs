using System.Diagnostics;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.EndToEnd;

/// <summary>Nodes that are told to stop while they work.</summary>
public sealed class StopTests(ITestOutputHelper output)
{
    private const int MiB = 1 << 20;

    /// <summary>Time of a clean stop as shipped. Source: hocon/reference.conf, cubeactors.process.stop-deadline.</summary>
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(30);

    /// <summary>Source: README.md, exit codes.</summary>
    private const int Success = 0, Interrupted = 130;

    /// <summary>Keeps an append in flight for as long as its follower is frozen, and a stop waiting for it: five times the drain time.</summary>
    private const string Patient =
        """
        cubeactors.data-path.follower-reply = 60 s
        cubeactors.data-path.drain = 3 s
        """;

    [Fact]
    public async Task Sigterm_during_a_put_ends_the_node_cleanly_and_the_put_goes_on_elsewhere()
    {
        await using var cluster = await ClusterProcesses.StartAsync(output);
        var partitions = await cluster.CreateVolumeAsync(partitions: 3, replicas: 2);
        using var client = cluster.OpenClient();

        var content = Content.Take(32 * MiB);
        var source = new GatedSource(content, 8 * MiB, 24 * MiB);
        var put = client.Objects(ClusterProcesses.Volume).PutAsync("during", source);
        await source.Reached(0);
        var written = Replicas.PartitionWithLargestExtent(cluster);
        var leader = cluster.NodeAt(partitions.Single(partition => partition.PartitionId.Value == written).Hosts[0]);
        source.Open(0); // appends flow while the signal is on its way
        var start = Stopwatch.GetTimestamp();
        var code = await cluster.StopAsync(leader);
        var stopTime = Stopwatch.GetElapsedTime(start);
        source.Open(1);
        var stored = await put.WaitAsync(Eventually.Deadline);

        Assert.Equal(Success, code);
        Assert.True(stopTime < StopDeadline, $"the stop took {stopTime}");
        Assert.True(stored.Extents.Count > 1, "the put was not disturbed");
        await cluster.StartMissingAsync();
        using var fresh = cluster.OpenClient();
        var (copies, bytes) = await Replicas.AssertIdenticalAsync(cluster, fresh, stored, content);
        cluster.AssertNothingUnforeseen();
        output.WriteLine(
            $"stopped in {stopTime.TotalSeconds:0.00} s during a put; "
            + $"{stored.Extents.Count} extents, {copies} copies with {bytes / MiB} MiB identical");
    }

    [Fact]
    public async Task A_signal_lets_what_is_in_flight_be_answered_and_a_second_one_ends_the_node_at_once()
    {
        await using var cluster = await ClusterProcesses.StartAsync(output, tunables: Patient);
        var partition = (await cluster.CreateVolumeAsync(partitions: 1, replicas: 2))[0];
        var leader = cluster.NodeAt(partition.Hosts[0]);
        var follower = cluster.RunOf(cluster.NodeAt(partition.Hosts[1]));
        var data = Content.Take(100_000);

        using (var peer = await AppendInFlightAsync(partition, leader, follower, data))
        {
            cluster.RunOf(leader).SendInterrupt();
            await WaitDrainingAsync(leader);
            Assert.False(cluster.RunOf(leader).HasExited, "the node did not wait for what is in flight");
            follower.Thaw();
            var reply = await peer.ReceiveAsync();
            Assert.Equal(ResultCode.Ok, reply.Header.Result);
            Assert.Equal(0, await peer.DrainAsync());
        }

        var start = Stopwatch.GetTimestamp();
        Assert.Equal(Success, await cluster.ExitAsync(leader));
        output.WriteLine($"SIGINT: an append in flight was answered; the end came {Stopwatch.GetElapsedTime(start).TotalSeconds:0.00} s after the answer");

        await cluster.StartMissingAsync();
        using (await AppendInFlightAsync(partition, leader, follower, data))
        {
            cluster.RunOf(leader).SendTerminate();
            await WaitDrainingAsync(leader);
            start = Stopwatch.GetTimestamp();
            cluster.RunOf(leader).SendTerminate();
            Assert.Equal(Interrupted, await cluster.ExitAsync(leader)); // the follower is frozen: a clean stop would still wait
            output.WriteLine($"second SIGTERM: ended {Stopwatch.GetElapsedTime(start).TotalSeconds:0.00} s after it");
            follower.Thaw();
        }
    }

    /// <summary>An append that its chain leader has forwarded to a follower that stands still.</summary>
    private static async Task<RawPeer> AppendInFlightAsync(DataPartitionView partition, NodePlace leader, ProgramRun follower, byte[] data)
    {
        var peer = await RawPeer.ConnectAsync(leader.Data);
        var created = await peer.CreateExtentAsync(partition);
        Assert.True(created.Header.Result == ResultCode.Ok, created.ToString());
        follower.Freeze();
        await peer.SendAppendAsync(partition, created.Header.Extent, 0, data);
        await Eventually.TrueAsync("the leader has written the append", () => FileBytes(leader, partition.PartitionId, created.Header.Extent) == data.Length);
        return peer;
    }

    private static long FileBytes(NodePlace node, PartitionId partition, ExtentId extent) =>
        new FileInfo(Path.Combine(Directory.EnumerateDirectories(node.Disk, $"datapartition_{partition.Value}_*").Single(), $"{extent.Value}")).Length;

    private static Task WaitDrainingAsync(NodePlace node) => Eventually.TrueAsync(
        $"{node.Name} says that it is stopping", async () => await node.ReadyAsync() is (503, var body) && body.Contains("stopping", StringComparison.Ordinal));
}
