using System.Net.Sockets;
using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>What a writer sees of a node that stops: extents that can be written, then the end of its connection, and nothing between.</summary>
public sealed class StoppingWriterTests : NodeTest
{
    private const ulong Partition = 5;
    private static readonly byte[] Hello = "hello"u8.ToArray();

    private protected override Task PrepareAsync() => Node.CreatePartitionAsync(Partition);

    /// <summary>CubeFS #2997: a stopping node took its partitions away first and its port last: extents were created and could not be written, for as long as the stop took.</summary>
    [Fact]
    public async Task Issue_2997_what_a_stopping_node_creates_can_be_written_until_it_ends_the_connection()
    {
        var progress = new Progress();
        var writer = WriteUntilItEndsAsync(await ConnectAsync(), progress);
        await Patience.UntilAsync(() => progress.Written >= 20);

        var stopped = Node;
        await stopped.StopAsync(); // one signal is enough
        await writer;
        Replace(await stopped.StartAgainAsync(Options));

        Assert.Equal("", progress.Error);
        var reader = await ConnectAsync();
        foreach (var extent in progress.Extents) Assert.Equal(Hello, await reader.ReadAsync(Partition, extent, 0, (uint)Hello.Length));
    }

    /// <summary>That the scenario above would find it: the same writer beside partitions that end before the port does.</summary>
    [Fact]
    public async Task A_node_whose_partitions_end_first_would_fail_its_writers()
    {
        var progress = new Progress();
        var writer = WriteUntilItEndsAsync(await ConnectAsync(), progress);
        await Patience.UntilAsync(() => progress.Written >= 20);

        var gate = Node.GateOf(Partition);
        Node.Gates.Withdraw(new PartitionId(Partition));
        await writer;
        Node.Gates.Publish(gate);

        Assert.NotEqual("", progress.Error);
    }

    /// <summary>Creates an extent and writes it, again and again, until the connection ends or something is refused.</summary>
    private static async Task WriteUntilItEndsAsync(PacketPeer client, Progress progress)
    {
        for (long request = 1; ; request += 2)
        {
            if (await AskAsync(client, Requests.Create(Partition, request), progress) is not { } created) return;
            var extent = created.Header.Extent.Value;
            if (await AskAsync(client, Requests.Append(Partition, extent, 0, request + 1, Hello), progress) is null) return;
            progress.Add(extent);
        }
    }

    /// <returns>Null where the connection has ended, or the answer is an error.</returns>
    private static async Task<Packet?> AskAsync(PacketPeer client, byte[] request, Progress progress)
    {
        try
        {
            await client.SendAsync(request);
            if (await client.TryReceiveAsync() is not { } reply) return null;
            if (reply.Header.Result == ResultCode.Ok) return reply;
            progress.Error = $"{reply.Header.Opcode}: {reply.Text}";
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown)
        {
            // The end as well: the request came when nothing was read any more.
        }

        return null;
    }

    private sealed class Progress
    {
        private readonly List<ulong> _extents = [];

        public int Written { get { lock (_extents) return _extents.Count; } }

        public IReadOnlyList<ulong> Extents { get { lock (_extents) return [.. _extents]; } }

        /// <summary>The first refusal; empty if there was none.</summary>
        public string Error { get; set; } = "";

        public void Add(ulong extent)
        {
            lock (_extents) _extents.Add(extent);
        }
    }
}
