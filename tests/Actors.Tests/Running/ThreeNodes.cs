using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Actors.Tests;

/// <summary>Three nodes of one process with a partition that all of them hold: a real raft group over real sockets.</summary>
/// <remarks>
/// Who leads is found out by asking, again and again for as long as <see cref="Patience"/> allows: elections take as long as they take on a
/// busy machine. No test counts on a leader staying.
/// </remarks>
public abstract class ThreeNodes : IAsyncLifetime
{
    private protected const ulong Partition = 21, Extent = 1025;
    private long _request = 1000;

    private protected RunningNode[] Nodes { get; } = new RunningNode[3];

    /// <summary>False for nodes that are stopped.</summary>
    private protected bool[] Runs { get; } = new bool[3];

    private protected virtual NodeOptions Options => new()
    {
        BufferBudgetBytes = 16 << 20,
        RaftGroups = new NodeOptions().RaftGroups with { Tick = TimeSpan.FromMilliseconds(50) },
    };

    public async Task InitializeAsync()
    {
        for (var i = 0; i < 3; i++)
        {
            Nodes[i] = await RunningNode.StartAsync(Options);
            Runs[i] = true;
        }

        var others = Nodes[1..].Select(node => node.Address).ToArray();
        var request = AdminPackets.CreateRequest(Nodes[0], Partition, others);
        foreach (var node in Nodes)
        {
            using var master = await node.ConnectAsync();
            var created = await master.AskAsync(AdminPackets.Create(node, request));
            Assert.True(created.Header.Result == ResultCode.Ok, created.Text);
        }

        using var client = await Nodes[0].ConnectAsync();
        Assert.Equal(Extent, (await client.AskAsync(Requests.Create(Partition, 1, others))).Header.Extent.Value);
        var appended = await client.AskAsync(Requests.Append(Partition, Extent, 0, 2, new byte[65536], others));
        Assert.True(appended.Header.Result == ResultCode.Ok, appended.Text);
    }

    public async Task DisposeAsync()
    {
        foreach (var node in Nodes.Where((_, index) => Runs[index])) await node.StopAsync();
        foreach (var node in Nodes) node.DeleteFiles();
    }

    /// <summary>Asks one node after the other until one serves it as leader.</summary>
    /// <returns>Its answer and which one it was.</returns>
    private protected async Task<(Packet Reply, int Node)> AskLeaderAsync(Func<long, byte[]> request)
    {
        var since = System.Diagnostics.Stopwatch.GetTimestamp();
        for (var at = 0; ; at = (at + 1) % 3)
        {
            Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(since) < Patience.Long, "nobody led in time");
            if (!Runs[at]) continue;
            if (await AskAsync(at, request(++_request)) is not { } reply) continue;
            if (reply.Header.Result == ResultCode.Ok) return (reply, at);
            Assert.Equal((0xFC, ErrorTexts.NotRaftLeader), ((int)reply.Header.Result, reply.Text[(reply.Text.IndexOf('_') + 1)..].TrimStart('_')));
        }
    }

    /// <returns>Null if the node closed the connection instead.</returns>
    private protected async Task<Packet?> AskAsync(int node, byte[] request)
    {
        using var peer = await Nodes[node].ConnectAsync();
        await peer.SendAsync(request);
        return await peer.TryReceiveAsync();
    }

    private protected async Task<int> OverwriteAsync(long offset, byte[] data, Opcode opcode = Opcode.RandomWrite) =>
        (await AskLeaderAsync(request => Requests.Overwrite(opcode, Partition, Extent, offset, request, data))).Node;

    private protected async Task<int> LeaderAsync() => (await AskLeaderAsync(request => Requests.LeaderRead(Partition, Extent, 0, 1, request))).Node;

    private protected async Task<byte[]> LeaderReadAsync(long offset, uint size) =>
        (await AskLeaderAsync(request => Requests.LeaderRead(Partition, Extent, offset, size, request))).Reply.Data;

    /// <summary>Every replica that runs comes to hold these bytes, and all say the same applied id.</summary>
    private protected async Task AllHoldAsync(long offset, byte[] expected)
    {
        var running = Enumerable.Range(0, 3).Where(index => Runs[index]).ToList();
        var since = System.Diagnostics.Stopwatch.GetTimestamp();
        while (true)
        {
            var bytes = new List<byte[]>();
            var applied = new List<string>();
            foreach (var index in running)
            {
                using var reader = await Nodes[index].ConnectAsync();
                // One that has just started refuses reads until a leader has told it what of its log is committed: the next leader's first entry may be in it.
                bytes.Add(Nodes[index].GateOf(Partition).Raft is { IsReplaying: true } ? [] : await reader.ReadAsync(Partition, Extent, offset, (uint)expected.Length));
                applied.Add(Hex.Text((await reader.AskAsync(Requests.AppliedId(Partition, 1))).Data));
            }

            if (bytes.All(one => one.AsSpan().SequenceEqual(expected)) && applied.Distinct().Count() == 1) return;
            Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(since) < Patience.Long, $"the replicas stayed apart: applied {string.Join(", ", applied)}");
        }
    }

    /// <summary>Tells a node to campaign, as a master does.</summary>
    private protected async Task<Packet> TryToLeaderAsync(int node)
    {
        using var master = await Nodes[node].ConnectAsync();
        return await master.AskAsync(AdminPackets.Build(
            Nodes[node], Opcode.DataPartitionTryToLeader, Partition, new DeleteDataPartitionRequest { PartitionId = new PartitionId(Partition) }, MasterJson.Default.DeleteDataPartitionRequest));
    }

    private protected async Task StopAsync(int node)
    {
        await Nodes[node].StopAsync();
        Runs[node] = false;
    }

    private protected async Task StartAsync(int node)
    {
        Nodes[node] = await Nodes[node].StartAgainAsync(Options);
        Runs[node] = true;
    }
}
