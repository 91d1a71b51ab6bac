using System.Collections.Concurrent;
using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>Small files: one writer a tiny extent, slots of whole pages, and an extent whose write failed is not used again. Source: data-plane 3.3.</summary>
public sealed class TinyExtentTests : NodeTest
{
    private const ulong Partition = 21;
    private static readonly byte[] Hello = "hello"u8.ToArray();

    private protected override NodeOptions Options => new() { DataPath = new NodeOptions().DataPath with { RequestsPerConnectionMax = 100 } };

    private protected override Task PrepareAsync() => Node.CreatePartitionAsync(Partition);

    [Fact]
    public async Task Sixty_four_writes_take_an_extent_each_and_the_next_one_the_second_page_of_the_first()
    {
        using var client = await Node.ConnectAsync();
        for (ulong number = 1; number <= 64; number++) Assert.Equal((number, 0L), await SlotAsync(client, 1));
        Assert.Equal((1ul, 4096L), await SlotAsync(client, 4096));
        Assert.Equal((2ul, 4096L), await SlotAsync(client, 4097));
        for (ulong number = 3; number <= 64; number++) Assert.Equal((number, 4096L), await SlotAsync(client, 1));
        Assert.Equal((1ul, 8192L), await SlotAsync(client, 1));
        Assert.Equal((2ul, 12288L), await SlotAsync(client, 1));
    }

    [Fact]
    public async Task An_extent_is_taken_until_its_reply_is_written_and_without_one_clients_take_normal_extents()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var follower = Keep(new ScriptedFollower(async packet =>
        {
            await release.Task;
            return ScriptedFollower.Ok(packet);
        }));
        using var client = await Node.ConnectAsync();
        await client.SendAsync(Enumerable.Range(0, 64).SelectMany(number => Requests.TinyAppend(Partition, number, Hello, follower.Address)).ToArray());
        await Node.Network.DealtWithAsync(client);
        using (var other = await Node.ConnectAsync())
            Assert.Equal(0xF6, (int)(await other.AskAsync(Requests.TinyAppend(Partition, 1, Hello))).Header.Result);
        release.SetResult();
        HashSet<ulong> extents = [];
        for (var number = 0; number < 64; number++)
        {
            var reply = await client.ReceiveAsync();
            Assert.Equal((ResultCode.Ok, (long)number), (reply.Header.Result, reply.Header.RequestId));
            Assert.True(extents.Add(reply.Header.Extent.Value));
        }

        using var another = await Node.ConnectAsync();
        Assert.Equal(4096, (await SlotAsync(another, 1)).Offset);
    }

    [Fact]
    public async Task An_extent_whose_write_failed_anywhere_waits_for_repair()
    {
        var failing = Keep(new ScriptedFollower(packet => ScriptedFollower.Error(packet, ResultCode.DiskError, "ActionWrite:_disk has broken")));
        using (var client = await Node.ConnectAsync())
            Assert.Equal(0xF7, (int)(await client.AskAsync(Requests.TinyAppend(Partition, 1, Hello, failing.Address))).Header.Result);
        ExpectQueues(available: 63, broken: 1);

        Node.SetFlags(Partition, flags => flags with { DiskAvailable = false });
        using (var client = await Node.ConnectAsync())
            Assert.Equal(0xF7, (int)(await client.AskAsync(Requests.TinyAppend(Partition, 1, Hello))).Header.Result);
        Node.SetFlags(Partition, flags => flags with { DiskAvailable = true });
        ExpectQueues(available: 62, broken: 2);

        using var another = await Node.ConnectAsync();
        for (ulong number = 3; number <= 64; number++) Assert.Equal((number, 0L), await SlotAsync(another, 1)); // 1 and 2 are left out
        Assert.Equal((3ul, 4096L), await SlotAsync(another, 1));
    }

    [Fact]
    public async Task A_write_whose_client_vanished_before_the_outcome_was_known_leaves_its_extent_to_repair()
    {
        var silent = Keep(new ScriptedFollower(ScriptedFollower.Silence));
        var client = await Node.ConnectAsync();
        await client.SendAsync(Requests.TinyAppend(Partition, 1, Hello, silent.Address));
        await silent.NextAsync();
        client.Reset();
        await silent.NextEndAsync();
        using var other = await Node.ConnectAsync();
        for (ulong number = 2; number <= 64; number++) Assert.Equal((number, 0L), await SlotAsync(other, 1));
        Assert.Equal((2ul, 4096L), await SlotAsync(other, 1));
        await Patience.UntilAsync(() => Node.GateOf(Partition).Store.TinyBroken > 0); // given back when all of the connection has ended
        ExpectQueues(available: 63, broken: 1);
    }

    [Fact]
    public async Task A_wrong_CRC_takes_no_extent()
    {
        var request = Requests.TinyAppend(Partition, 1, Hello);
        request[8] ^= 1;
        using var client = await Node.ConnectAsync();
        Assert.Equal(0xF3, (int)(await client.AskAsync(request)).Header.Result);
        ExpectQueues(available: 64, broken: 0);
    }

    [Fact]
    public async Task A_hop_writes_exactly_at_the_end_of_its_extent()
    {
        using var leader = await Node.ConnectAsync();
        Assert.Equal(ResultCode.Ok, (await leader.AskAsync(Hop(7, 0, new byte[5000]))).Header.Result);
        Assert.Equal(ResultCode.Ok, (await leader.AskAsync(Hop(7, 8192, Hello))).Header.Result);
        var reply = await leader.AskAsync(Hop(7, 8197, Hello));
        Assert.Equal((0xF4, 7ul, 8197L), ((int)reply.Header.Result, reply.Header.Extent.Value, reply.Header.ExtentOffset));
        Assert.StartsWith("ActionWrite:_parameter mismatch error: extent current size=12288 ", reply.Text, StringComparison.Ordinal);
        ExpectQueues(available: 64, broken: 0); // a follower allocates nothing
    }

    [Fact]
    public async Task A_small_file_may_have_1_MiB()
    {
        var data = Requests.Noise(1 << 20, 1);
        using var client = await Node.ConnectAsync();
        var reply = await client.AskAsync(Requests.Write(Opcode.SyncWrite, Requests.Tiny, Partition, 0, 0, 1, data));
        Assert.Equal(ResultCode.Ok, reply.Header.Result);
        Assert.Equal(data, await client.ReadAsync(Partition, reply.Header.Extent.Value, reply.Header.ExtentOffset, 1 << 20));
        var tooLong = Requests.TinyAppend(Partition, 2, new byte[(1 << 20) + 1]);
        await client.SendAsync(tooLong.AsMemory(0, PacketHeader.BytesMax)); // its header is enough to hang up on
        Assert.Empty(await client.ReceiveUntilClosedAsync());
    }

    [Fact]
    public async Task Many_writers_at_once_never_get_the_same_place()
    {
        var slots = new ConcurrentDictionary<(ulong, long), byte[]>();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async worker =>
        {
            var random = new Random(worker);
            using var client = await Node.ConnectAsync();
            for (var batch = 0; batch < 15; batch++)
            {
                var files = Enumerable.Range(0, 7).Select(number => Requests.Noise(1 + random.Next(9000), worker * 10_000 + batch * 10 + number)).ToArray();
                await client.SendAsync(files.SelectMany((file, number) => Requests.TinyAppend(Partition, number, file)).ToArray());
                foreach (var file in files)
                {
                    var reply = await client.ReceiveAsync();
                    Assert.True(reply.Header.Result == ResultCode.Ok, reply.Text);
                    Assert.True(slots.TryAdd((reply.Header.Extent.Value, reply.Header.ExtentOffset), file));
                }
            }
        }));
        using var reader = await Node.ConnectAsync();
        foreach (var ((extent, offset), file) in slots) Assert.Equal(file, await reader.ReadAsync(Partition, extent, offset, (uint)file.Length));
        foreach (var ofExtent in slots.GroupBy(slot => slot.Key.Item1))
        {
            long end = 0;
            foreach (var slot in ofExtent.OrderBy(slot => slot.Key.Item2))
            {
                Assert.Equal(end, slot.Key.Item2); // page after page, without gaps
                end += (slot.Value.Length + 4095) / 4096 * 4096;
            }
        }
    }

    private static byte[] Hop(ulong extent, long offset, byte[] data)
    {
        var packet = Requests.Write(Opcode.Write, Requests.Tiny, Partition, extent, offset, 1, data);
        packet[4] = 0;
        return packet;
    }

    private static async Task<(ulong Extent, long Offset)> SlotAsync(PacketPeer client, int bytes)
    {
        var reply = await client.AskAsync(Requests.TinyAppend(Partition, 1, new byte[bytes]));
        Assert.True(reply.Header.Result == ResultCode.Ok, reply.Text);
        return (reply.Header.Extent.Value, reply.Header.ExtentOffset);
    }

    private void ExpectQueues(int available, int broken)
    {
        var store = Node.GateOf(Partition).Store;
        Assert.Equal((available, broken), (store.TinyAvailable, store.TinyBroken));
    }
}
