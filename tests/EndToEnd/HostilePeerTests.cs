using System.Diagnostics;
using System.Net;
using CubeActors.Protocol;

namespace CubeActors.EndToEnd;

/// <summary>Peers that lie, that talk nonsense, and that say nothing at all.</summary>
public sealed class HostilePeerTests(ITestOutputHelper output)
{
    private const int MiB = 1 << 20;

    /// <summary>Packets that claim lengths near 4 GiB, garbage connections to each port, connections that stay idle.</summary>
    private const int Liars = 100, Babblers = 20, Idlers = 2000;

    /// <summary>
    /// Memory that all of it together may cost a node: its buffer budget of 256 MiB, which is what packets may hold by the settings, and
    /// as much again for the runtime. A single length that sized an allocation would break it sixteen times over.
    /// </summary>
    private const long ResidentBytesMax = 512L * MiB;

    [Fact]
    public async Task Claims_near_4_GiB_garbage_and_2000_idle_connections_leave_a_node_serving_with_bounded_memory()
    {
        await using var cluster = await ClusterProcesses.StartAsync(output, nodes: 1);
        await cluster.CreateVolumeAsync(partitions: 1, replicas: 1);
        var node = cluster.Nodes[0];
        using var client = cluster.OpenClient();
        var objects = client.Objects(ClusterProcesses.Volume);
        var content = Content.Take(8 * MiB);
        var stored = await objects.PutAsync("before", new MemoryStream(content));
        await Replicas.AssertIdenticalAsync(cluster, client, stored, content);
        var atRest = cluster.RunOf(node).ResidentBytes();

        for (var liar = 0; liar < Liars; liar++) await ClaimAsync(node, liar, stored.Extents[0].PartitionId, stored.Extents[0].ExtentId);
        var afterClaims = cluster.RunOf(node).ResidentBytes();
        var refused = cluster.RunOf(node).Errors.Count(line => line.Contains("lengths beyond the limits", StringComparison.Ordinal));
        Assert.InRange(refused, Liars * 3 / 4, Liars); // all but the reads, whose length says what is wanted

        var random = new Random(20261121);
        foreach (var port in (IPEndPoint[])[node.Data, node.Smux, node.Probes])
            for (var babbler = 0; babbler < Babblers; babbler++) await BabbleAsync(port, random);
        var afterGarbage = cluster.RunOf(node).ResidentBytes();

        var idlers = new List<RawPeer>();
        var start = Stopwatch.GetTimestamp();
        try
        {
            // The HTTP port takes 256; the rest is divided between the two that clients and peers use.
            for (var i = 0; i < Idlers; i++)
                idlers.Add(await RawPeer.ConnectAsync(i % 20 == 0 ? node.Probes : i % 4 == 1 ? node.Smux : node.Data));
            var connected = Stopwatch.GetElapsedTime(start);

            Assert.Equal(200, (await node.ReadyAsync())?.Code);
            var more = Content.Take(5 * MiB, skip: MiB);
            var during = await objects.PutAsync("during", new MemoryStream(more));
            await Replicas.AssertIdenticalAsync(cluster, client, stored, content);
            await Replicas.AssertIdenticalAsync(cluster, client, during, more);
            var withIdlers = cluster.RunOf(node).ResidentBytes();
            output.WriteLine(
                $"resident: {atRest.Now / MiB} MiB at rest, {afterClaims.Now / MiB} after {Liars} claims, "
                + $"{afterGarbage.Now / MiB} after garbage on {Babblers * 3} connections, "
                + $"{withIdlers.Now / MiB} with {Idlers} idle connections (made in {connected.TotalSeconds:0.0} s); {withIdlers.Most / MiB} at most");
            Assert.InRange(withIdlers.Most, 1, ResidentBytesMax);
        }
        finally
        {
            foreach (var idler in idlers) idler.Dispose();
        }

        Assert.False(cluster.RunOf(node).HasExited);
        Assert.DoesNotContain(cluster.RunOf(node).Errors, line => line.Contains(" ERR ", StringComparison.Ordinal));
    }

    /// <summary>One packet that claims more than anybody may send, of another kind each time; it must not be answered with what it claims.</summary>
    private static async Task ClaimAsync(NodePlace node, int kind, ulong partition, ulong extent)
    {
        const uint nearly4GiB = uint.MaxValue - 15;
        Opcode[] opcodes =
        [
            Opcode.Write, Opcode.SyncWrite, Opcode.CreateExtent, Opcode.BatchDeleteExtent, Opcode.StreamFollowerRead, Opcode.RandomWrite,
            Opcode.GetAllWatermarks, Opcode.CreateDataPartition, Opcode.MarkDelete, (Opcode)0xCC,
        ];
        var (claimsData, isNormal) = (kind / opcodes.Length % 2 == 0, kind / opcodes.Length % 4 < 2);
        var header = new PacketHeader(
            (byte)((isNormal ? ExtentTypes.Normal : 0) | ExtentTypes.ProtocolVersion), opcodes[kind % opcodes.Length], ResultCode.None, (byte)(kind % 3), 0,
            claimsData ? nearly4GiB : 8, claimsData ? 0 : nearly4GiB, new PartitionId(partition), new ExtentId(extent), 0, kind + 1, 0);
        using var peer = await RawPeer.ConnectAsync(kind % 2 == 0 ? node.Data : node.Smux);
        if (kind % 2 == 1)
        {
            var frames = new byte[SmuxFrame.Bytes * 2];
            new SmuxFrame(SmuxCommand.Open, 0, 1).Write(frames);
            new SmuxFrame(SmuxCommand.Push, (ushort)header.EncodedBytes, 1).Write(frames.AsSpan(SmuxFrame.Bytes));
            await peer.SendAsync(frames);
        }

        await peer.SendAsync(header);
        peer.EndInput();
        Assert.InRange(await peer.DrainAsync(), 0, 64 * 1024 + (long)(header.IsRequestWithoutData ? 16 * MiB : 0));
    }

    private static async Task BabbleAsync(IPEndPoint port, Random random)
    {
        var noise = new byte[random.Next(1, 64 * 1024)];
        random.NextBytes(noise);
        if (random.Next(2) == 0) noise[0] = PacketHeader.Magic; // far enough in to reach the fields
        using var peer = await RawPeer.ConnectAsync(port);
        try
        {
            await peer.SendAsync(noise);
        }
        catch (System.Net.Sockets.SocketException)
        {
            // The node hung up in the middle of it, which it may.
        }

        peer.EndInput();
        await peer.DrainAsync();
    }
}
