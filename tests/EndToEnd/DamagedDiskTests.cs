using System.Text.Json.Nodes;
using CubeActors.Client;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Protocol.Objects;

namespace CubeActors.EndToEnd;

/// <summary>Disks with data on them that are damaged, or full.</summary>
public sealed class DamagedDiskTests(ITestOutputHelper output)
{
    private const int MiB = 1 << 20;

    /// <summary>Source: README.md, exit codes.</summary>
    private const int Success = 0, Failed = 1, BadSettings = 2;

    [Fact]
    public async Task A_corrupt_META_ends_the_start_where_that_is_asked_for_with_one_line_and_leaves_the_disk_as_it_is()
    {
        await using var cluster = await ClusterProcesses.StartAsync(output, nodes: 1);
        var partition = (await cluster.CreateVolumeAsync(partitions: 1, replicas: 1))[0];
        var node = cluster.Nodes[0];
        using var client = cluster.OpenClient();
        var content = Content.Take(2 * MiB);
        var stored = await client.Objects(ClusterProcesses.Volume).PutAsync("kept", new MemoryStream(content));
        Assert.Equal(Success, await cluster.StopAsync(node));

        var meta = Path.Combine(Directory.EnumerateDirectories(node.Disk, $"datapartition_{partition.PartitionId.Value}_*").Single(), "META");
        var whole = await File.ReadAllBytesAsync(meta);
        await File.WriteAllBytesAsync(meta, whole[..(whole.Length / 2)]);
        node.WriteConfig(config => config["logLevel"] = "error");
        node.WriteTunables("cubeactors.storage.corrupt-partition = stop");
        // The disk's own marks of this run are written before partitions are looked at; data and metadata are what must stay.
        string[] marks = [".cubeactors", ".diskStatus"];
        var before = DirectoryPicture.Take(node.Disk, marks);

        await using (var run = ProgramRun.Start("node with a corrupt META", node.Arguments))
        {
            Assert.Equal(BadSettings, await run.ExitAsync());
            output.WriteLine(string.Join(Environment.NewLine, run.Errors));
            var line = Assert.Single(run.Errors);
            Assert.Contains(meta, line, StringComparison.Ordinal);
            Assert.Contains("Restore META", line, StringComparison.Ordinal);
            Assert.Contains("cubeactors.storage.corrupt-partition = leave-out", line, StringComparison.Ordinal);
        }

        Assert.Equal(before, DirectoryPicture.Take(node.Disk, marks));

        await File.WriteAllBytesAsync(meta, whole); // what the line asks for
        node.WriteTunables("");
        await cluster.StartMissingAsync();
        using var fresh = cluster.OpenClient();
        await Replicas.AssertIdenticalAsync(cluster, fresh, stored, content);
    }

    [Fact]
    public async Task A_full_disk_refuses_appends_with_its_code_while_reads_go_on_and_puts_go_elsewhere_until_all_are_full()
    {
        await using var cluster = await ClusterProcesses.StartAsync(output);
        var partitions = await cluster.CreateVolumeAsync(partitions: 3, replicas: 2);
        var content = Content.Take(6 * MiB);
        StoredObject[] stored;
        using (var client = cluster.OpenClient())
        {
            var objects = client.Objects(ClusterProcesses.Volume);
            stored = [await objects.PutAsync("kept 1", new MemoryStream(content)), await objects.PutAsync("kept 2", new MemoryStream(content))];
        }

        var full = cluster.NodeAt(partitions[0].Hosts[0]);
        await FillAsync(cluster, full);
        var onFull = partitions[0];
        using (var peer = await RawPeer.ConnectAsync(full.Data))
        {
            var refused = await peer.CreateExtentAsync(onFull);
            output.WriteLine($"a create on the full disk: {refused}");
            Assert.Equal(ResultCode.DiskNoSpace, refused.Header.Result);
        }

        using (var peer = await RawPeer.ConnectAsync(full.Data))
        {
            var piece = stored.SelectMany(one => one.Extents).FirstOrDefault(piece => piece.PartitionId == onFull.PartitionId.Value);
            await peer.SendAppendAsync(onFull, new ExtentId(piece?.ExtentId ?? 1025), piece?.Size ?? 0, content[..MiB]);
            var refused = await peer.ReceiveAsync();
            output.WriteLine($"an append on the full disk: {refused}");
            Assert.Equal(ResultCode.DiskNoSpace, refused.Header.Result);
        }

        using (var client = cluster.OpenClient())
        {
            foreach (var one in stored) await Replicas.AssertIdenticalAsync(cluster, client, one, content);
            var elsewhere = await client.Objects(ClusterProcesses.Volume).PutAsync("elsewhere", new MemoryStream(content));
            Assert.All(elsewhere.Extents, piece => Assert.DoesNotContain(full.Address, HostsOf(partitions, piece.PartitionId)));
            await Replicas.AssertIdenticalAsync(cluster, client, elsewhere, content);
        }

        foreach (var node in cluster.Nodes.Where(node => node != full)) await FillAsync(cluster, node);
        var file = Path.Combine(cluster.Root, "too-much");
        await File.WriteAllBytesAsync(file, content);
        var put = await cluster.RunAsync("put", file, $"{ClusterProcesses.Volume}/too-much", "--patience", "0");
        Assert.Equal(Failed, await put.ExitAsync());
        var line = Assert.Single(put.Errors);
        output.WriteLine($"a put with all disks full: {line}");
        Assert.Contains(ClusterProcesses.Volume, line, StringComparison.Ordinal);
        Assert.Contains("space", line, StringComparison.Ordinal);

        using var reader = cluster.OpenClient();
        foreach (var one in stored) await Replicas.AssertIdenticalAsync(cluster, reader, one, content);
        var listed = await cluster.RunAsync("ls", ClusterProcesses.Volume);
        Assert.DoesNotContain(listed.Output, row => row.Contains("too-much", StringComparison.Ordinal));
    }

    [TmpfsFact]
    public async Task A_disk_that_runs_full_under_a_put_fails_it_cleanly_keeps_what_it_has_and_serves_again_when_the_remains_are_deleted()
    {
        using var small = new TmpfsMount(32 * MiB);
        await using var cluster = await ClusterProcesses.StartAsync(output, nodes: 2, prepare: prepared =>
        {
            var node = prepared.Nodes[1];
            node.Disk = small.Path;
            node.WriteConfig(config => config["disks"] = new JsonArray($"{small.Path}:{MiB}"));
            // A small reserve, looked at seldom: the kernel is to say that the disk is full, not our own figures.
            node.WriteTunables("cubeactors.storage { reserve-floor = 1 MiB, space-period = 60 s }");
        });
        await cluster.CreateVolumeAsync(partitions: 1, replicas: 2);
        var content = Content.Take(48 * MiB);
        using var client = cluster.OpenClient(new ClientSettings { PacketErrorsMax = 8, PlacementPatience = TimeSpan.Zero }); // 128 tries say no more than 8
        var objects = client.Objects(ClusterProcesses.Volume);
        var kept = await objects.PutAsync("kept", new MemoryStream(content, 0, 4 * MiB));

        var failure = await Assert.ThrowsAsync<CubeClientException>(() => objects.PutAsync("too much", new MemoryStream(content)));
        output.WriteLine($"a put of 48 MiB on a disk of 32: {failure.Message}");
        Assert.Contains("space", failure.Message, StringComparison.Ordinal);
        await Replicas.AssertIdenticalAsync(cluster, client, kept, content);

        await Eventually.TrueAsync(
            "the master has deleted what the put had written",
            async () => (await client.Master.GetGarbageAsync(ClusterProcesses.Volume)).PendingExtents == 0,
            cluster.Describe);
        await cluster.WaitWritableAsync(1);
        // Not at once: the replica takes its disk for full for some seconds after it was, whatever is deleted meanwhile.
        await Eventually.TrueAsync("a put finds room again", () => TryPutAsync(objects, new MemoryStream(content, 0, 8 * MiB)), cluster.Describe);
        var again = await objects.FindAsync("again") ?? throw new InvalidOperationException("an acknowledged object is not listed");
        await Replicas.AssertIdenticalAsync(cluster, client, again, content);
        await Replicas.AssertIdenticalAsync(cluster, client, kept, content);
        cluster.AssertNothingUnforeseen();
    }

    private static async Task<bool> TryPutAsync(ObjectStore objects, Stream content)
    {
        try
        {
            await objects.PutAsync("again", content);
            return true;
        }
        catch (CubeClientException)
        {
            return false; // no room yet; what the try has left is deleted like that of the first
        }
    }

    /// <summary>Starts a node again with a reserve between what its disk has free and what it has in all: full by the rules of the reserve.</summary>
    private static async Task FillAsync(ClusterProcesses cluster, NodePlace node)
    {
        Assert.Equal(Success, await cluster.StopAsync(node));
        var drive = new DriveInfo(node.Disk);
        var reserve = (drive.TotalFreeSpace + drive.TotalSize) / 2;
        node.WriteConfig(config => config["disks"] = new JsonArray($"{node.Disk}:{reserve}"));
        await cluster.StartNodesAsync();
    }

    private static IReadOnlyList<string> HostsOf(IReadOnlyList<DataPartitionView> partitions, ulong id) =>
        partitions.Single(partition => partition.PartitionId.Value == id).Hosts;
}
