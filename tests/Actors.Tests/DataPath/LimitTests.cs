using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors.Tests;

/// <summary>What happens at the limits: waits that end, budgets that are spent, queues that are full.</summary>
public sealed class LimitTests : NodeTest
{
    private const ulong Partition = 21, Extent = 1025;
    private static readonly TimeSpan Stall = TimeSpan.FromMilliseconds(400);

    // Short waits are real ones here: the tests await the end that must come, however late.
    private protected override NodeOptions Options => new()
    {
        ThreadsPerDisk = 1,
        QueuePerDisk = 4,
        BufferBudgetBytes = 2 << 20,
        DataPath = new NodeOptions().DataPath with { ReceiveStall = Stall, ConnectionsMax = 20, RequestsPerConnectionMax = 8 },
    };

    private protected override async Task PrepareAsync()
    {
        await Node.CreatePartitionAsync(Partition);
        using var client = await Node.ConnectAsync();
        Assert.Equal(Extent, (await client.AskAsync(Requests.Create(Partition, 1))).Header.Extent.Value);
        Assert.Equal(ResultCode.Ok, (await client.AskAsync(Requests.Append(Partition, Extent, 0, 2, Requests.Noise(1000, 1)))).Header.Result);
    }

    [Fact]
    public async Task A_packet_that_stops_in_the_middle_ends_its_connection_and_an_idle_one_lives_on()
    {
        using var idle = await Node.ConnectAsync();
        Assert.Equal(ResultCode.Ok, (await idle.AskAsync(Requests.Totals(Partition, 1))).Header.Result);
        var packet = Requests.Append(Partition, Extent, 1000, 1, new byte[1000]);
        foreach (var cut in (int[])[1, 30, 57, 69, 70, 71, 500, packet.Length - 1])
        {
            using var client = await Node.ConnectAsync();
            await client.SendAsync(packet.AsMemory(0, cut));
            Assert.Empty(await client.ReceiveUntilClosedAsync());
        }

        Assert.Equal(ResultCode.Ok, (await idle.AskAsync(Requests.Totals(Partition, 2))).Header.Result);
    }

    [Fact]
    public async Task Announced_bytes_that_never_come_hold_the_budget_only_until_they_are_overdue()
    {
        var packet = Requests.TinyAppend(Partition, 1, new byte[1 << 20]);
        var stalled = new List<PacketPeer>();
        for (var number = 0; number < 5; number++)
        {
            stalled.Add(Keep(await Node.ConnectAsync()));
            await stalled[number].SendAsync(packet.AsMemory(0, 200));
        }

        Assert.True(Node.Buffers.RentedBytes <= 2 << 20);
        using var client = await Node.ConnectAsync();
        Assert.Equal(ResultCode.Ok, (await client.AskAsync(packet)).Header.Result); // waits its turn behind them
        foreach (var peer in stalled) Assert.Empty(await peer.ReceiveUntilClosedAsync());
    }

    [Fact]
    public async Task A_list_longer_than_half_the_budget_could_never_be_received_and_is_hung_up_on()
    {
        using var client = await Node.ConnectAsync();
        // The header says it all: what comes behind it meets a closed connection.
        await client.SendAsync(Requests.BatchDelete(Partition, 1, new string(' ', (1 << 20) + 1)).AsMemory(0, PacketHeader.BytesMax));
        Assert.Empty(await client.ReceiveUntilClosedAsync());
    }

    [Fact]
    public async Task One_connection_more_than_the_limit_is_closed_at_once_and_a_place_that_is_free_is_taken()
    {
        var peers = new List<PacketPeer>();
        using (var probe = await Node.ConnectAsync()) await probe.AskAsync(Requests.Totals(Partition, 1));
        await Patience.UntilAsync(() => Node.OpenConnections == 0); // the connections of the preparation are on their way out
        for (var number = 0; number < 20; number++)
        {
            peers.Add(Keep(await Node.ConnectAsync()));
            Assert.Equal(ResultCode.Ok, (await peers[number].AskAsync(Requests.Totals(Partition, 1))).Header.Result);
        }

        using (var oneMore = await Node.ConnectAsync()) Assert.Empty(await oneMore.ReceiveUntilClosedAsync());
        peers[0].Dispose();
        await Patience.UntilAsync(() => Node.OpenConnections == 19);
        using var next = await Node.ConnectAsync();
        Assert.Equal(ResultCode.Ok, (await next.AskAsync(Requests.Totals(Partition, 2))).Header.Result);
    }

    [Fact]
    public async Task A_full_disk_queue_is_told_as_limited_io_and_ends_the_connection()
    {
        using var open = new ManualResetEventSlim();
        var disk = Node.GateOf(Partition).Disk;
        try
        {
            var holder = new Blocker(open);
            Assert.True(disk.TryPost(holder));
            await holder.Begun.Soon();
            while (disk.TryPost(new Blocker(open))) { }

            foreach (var (request, action) in ((byte[], string)[])
                [(Requests.Append(Partition, Extent, 1000, 1, new byte[10]), "ActionWrite:_"), (Requests.TinyAppend(Partition, 1, new byte[10]), "ActionWrite:_"), (Requests.Create(Partition, 1), "ActionCreateExtent:_"), (Requests.Read(Partition, 4711, 0, 10, 1), "ActionStreamRead_")])
            {
                using var client = await Node.ConnectAsync();
                await client.SendAsync((byte[])[.. request, .. request]);
                var reply = await client.ReceiveAsync();
                Assert.Equal((0xB1, action + "limited io error"), ((int)reply.Header.Result, reply.Text));
                await client.ExpectEndAsync();
            }
        }
        finally
        {
            open.Set();
        }

        while (true)
        {
            using var after = await Node.ConnectAsync();
            var reply = await after.AskAsync(Requests.Append(Partition, Extent, 1000, 1, new byte[10]));
            if (reply.Header.Result == ResultCode.Ok) break; // and at the place of the refused ones: nothing of them was done
            Assert.Equal(ResultCode.LimitedIo, reply.Header.Result); // the queue is still emptying
        }
    }

    [Fact]
    public async Task A_window_that_is_full_stops_the_reading_and_loses_nothing()
    {
        using var client = await Node.ConnectAsync();
        const int Count = 200;
        var sending = client.SendAsync(Enumerable.Range(0, Count).SelectMany(number => Requests.Append(Partition, Extent, 1000 + number * 100, number, Requests.Noise(100, number))).ToArray());
        for (var number = 0; number < Count; number++)
        {
            var reply = await client.ReceiveAsync();
            Assert.True((reply.Header.Result, reply.Header.RequestId) == (ResultCode.Ok, number), reply.Text);
        }

        await sending;
    }

    [Fact]
    public async Task A_node_stops_although_its_clients_neither_read_nor_close()
    {
        var deaf = await Node.ConnectAsync();
        for (var request = 0; request < 8; request++) await deaf.SendAsync(Requests.Read(Partition, Extent, 0, 1000, request));
        var half = await Node.ConnectAsync();
        await half.SendAsync(Requests.Totals(Partition, 1).AsMemory(0, 20));
        await RestartAsync(); // asserts that nothing is left
        deaf.Dispose();
        half.Dispose();
    }

    private sealed class Blocker(ManualResetEventSlim open) : WorkItem
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Begun => _begun.Task;

        public override void Execute()
        {
            _begun.SetResult();
            open.Wait();
        }
    }
}
