using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>On one connection a request sees everything that was sent before it, also when all are sent at once.</summary>
public sealed class OverwriteOrderTests : OverwriteTest
{
    [Theory]
    [InlineData(0x05)]
    [InlineData(0x06)]
    public async Task An_append_an_overwrite_of_it_and_a_read_sent_at_once_take_effect_in_that_order(byte read)
    {
        byte[] all =
        [
            .. Requests.Append(Partition, Extent, 131077, 10, "0123456789"u8.ToArray()),
            .. Requests.Overwrite(Opcode.RandomWrite, Partition, Extent, 131079, 11, "XYZ"u8.ToArray()),
            .. Requests.Build(Requests.Plain(Requests.Normal, (Opcode)read, Partition, Extent, 131077, 12) with { Size = 10 }, [], []),
        ];

        await Peer.SendAsync(all);

        foreach (var request in (long[])[10, 11])
        {
            var reply = await Peer.ReceiveAsync();
            ExpectOk(reply);
            Assert.Equal(request, reply.Header.RequestId);
        }

        Assert.Equal("01XYZ56789"u8.ToArray(), (await Peer.ReceiveAsync()).Data);
    }

    [Fact]
    public async Task Replies_come_in_the_order_of_the_requests_and_each_read_sees_the_overwrite_before_it()
    {
        var random = new Random(5);
        for (var round = 0; round < 10; round++)
        {
            var expected = new List<(long Request, byte? Read)>();
            var all = new List<byte>();
            for (byte i = 1; i <= 20; i++)
            {
                all.AddRange(Requests.Overwrite(random.Next(4) == 0 ? Opcode.SyncRandomWrite : Opcode.RandomWrite, Partition, Extent, 0, 2 * i, [i]));
                expected.Add((2 * i, null));
                all.AddRange(random.Next(2) == 0 ? Requests.LeaderRead(Partition, Extent, 0, 1, 2 * i + 1) : Requests.Read(Partition, Extent, 0, 1, 2 * i + 1));
                expected.Add((2 * i + 1, i));
            }

            await Peer.SendCutAsync([.. all], 1000, 17, 300);
            foreach (var (request, read) in expected)
            {
                var reply = await Peer.ReceiveAsync();
                ExpectOk(reply);
                Assert.Equal(request, reply.Header.RequestId);
                // It may see a younger one too: what was sent behind it may be applied first. Never an older one.
                if (read is { } least) Assert.InRange(reply.Data[0], least, (byte)20);
            }
        }
    }

    [Fact]
    public async Task Overwrites_of_several_clients_to_the_same_place_leave_one_of_them_whole()
    {
        await Task.WhenAll(Enumerable.Range(0, 6).Select(async worker =>
        {
            using var client = await Node.ConnectAsync();
            var requests = Enumerable.Range(0, 30).SelectMany(number =>
                Requests.Overwrite(Opcode.RandomWrite, Partition, Extent, 4096, number + 1, [.. Enumerable.Repeat((byte)(1 + worker), 20000)])).ToArray();
            var sent = client.SendAsync(requests);
            for (var number = 0; number < 30; number++)
            {
                var reply = await client.ReceiveAsync();
                ExpectOk(reply);
                Assert.Equal(number + 1L, reply.Header.RequestId);
            }

            await sent;
        }));

        var bytes = await ReadAsync(Extent, 4096, 20000);
        Assert.InRange(bytes[0], 1, 6);
        Assert.All(bytes, value => Assert.Equal(bytes[0], value));
    }

    [Fact]
    public async Task An_error_between_overwrites_is_answered_in_its_place_and_the_rest_goes_on()
    {
        var wrong = Requests.Overwrite(Opcode.RandomWrite, Partition, Extent, 0, 11, "B"u8.ToArray());
        wrong[5] ^= 1;
        await Peer.SendAsync((byte[])
        [
            .. Requests.Overwrite(Opcode.RandomWrite, Partition, Extent, 0, 10, "A"u8.ToArray()), .. wrong,
            .. Requests.Overwrite(Opcode.RandomWrite, Partition, Extent, 1, 12, "C"u8.ToArray()),
        ]);

        Assert.Equal((10L, ResultCode.Ok), Outcome(await Peer.ReceiveAsync()));
        Assert.Equal((11L, ResultCode.IntraGroupNetError), Outcome(await Peer.ReceiveAsync()));
        Assert.Equal((12L, ResultCode.Ok), Outcome(await Peer.ReceiveAsync()));
        Assert.Equal("ACa"u8.ToArray(), await ReadAsync(Extent, 0, 3));

        static (long, ResultCode) Outcome(Packet reply) => (reply.Header.RequestId, reply.Header.Result);
    }
}
