using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>
/// What a CubeFS 3.5.3 node was seen to answer, row by row: a partition without followers with one normal extent, 1025, that holds
/// 131072 times 'a' and "hello". Source: data-plane 3.17.
/// </summary>
public sealed class ObservedResultTests : NodeTest
{
    private const ulong Partition = 21, WithoutLeader = 22, Extent = 1025, Unknown = 666;
    private const uint BlockBytes = 131072;
    private static readonly byte[] Hello = "hello"u8.ToArray();
    private PacketPeer _peer = null!;
    private long _request = 100;

    private protected override async Task PrepareAsync()
    {
        await Node.CreatePartitionAsync(Partition);
        _peer = await ConnectAsync();
        var created = await _peer.AskAsync(Requests.Create(Partition, 1));
        Assert.Equal((ResultCode.Ok, Extent), (created.Header.Result, created.Header.Extent.Value));
        Assert.Equal(ResultCode.Ok, (await _peer.AskAsync(Requests.Append(Partition, Extent, 0, 2, [.. Enumerable.Repeat((byte)'a', (int)BlockBytes)]))).Header.Result);
        Assert.Equal(ResultCode.Ok, (await _peer.AskAsync(Requests.Append(Partition, Extent, BlockBytes, 3, Hello))).Header.Result);
    }

    [Fact]
    public async Task A_read_across_the_end_is_one_error_packet_in_the_form_of_the_request()
    {
        var reply = await AskAsync(Requests.Read(Partition, Extent, BlockBytes, 6, 10));
        ExpectError(reply, 0xF3, "ActionStreamRead_EOF", headerBytes: 69);
        Assert.Equal((Requests.Normal, (long)BlockBytes, 0u, 0u), (reply.Header.ExtentType, reply.Header.ExtentOffset, reply.Header.Crc, reply.Header.ArgBytes));
    }

    [Fact]
    public async Task A_long_read_across_the_end_sends_the_whole_blocks_before_the_error()
    {
        await _peer.SendAsync(Requests.Read(Partition, Extent, 0, 131080, 10));
        var block = await _peer.ReceiveAsync();
        Assert.Equal((ResultCode.Ok, 57, BlockBytes), (block.Header.Result, block.HeaderBytes, block.Header.Size));
        var error = await _peer.ReceiveAsync();
        ExpectError(error, 0xF3, "ActionStreamRead_EOF", headerBytes: 69);
        Assert.Equal(BlockBytes, error.Header.ExtentOffset);
    }

    [Fact]
    public async Task A_short_read_of_a_recovering_replica_sends_the_reader_elsewhere()
    {
        Node.SetFlags(Partition, flags => flags with { Recovering = true });
        ExpectError(await AskAsync(Requests.Read(Partition, Extent, BlockBytes, 6, 10)), 0xB6, "ActionStreamRead_data partition is repairing error", 69);
    }

    [Fact]
    public async Task A_read_behind_the_end_is_a_mismatch_of_arguments()
    {
        var reply = await AskAsync(Requests.Read(Partition, Extent, 200000, 6, 10));
        Assert.Equal(0xF4, (byte)reply.Header.Result);
        Assert.StartsWith("ActionStreamRead_parameter mismatch error: offset=200000 size=6 ", reply.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_read_of_an_unknown_extent_echoes_the_flash_node_s_mark()
    {
        var reply = await AskAsync(Requests.Read(Partition, 4711, 0, 6, 10, ExtentTypes.Normal, "F"));
        Assert.Equal((0xF5, 57), ((byte)reply.Header.Result, reply.HeaderBytes));
        Assert.Equal("F"u8.ToArray(), reply.Arg);
        Assert.StartsWith("ActionStreamRead_", reply.Text, StringComparison.Ordinal);
        Assert.EndsWith(":: extent has been deleted", reply.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x05, "ActionStreamRead_raft is not the leader.")]
    [InlineData(0x0F, "ActionWrite:_raft is not the leader.")]
    [InlineData(0x12, "ActionWrite:_raft is not the leader.")]
    [InlineData(0xB3, "ActionWrite:_raft is not the leader.")]
    [InlineData(0xB4, "ActionWrite:_raft is not the leader.")]
    public async Task What_needs_a_raft_leader_is_sent_to_another_address_and_the_connection_lives_on(byte opcode, string text)
    {
        await Node.CreatePartitionAsync(WithoutLeader, $"{LoopbackAddresses.Next()}:17310", $"{LoopbackAddresses.Next()}:17310"); // nobody is there to vote
        var data = opcode == 0x05 ? [] : Hello;
        var request = Requests.Build(Requests.Plain(Requests.Normal, (Opcode)opcode, WithoutLeader, Extent, 0, 10) with { Size = 5 }, [], data);
        var reply = await AskAsync(request);
        ExpectError(reply, 0xFC, text, headerBytes: 69);
        Assert.Equal(opcode, (byte)reply.Header.Opcode); // 0xB5 is only for success
        await ExpectServesAsync();
    }

    [Fact]
    public async Task Opcode_0x04_is_never_answered()
    {
        await _peer.SendAsync(Requests.Build(Requests.Plain(Requests.Normal, Opcode.Read, Partition, Extent, 0, 10) with { Size = 5 }, [], []));
        await ExpectServesAsync();
    }

    [Fact]
    public async Task A_read_of_no_bytes_is_never_answered()
    {
        await _peer.SendAsync(Requests.Read(Partition, Extent, 0, 0, 10));
        await ExpectServesAsync();
    }

    [Fact]
    public async Task An_unknown_opcode_is_told_by_its_decimal_number()
    {
        foreach (var opcode in (byte[])[0xFE, 0xFF, 0x00, 0x64, 0x6A])
            await ExpectUnknownAsync(opcode);
    }

    /// <summary>Today's answer to what this version does not serve yet. Each layer that comes takes its opcodes out of here.</summary>
    [Fact]
    public async Task An_opcode_that_is_not_served_yet_is_as_unknown_as_any_other()
    {
        byte[] notYet = [0x17, 0x57, 0x58, 0x5A, 0x6B, 0x6C, 0x8C, 0xD6];
        foreach (var opcode in notYet) await ExpectUnknownAsync(opcode);
    }

    [Fact]
    public async Task Any_operation_on_an_unknown_partition_is_sent_to_another_address_with_its_Arg()
    {
        byte[] opcodes = [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0F, 0x11, 0x13, 0x16, 0x75, 0x76, 0xB4, 0x09, 0x6B, 0xFE];
        foreach (var opcode in opcodes)
        {
            using var peer = await Node.ConnectAsync();
            var reply = await peer.AskAsync(Requests.Build(Requests.Plain(Requests.Normal, (Opcode)opcode, Unknown, Extent, 3, 10) with { KernelOffset = 4 }, [0x2f], []));
            ExpectError(reply, 0xFC, "ActionPreparePkt_data partition not exists 666", headerBytes: 69);
            Assert.Equal("/"u8.ToArray(), reply.Arg);
            Assert.Equal(
                (opcode, Unknown, Extent, 3L, 10L, 4ul),
                ((byte)reply.Header.Opcode, reply.Header.Partition.Value, reply.Header.Extent.Value, reply.Header.ExtentOffset, reply.Header.RequestId, reply.Header.KernelOffset));
        }
    }

    [Theory]
    [InlineData(0x03)]
    [InlineData(0x13)]
    public async Task An_append_at_another_place_than_the_end_is_refused_with_the_size_and_the_Arg(byte opcode)
    {
        var reply = await AskAsync(Requests.Write((Opcode)opcode, Requests.Normal, Partition, Extent, 7, 10, Hello));
        Assert.Equal(0xF4, (byte)reply.Header.Result);
        Assert.StartsWith("ActionWrite:_parameter mismatch error: extent current size=131077 write param(", reply.Text, StringComparison.Ordinal);
        Assert.Equal("/"u8.ToArray(), reply.Arg);
        Assert.Equal((Extent, 7L, 10L, (byte)127), (reply.Header.Extent.Value, reply.Header.ExtentOffset, reply.Header.RequestId, reply.Header.RemainingFollowers));
        await _peer.ExpectEndAsync();
    }

    [Fact]
    public async Task An_append_with_a_wrong_CRC_is_refused_and_the_wrong_CRC_echoed()
    {
        var request = Requests.Append(Partition, Extent, 131077, 10, Hello);
        request[5] ^= 0xFF;
        var reply = await AskAsync(request);
        ExpectError(reply, 0xF3, "ActionPreparePkt_packet Crc is incorrect", headerBytes: 69);
        Assert.Equal(request[5..9], reply.Raw[5..9]);
        await _peer.ExpectEndAsync();
    }

    [Fact]
    public async Task A_normal_append_without_an_extent_is_refused()
    {
        ExpectError(await AskAsync(Requests.Append(Partition, 0, 0, 10, Hello)), 0xF3, "ActionPreparePkt_checkPacketAndPrepare partition 21 invalid extent id. ", 69);
        await _peer.ExpectEndAsync();
    }

    [Fact]
    public async Task An_append_to_an_unknown_extent_is_refused()
    {
        ExpectError(await AskAsync(Requests.Append(Partition, 4711, 0, 10, Hello)), 0xF5, "ActionWrite:_extent does not exist", 69);
        await _peer.ExpectEndAsync();
    }

    [Fact]
    public async Task An_append_of_200000_bytes_at_the_end_is_taken()
    {
        var data = Requests.Noise(200000, seed: 1);
        var reply = await AskAsync(Requests.Append(Partition, Extent, 131077, 10, data));
        Assert.Equal((ResultCode.Ok, 0u, 0u, 69), (reply.Header.Result, reply.Header.Size, reply.Header.ArgBytes, reply.Raw.Length));
        Assert.Equal(data, await ReadAsync(Extent, 131077, 200000));
    }

    [Fact]
    public async Task A_tiny_append_without_an_available_tiny_extent_makes_the_client_take_a_normal_one()
    {
        TakeAllTiny();
        ExpectError(
            await AskAsync(Requests.TinyAppend(Partition, 10, Hello)), 0xF6,
            "ActionPreparePkt_checkPacketAndPrepare partition 21 GetAvailableTinyExtent error no available extent", 69);
        await _peer.ExpectEndAsync();
    }

    [Fact]
    public async Task Three_tiny_appends_to_the_only_available_extent_take_a_page_each()
    {
        TakeAllTiny();
        Node.GateOf(Partition).Store.ReleaseTiny(new ExtentId(7), succeeded: true);
        foreach (var offset in (long[])[0, 4096, 8192])
        {
            var reply = await AskAsync(Requests.TinyAppend(Partition, ++_request, Hello));
            Assert.Equal((ResultCode.Ok, 7ul, offset), (reply.Header.Result, reply.Header.Extent.Value, reply.Header.ExtentOffset));
        }

        // A delete of the second leaves a hole and a record; a delete behind the end must be asked again when repair is through.
        Assert.Equal(ResultCode.Ok, (await AskAsync(Requests.BatchDelete(Partition, ++_request, $"[{Requests.Element(7, 4096, 5)}]"))).Header.Result);
        var log = new byte[100];
        var logged = Node.GateOf(Partition).Store.ReadTinyDeleteLog(0, log);
        Assert.Equal(Hex.Bytes("0000000000000007 0000000000001000 0000000000000005"), log[..logged]);
        Assert.Equal(new byte[5], await ReadAsync(7, 4096, 5));
        Assert.Equal(Hello, await ReadAsync(7, 8192, 5));
        ExpectError(
            await AskAsync(Requests.BatchDelete(Partition, ++_request, $"[{Requests.Element(7, 12288, 5)}]")), 0xB4, "ActionBatchMarkDelete_tiny extent recovering error", 57);
        await _peer.ExpectEndAsync();
    }

    [Fact]
    public async Task A_garbage_collector_s_delete_of_an_unlocked_extent_is_refused_and_of_a_missing_one_is_done()
    {
        Assert.Equal(ResultCode.Ok, (await AskAsync(GcDelete(4711))).Header.Result);
        ExpectError(await AskAsync(GcDelete(Extent)), 0xF4, "ActionBatchMarkDelete_parameter mismatch error", 57);
        await _peer.ExpectEndAsync();

        static byte[] GcDelete(ulong extent)
        {
            var request = Requests.BatchDelete(Partition, 10, $"[{Requests.Element(extent, 0, 5)}]");
            request[2] = (byte)Opcode.GcBatchDeleteExtent;
            return request;
        }
    }

    [Fact]
    public async Task A_second_delete_of_an_extent_succeeds_as_the_first_did()
    {
        var data = "{}"u8.ToArray();
        var request = Requests.Build(
            Requests.Plain(ExtentTypes.Normal, Opcode.MarkDelete, Partition, Extent, 0, 10) with { RemainingFollowers = 127, Size = (uint)data.Length }, "/"u8.ToArray(), data);
        for (var i = 0; i < 2; i++)
        {
            var reply = await AskAsync(request);
            Assert.Equal((ResultCode.Ok, 57), (reply.Header.Result, reply.Raw.Length));
        }

        Assert.Equal(0xF5, (byte)(await AskAsync(Requests.Read(Partition, Extent, 0, 5, 11))).Header.Result);
    }

    [Fact]
    public async Task The_list_of_normal_extents_is_empty_right_after_a_write()
    {
        var reply = await AskAsync(Requests.Build(Requests.Plain(ExtentTypes.Normal, Opcode.GetAllWatermarks, Partition, 0, 0, 10), [], []));
        Assert.Equal((ResultCode.Ok, 2u, "[]"), (reply.Header.Result, reply.Header.Size, reply.Text));
    }

    [Fact]
    public async Task The_list_of_tiny_extents_names_those_that_were_asked_for()
    {
        var ids = "[7,8]"u8.ToArray();
        var reply = await AskAsync(Requests.Build(Requests.Plain(0, Opcode.GetAllWatermarks, Partition, 0, 0, 10) with { Size = 5 }, [], ids));
        Assert.True(WatermarkJson.TryRead(reply.Data, out var extents));
        Assert.Equal([7ul, 8ul], extents.Select(extent => extent.Extent.Value));
        Assert.All(extents, extent => Assert.Equal(134217728ul, extent.SnapshotEnd)); // any other value means snapshots to a Go reader
        var binary = await AskAsync(Requests.Build(Requests.Plain(0, Opcode.GetAllWatermarks, Partition, 0, 0, 11) with { Size = 1 }, [], "B"u8.ToArray()));
        Assert.Equal((ResultCode.Ok, (byte)'M'), (binary.Header.Result, binary.Data[0]));
        var refused = await AskAsync(Requests.Build(Requests.Plain(0, Opcode.GetAllWatermarks, Partition, 0, 0, 12) with { Size = 3 }, [], "{7}"u8.ToArray()));
        Assert.Equal(0xF3, (byte)refused.Header.Result);
        Assert.StartsWith("ActionGetAllExtentWatermarks:_", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_largest_extent_id_and_the_sizes_are_told()
    {
        Assert.Equal("0000000000000401" + "0000000000020005", Hex.Text((await AskAsync(Requests.Totals(Partition, 10))).Data));
        var upTo = await AskAsync(Requests.Build(Requests.Plain(0, Opcode.GetPartitionSize, Partition, 1024, 0, 11), [], []));
        Assert.Equal((16u, "0000000000000000"), (upTo.Header.Size, Hex.Text(upTo.Data.AsSpan(0, 8))));
        var all = await AskAsync(Requests.Build(Requests.Plain(0, Opcode.GetPartitionSize, Partition, Extent, 0, 12), [], []));
        Assert.Equal("0000000000020005", Hex.Text(all.Data.AsSpan(0, 8)));
    }

    private async Task ExpectUnknownAsync(byte opcode)
    {
        using var peer = await Node.ConnectAsync();
        var reply = await peer.AskAsync(Requests.Build(Requests.Plain(Requests.Normal, (Opcode)opcode, Partition, Extent, 7, 10) with { Crc = 9, KernelOffset = 11 }, [], []));
        ExpectError(reply, 0xF4, $"unknown opcode_unknown opcode{opcode}", headerBytes: 69);
        Assert.Equal((opcode, 9u, 7L, 11ul), ((byte)reply.Header.Opcode, reply.Header.Crc, reply.Header.ExtentOffset, reply.Header.KernelOffset));
    }

    private Task<Packet> AskAsync(byte[] request) => _peer.AskAsync(request);

    private static void ExpectError(Packet reply, int code, string text, int headerBytes) =>
        Assert.Equal((code, text, headerBytes), ((int)reply.Header.Result, reply.Text, reply.HeaderBytes));

    private async Task ExpectServesAsync()
    {
        var reply = await AskAsync(Requests.Totals(Partition, 99));
        Assert.Equal((ResultCode.Ok, 99L), (reply.Header.Result, reply.Header.RequestId));
    }

    private async Task<byte[]> ReadAsync(ulong extent, long offset, uint size)
    {
        using var reader = await Node.ConnectAsync();
        return await reader.ReadAsync(Partition, extent, offset, size);
    }

    private void TakeAllTiny()
    {
        while (Node.GateOf(Partition).Store.AcquireTiny(out _, out _) == Storage.StorageError.None) { }
    }
}
