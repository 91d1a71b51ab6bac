using System.Diagnostics;
using CubeActors.Protocol.Master;
using CubeActors.Protocol.Objects;

namespace CubeActors.EndToEnd;

/// <summary>Processes that die without warning: what was acknowledged is there afterwards, on every replica.</summary>
public sealed class NodeLossTests(ITestOutputHelper output)
{
    private const int MiB = 1 << 20;

    [Theory]
    [InlineData(0, "chain leader")]
    [InlineData(1, "chain follower")]
    public async Task A_put_whose_chain_loses_a_node_by_kill_9_goes_on_elsewhere_and_loses_nothing_acknowledged(int victimIndex, string victimRole)
    {
        await using var cluster = await ClusterProcesses.StartAsync(output);
        var partitions = await cluster.CreateVolumeAsync(partitions: 3, replicas: 2);
        AssertEveryPairOfNodes(cluster, partitions);
        using var client = cluster.OpenClient();
        var objects = client.Objects(ClusterProcesses.Volume);

        var small = Content.Take(300_000);
        var before = await objects.PutAsync("before", new MemoryStream(small));

        // The first gate lets us find who is being written to; the second keeps the put from ending before the node is dead.
        var content = Content.Take(48 * MiB, skip: small.Length);
        var source = new GatedSource(content, 16 * MiB, 40 * MiB);
        var start = Stopwatch.GetTimestamp();
        var put = objects.PutAsync("during", source);
        await source.Reached(0);
        var written = Replicas.PartitionWithLargestExtent(cluster);
        var victim = cluster.NodeAt(partitions.Single(partition => partition.PartitionId.Value == written).Hosts[victimIndex]);
        source.Open(0); // appends flow while the signal is on its way
        await cluster.KillAsync(victim);
        source.Open(1);
        var during = await put.WaitAsync(Eventually.Deadline);
        var putTime = Stopwatch.GetElapsedTime(start);

        Assert.Equal(Content.Digest(content), during.Sha256);
        Assert.True(during.Extents.Count > 1, "the put was not disturbed");
        var last = partitions.Single(partition => partition.PartitionId.Value == during.Extents[^1].PartitionId);
        Assert.DoesNotContain(victim.Address, last.Hosts);
        await AssertReadsBackAsync(objects, "before", small);
        await AssertReadsBackAsync(objects, "during", content);

        var after = Content.Take(5 * MiB, skip: 7 * MiB);
        var afterwards = await objects.PutAsync("afterwards", new MemoryStream(after));

        await cluster.StartMissingAsync();
        await cluster.WaitWritableAsync(partitions.Count);
        using var fresh = cluster.OpenClient();
        var (copies, bytes) = (0, 0L);
        foreach (var (stored, expected) in ((StoredObject, byte[])[])[(before, small), (during, content), (afterwards, after)])
        {
            var found = await fresh.Objects(ClusterProcesses.Volume).FindAsync(stored.Name);
            Assert.Equal(stored.Extents, found.Extents);
            var (ofObject, itsBytes) = await Replicas.AssertIdenticalAsync(cluster, fresh, found, expected);
            (copies, bytes) = (copies + ofObject, bytes + itsBytes);
        }

        cluster.AssertNothingUnforeseen();
        output.WriteLine(
            $"{victimRole} killed: {content.Length / MiB} MiB stored in {putTime.TotalSeconds:0.00} s in {during.Extents.Count} extents; "
            + $"{copies} copies with {bytes / MiB} MiB identical after its restart");
    }

    [Fact]
    public async Task After_kill_9_of_master_and_all_nodes_an_acknowledged_object_is_listed_and_identical_on_each_replica()
    {
        await using var cluster = await ClusterProcesses.StartAsync(output);
        await cluster.CreateVolumeAsync(partitions: 3, replicas: 3);
        var large = Content.Take(20 * MiB);
        var tiny = Content.Take(70_001, skip: 3);
        var file = Path.Combine(cluster.Root, "large");
        await File.WriteAllBytesAsync(file, large);

        StoredObject small;
        using (var client = cluster.OpenClient()) small = await client.Objects(ClusterProcesses.Volume).PutAsync("small", new MemoryStream(tiny));
        var put = await cluster.RunAsync("put", file, $"{ClusterProcesses.Volume}/dir/large");
        await cluster.KillAllAsync(); // first of all: nothing may be written after the acknowledgement that we would not notice
        Assert.Equal(0, await put.ExitAsync());

        var start = Stopwatch.GetTimestamp();
        await cluster.StartMissingAsync();
        var list = await cluster.RunAsync("ls", ClusterProcesses.Volume);
        Assert.Equal(0, await list.ExitAsync());
        Assert.Equal([$"{large.Length}|{Content.Digest(large)}|dir/large", $"{tiny.Length}|{Content.Digest(tiny)}|small"],
            list.Output.Select(line => line.Split('\t')).Select(row => $"{row[0]}|{row[2]}|{row[3]}"));

        using var fresh = cluster.OpenClient();
        var objects = fresh.Objects(ClusterProcesses.Volume);
        Assert.Equal(small.Extents, (await objects.FindAsync("small")).Extents);
        var (copies, bytes) = await Replicas.AssertIdenticalAsync(cluster, fresh, await objects.FindAsync("dir/large"), large);
        var (more, moreBytes) = await Replicas.AssertIdenticalAsync(cluster, fresh, small, tiny);
        foreach (var node in cluster.Nodes)
        {
            await Eventually.TrueAsync(
                $"the ledger of {node.Name} is kept and knows its creations of before",
                async () => await node.AskAsync("/cubeactors/operations?kind=CreatePartition&state=Done") is (200, var body)
                    && body.Contains("\"kept\":true", StringComparison.Ordinal) && body.Contains("\"result\":\"created\"", StringComparison.Ordinal));
        }

        cluster.AssertNothingUnforeseen();
        output.WriteLine(
            $"all killed and started again; {copies + more} copies with {(bytes + moreBytes) / MiB} MiB identical "
            + $"{Stopwatch.GetElapsedTime(start).TotalSeconds:0.00} s after the start");
    }

    private static void AssertEveryPairOfNodes(ClusterProcesses cluster, IReadOnlyList<DataPartitionView> partitions)
    {
        var pairs = partitions.Select(partition => string.Join(' ', partition.Hosts.Order(StringComparer.Ordinal))).ToHashSet();
        foreach (var first in cluster.Nodes)
            foreach (var second in cluster.Nodes)
                if (string.CompareOrdinal(first.Address, second.Address) < 0) Assert.Contains($"{first.Address} {second.Address}", pairs);
    }

    private static async Task AssertReadsBackAsync(Client.ObjectStore objects, string name, byte[] expected)
    {
        var read = new MemoryStream(expected.Length);
        await objects.GetAsync(name, read);
        Assert.True(expected.AsSpan().SequenceEqual(read.GetBuffer().AsSpan(0, (int)read.Length)), $"{name} came back different");
    }
}
