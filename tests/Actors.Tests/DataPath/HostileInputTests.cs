using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>Whatever strangers send, the node closes what is beyond repair, keeps its memory bounded and serves everybody else.</summary>
public sealed class HostileInputTests : NodeTest
{
    private const ulong Partition = 21, Extent = 1025;

    private protected override async Task PrepareAsync()
    {
        await Node.CreatePartitionAsync(Partition);
        using var client = await Node.ConnectAsync();
        Assert.Equal(Extent, (await client.AskAsync(Requests.Create(Partition, 1))).Header.Extent.Value);
    }

    [Fact]
    public async Task A_wrong_byte_anywhere_in_a_packet_is_answered_or_hung_up_on()
    {
        foreach (var sound in (byte[][])[Requests.Append(Partition, Extent, 0, 1, new byte[10]), Requests.BatchDelete(Partition, 1, "[]"), Requests.Read(Partition, Extent, 0, 5, 1), AdminPackets.Delete(Node, 4711)])
        {
            await Task.WhenAll(Enumerable.Range(0, Math.Min(sound.Length, 100)).Select(async position =>
            {
                foreach (var flip in (byte[])[0x01, 0x80, 0xFF])
                {
                    var packet = sound.ToArray();
                    packet[position] ^= flip;
                    using var client = await Node.ConnectAsync();
                    await client.SendAsync(packet);
                    client.ShutdownSend(); // a longer length now ends in the middle
                    foreach (var reply in await client.ReceiveUntilClosedAsync()) Assert.NotEqual(ResultCode.None, reply.Header.Result);
                }
            }));
        }

        await ExpectServesAsync();
    }

    [Fact]
    public async Task Noise_is_hung_up_on_without_an_answer()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var noise = Requests.Noise(1 + seed * 50, seed);
            noise[0] = (byte)(seed % 3 == 0 ? 0x47 : 0xFE);
            using var client = await Node.ConnectAsync();
            await client.SendAsync(noise);
            Assert.Empty(await client.ReceiveUntilClosedAsync());
        }

        await ExpectServesAsync();
    }

    [Fact]
    public async Task Noise_behind_a_sound_request_does_not_take_its_answer_away_if_the_node_got_to_it_first()
    {
        for (var round = 0; round < 20; round++)
        {
            using var client = await Node.ConnectAsync();
            Assert.Equal(ResultCode.Ok, (await client.AskAsync(Requests.Totals(Partition, 1))).Header.Result);
            await client.SendAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());
            Assert.Empty(await client.ReceiveUntilClosedAsync());
        }

        await ExpectServesAsync();
    }

    [Fact]
    public async Task Lengths_near_4_GiB_are_hung_up_on_before_anything_is_allocated()
    {
        byte[] opcodes = [0x01, 0x02, 0x03, 0x07, 0x08, 0x0F, 0x10, 0x11, 0x13, 0x16, 0x57, 0x5A, 0x60, 0x63, 0x75, 0x76, 0xB4, 0xD6, 0xFE, 0xFF];
        foreach (var opcode in opcodes)
        {
            foreach (var (size, arg) in ((uint, uint)[])[(uint.MaxValue, 0), (0x80000000, 0), (0, uint.MaxValue), (8, 0x7FFFFFFF), (0xFFFFFFF0, 0xFFFFFFF0)])
            {
                var header = Requests.Plain(Requests.Normal, (Opcode)opcode, Partition, Extent, 0, 1) with { Size = size, ArgBytes = arg };
                var packet = new byte[header.EncodedBytes];
                header.Write(packet);
                using var client = await Node.ConnectAsync();
                await client.SendAsync(packet);
                Assert.Empty(await client.ReceiveUntilClosedAsync());
                Assert.Equal(0, Node.Buffers.RentedBytes);
            }
        }

        await ExpectServesAsync();
    }

    [Fact]
    public async Task A_version_list_is_skipped_and_one_that_cannot_be_is_hung_up_on()
    {
        using (var client = await Node.ConnectAsync())
        {
            var header = Requests.Plain(ExtentTypes.VersionList | ExtentTypes.ProtocolVersion, Opcode.GetMaxExtentIdAndPartitionSize, Partition, 0, 0, 1);
            var packet = new byte[header.EncodedBytes];
            header.Write(packet);
            Assert.Equal(ResultCode.Ok, (await client.AskAsync([.. packet, 0, 2, .. new byte[34]])).Header.Result);
            Assert.Equal(ResultCode.Ok, (await client.AskAsync(Requests.Totals(Partition, 2))).Header.Result); // still in step
            await client.SendAsync((byte[])[.. packet, 0xFF, 0xFF, .. new byte[8000]]);
            Assert.Empty(await client.ReceiveUntilClosedAsync());
        }

        await ExpectServesAsync();
    }

    [Fact]
    public async Task Two_thousand_idle_connections_and_as_many_probes_leave_the_node_serving()
    {
        for (var number = 0; number < 2000; number++)
        {
            Keep(await Node.ConnectAsync());
            (await Node.ConnectAsync()).Dispose(); // connect and close, as clients probe hosts
        }

        await ExpectServesAsync();
        Assert.True(Node.OpenConnections >= 2000);
    }

    private async Task ExpectServesAsync()
    {
        using var client = await Node.ConnectAsync();
        var created = await client.AskAsync(Requests.Create(Partition, 1));
        Assert.Equal(ResultCode.Ok, created.Header.Result);
        Assert.Equal(ResultCode.Ok, (await client.AskAsync(Requests.Append(Partition, created.Header.Extent.Value, 0, 2, [1, 2, 3]))).Header.Result);
        Assert.Equal([1, 2, 3], await client.ReadAsync(Partition, created.Header.Extent.Value, 0, 3));
    }
}
