using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>Many requests in flight on one connection: answered in their order, cut anywhere, and nothing done behind the first error.</summary>
public sealed class PipelineTests : NodeTest
{
    private const ulong Partition = 21, Extent = 1025;
    private const int BlockBytes = 131072;

    private protected override async Task PrepareAsync()
    {
        await Node.CreatePartitionAsync(Partition);
        using var peer = await Node.ConnectAsync();
        Assert.Equal(Extent, (await peer.AskAsync(Requests.Create(Partition, 1))).Header.Extent.Value);
    }

    [Fact]
    public async Task Different_requests_in_flight_are_answered_in_the_order_they_came()
    {
        const int Rounds = 60; // more requests than the window holds: the rest waits in the socket
        using var client = await Node.ConnectAsync();
        var sending = client.SendAsync(Enumerable.Range(0, Rounds).SelectMany(round =>
        {
            var at = round * 5000;
            return (byte[])
            [
                .. Requests.Append(Partition, Extent, at, 4 * round, Requests.Noise(5000, round)),
                .. Requests.Read(Partition, Extent, at, 5000, 4 * round + 1),
                .. Requests.Totals(Partition, 4 * round + 2),
                .. Requests.TinyAppend(Partition, 4 * round + 3, Requests.Noise(100, round)),
            ];
        }).ToArray());
        for (var round = 0; round < Rounds; round++)
        {
            await ExpectAsync(client, Opcode.Write, 4 * round);
            Assert.Equal(Requests.Noise(5000, round), (await ExpectAsync(client, Opcode.StreamFollowerRead, 4 * round + 1)).Data);
            await ExpectAsync(client, Opcode.GetMaxExtentIdAndPartitionSize, 4 * round + 2);
            await ExpectAsync(client, Opcode.Write, 4 * round + 3);
        }

        await sending;
    }

    /// <summary>A cached read is sent by the receiving loop itself, other replies by the reply loop: the two must never send at once.</summary>
    [Fact]
    public async Task A_cached_read_never_overtakes_a_reply_that_is_just_being_sent()
    {
        using var client = await Node.ConnectAsync();
        await ExpectOkAsync(client, Requests.Append(Partition, Extent, 0, 1, Requests.Noise(BlockBytes, 1)));
        await client.ReadAsync(Partition, Extent, 0, 3000); // verified from now on, so that the cache may answer
        await Node.Network.DealtWithAsync(client);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Node.Network.HoldSends(release.Task);
        try
        {
            await client.SendAsync(Requests.Totals(Partition, 2));
            await Node.Network.HeldSendAsync(); // the reply is out of the queue and on its way
            await client.SendAsync(Requests.Read(Partition, Extent, 0, 3000, 3));
            await Task.WhenAny(Node.Network.DealtWithAsync(client), Node.Network.HeldSendAsync());
            Assert.Empty(Node.Network.Violations);
        }
        finally
        {
            release.SetResult();
        }

        await ExpectAsync(client, Opcode.GetMaxExtentIdAndPartitionSize, 2);
        await ExpectAsync(client, Opcode.StreamFollowerRead, 3);
    }

    [Fact]
    public async Task A_read_of_many_blocks_is_sent_whole_before_the_reply_behind_it()
    {
        var data = Requests.Noise(1 << 20, 1);
        using var client = await Node.ConnectAsync();
        await ExpectOkAsync(client, Requests.Append(Partition, Extent, 0, 1, data));
        await client.SendAsync((byte[])
        [
            .. Requests.Append(Partition, Extent, 1 << 20, 10, new byte[10]), .. Requests.Read(Partition, Extent, 1, (1 << 20) - 1, 11), .. Requests.Append(Partition, Extent, (1 << 20) + 10, 12, new byte[10]),
            .. Requests.Read(Partition, Extent, 0, 1 << 20, 13), .. Requests.Totals(Partition, 14),
        ]);
        await ExpectAsync(client, Opcode.Write, 10);
        Assert.Equal(data[1..], await BlocksAsync(client, 11, (1 << 20) - 1));
        await ExpectAsync(client, Opcode.Write, 12);
        Assert.Equal(data, await BlocksAsync(client, 13, 1 << 20));
        await ExpectAsync(client, Opcode.GetMaxExtentIdAndPartitionSize, 14);
    }

    [Fact]
    public async Task Appends_cut_at_odd_places_arrive_whole()
    {
        const int Count = 24;
        var data = Enumerable.Range(0, Count).Select(number => Requests.Noise(BlockBytes, number)).ToArray();
        using var client = await Node.ConnectAsync();
        var sending = client.SendCutAsync(
            data.SelectMany((block, number) => Requests.Append(Partition, Extent, (long)number * BlockBytes, number, block)).ToArray(), 1, 56, 13, 57, 4095, 65537, 3, 131071);
        for (var number = 0; number < Count; number++) await ExpectAsync(client, Opcode.Write, number);
        await sending;
        Assert.Equal(data.SelectMany(block => block), await client.ReadAsync(Partition, Extent, 0, Count * BlockBytes));
    }

    [Fact]
    public async Task A_request_cut_at_every_byte_of_its_front_is_served()
    {
        using var client = await Node.ConnectAsync();
        var front = Requests.Append(Partition, Extent, 0, 1, []).Length;
        for (var cut = 1; cut <= front; cut++)
        {
            await client.SendCutAsync(Requests.Append(Partition, Extent, (cut - 1) * 10, cut, new byte[10]), cut, 1000);
            await ExpectAsync(client, Opcode.Write, cut);
        }
    }

    [Fact]
    public async Task A_recovered_tiny_packet_of_1_MiB_is_one_append_of_eight_blocks_with_their_CRCs()
    {
        var data = Requests.Noise(1 << 20, 3);
        using var client = await Node.ConnectAsync();
        await ExpectOkAsync(client, Requests.Append(Partition, Extent, 0, 1, data[..100])); // so that nothing is aligned
        await ExpectOkAsync(client, Requests.Append(Partition, Extent, 100, 2, data));
        Assert.Equal(data, await client.ReadAsync(Partition, Extent, 100, 1 << 20));
        await client.SendAsync(Requests.Append(Partition, Extent, 100 + (1 << 20), 3, new byte[(1 << 20) + 1]).AsMemory(0, 100));
        Assert.Empty(await client.ReceiveUntilClosedAsync()); // a byte more is beyond the limits of the protocol
    }

    [Fact]
    public async Task An_extent_takes_128_MiB_and_not_a_byte_more()
    {
        const int Piece = 1 << 20, Pieces = 128;
        var data = Requests.Noise(Piece, 4);
        using var client = await Node.ConnectAsync();
        var sending = Task.Run(async () =>
        {
            for (var piece = 0; piece < Pieces; piece++) await client.SendAsync(Requests.Append(Partition, Extent, (long)piece * Piece, piece, data));
        });
        for (var piece = 0; piece < Pieces; piece++) await ExpectAsync(client, Opcode.Write, piece);
        await sending;
        Assert.Equal(data, await client.ReadAsync(Partition, Extent, (long)(Pieces - 1) * Piece, Piece));
        Assert.Equal(0xF4, (int)(await client.AskAsync(Requests.Append(Partition, Extent, 134217728, 200, new byte[1]))).Header.Result);
    }

    [Fact]
    public async Task Nothing_behind_the_first_error_is_executed_and_the_connection_ends_after_the_error()
    {
        using var client = await Node.ConnectAsync();
        await client.SendAsync((byte[])
        [
            .. Requests.Append(Partition, Extent, 0, 1, new byte[10]), .. Requests.Append(Partition, Extent, 77, 2, new byte[10]),
            .. Requests.Append(Partition, Extent, 10, 3, new byte[10]), .. Requests.TinyAppend(Partition, 4, new byte[10]), .. Requests.Create(Partition, 5),
        ]);
        await ExpectAsync(client, Opcode.Write, 1);
        var error = await client.ReceiveAsync();
        Assert.Equal((0xF4, 2L), ((int)error.Header.Result, error.Header.RequestId));
        await client.ExpectEndAsync();
        client.Dispose();

        using var another = await Node.ConnectAsync();
        Assert.Equal("0000000000000401000000000000000a", Hex.Text((await another.AskAsync(Requests.Totals(Partition, 6))).Data));
    }

    [Fact]
    public async Task An_error_found_before_execution_keeps_its_place_behind_the_replies_of_earlier_requests()
    {
        for (var round = 0; round < 30; round++)
        {
            using var client = await Node.ConnectAsync();
            var wrongCrc = Requests.Append(Partition, Extent, 0, 2, new byte[10]);
            wrongCrc[5] ^= 1;
            await client.SendAsync((byte[])[.. Requests.Append(Partition, Extent, round * 10, 1, new byte[10]), .. wrongCrc, .. Requests.Append(Partition, Extent, round * 10 + 10, 3, new byte[10])]);
            await ExpectAsync(client, Opcode.Write, 1);
            var refused = await client.ReceiveAsync();
            Assert.Equal((0xF3, 2L), ((int)refused.Header.Result, refused.Header.RequestId));
            await client.ExpectEndAsync();
        }
    }

    [Fact]
    public async Task After_a_refused_read_or_question_the_connection_is_served_on()
    {
        using var client = await Node.ConnectAsync();
        await client.SendAsync((byte[])
        [
            .. Requests.Read(Partition, 4711, 0, 10, 1), .. Requests.Totals(666, 2), .. Requests.Read(Partition, Extent, 100, 10, 3), .. Requests.Append(Partition, Extent, 0, 4, new byte[10]),
        ]);
        foreach (var (request, code) in ((long, int)[])[(1, 0xF5), (2, 0xFC), (3, 0xF4), (4, 0xF0)])
        {
            var reply = await client.ReceiveAsync();
            Assert.Equal((request, code), (reply.Header.RequestId, (int)reply.Header.Result));
        }
    }

    [Fact]
    public async Task A_client_that_ends_its_side_still_gets_every_answer()
    {
        using var client = await Node.ConnectAsync();
        for (var number = 0; number < 20; number++) await client.SendAsync(Requests.Append(Partition, Extent, number * 1000, number, new byte[1000]));
        client.ShutdownSend();
        for (var number = 0; number < 20; number++) await ExpectAsync(client, Opcode.Write, number);
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task Clients_that_do_not_read_hold_up_themselves_alone()
    {
        using (var writer = await Node.ConnectAsync()) await ExpectOkAsync(writer, Requests.Append(Partition, Extent, 0, 1, Requests.Noise(1 << 20, 1)));
        var deaf = new List<PacketPeer>();
        for (var number = 0; number < 10; number++)
        {
            var client = Keep(await Node.ConnectAsync());
            deaf.Add(client);
            await client.SendAsync(Enumerable.Range(0, 60).SelectMany(request => Requests.Read(Partition, Extent, 0, 1 << 20, request)).ToArray());
        }

        using var other = await Node.ConnectAsync();
        Assert.Equal(Requests.Noise(1 << 20, 1), await other.ReadAsync(Partition, Extent, 0, 1 << 20));
        Assert.Equal(Requests.Noise(1 << 20, 1), await BlocksAsync(deaf[0], 0, 1 << 20)); // whoever begins to read gets it all
    }

    [Fact]
    public async Task Clients_that_vanish_in_the_middle_leave_nothing_behind()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async worker =>
        {
            var random = new Random(worker);
            for (var round = 0; round < 50; round++)
            {
                var client = await Node.ConnectAsync();
                byte[] burst = [.. Requests.TinyAppend(Partition, 1, new byte[5000]), .. Requests.Create(Partition, 2), .. Requests.Read(Partition, Extent, 0, 10, 3), .. Requests.TinyAppend(Partition, 4, new byte[5000])];
                await client.SendAsync(burst.AsMemory(0, random.Next(burst.Length)));
                if (random.Next(2) == 0) client.Reset();
                else client.Dispose();
            }
        }));
        using var other = await Node.ConnectAsync();
        await ExpectOkAsync(other, Requests.Append(Partition, Extent, 0, 1, new byte[10]));
    }

    private static async Task<byte[]> BlocksAsync(PacketPeer client, long request, int bytes)
    {
        List<byte> data = [];
        while (data.Count < bytes) data.AddRange((await ExpectAsync(client, Opcode.StreamFollowerRead, request)).Data);
        return [.. data];
    }

    private static async Task ExpectOkAsync(PacketPeer client, byte[] request)
    {
        var reply = await client.AskAsync(request);
        Assert.True(reply.Header.Result == ResultCode.Ok, reply.Text);
    }

    private static async Task<Packet> ExpectAsync(PacketPeer client, Opcode opcode, long request)
    {
        var reply = await client.ReceiveAsync();
        Assert.True(
            (reply.Header.Opcode, reply.Header.RequestId, reply.Header.Result) == (opcode, request, ResultCode.Ok), $"expected {opcode} {request}, received {reply.Header} {(reply.Header.Result == ResultCode.Ok ? "" : reply.Text)}");
        return reply;
    }
}
