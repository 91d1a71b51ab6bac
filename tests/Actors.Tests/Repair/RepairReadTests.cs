using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors.Tests;

/// <summary>What this node gives to replicas of CubeFS that repair themselves from it. Source: data-plane 3.13 to 3.15, storage-and-repair 4.7, 4.14.</summary>
public sealed class RepairReadTests : NodeTest
{
    private const ulong Partition = 7, Extent = 1025;
    private const int Block = 131072;
    private static readonly byte[] Content = Requests.Noise((3 * Block) + 1000, 5);
    private PacketPeer _peer = null!;

    private protected override async Task PrepareAsync()
    {
        await Node.CreatePartitionAsync(Partition);
        _peer = await ConnectAsync();
        await _peer.AskAsync(Requests.Create(Partition, 1));
        for (var at = 0; at < Content.Length; at += Block)
            Assert.Equal(ResultCode.Ok, (await _peer.AskAsync(Requests.Append(Partition, Extent, at, 2, Content[at..Math.Min(Content.Length, at + Block)]))).Header.Result);
    }

    [Fact]
    public void The_request_of_the_specification_is_what_these_tests_send() => Assert.Equal(
        "ff0109000000000000000200000000000000000000000000070000000000000401000000000000100001020304050607080000000000000000",
        Hex.Text(RepairRequests.Normal(7, 1025, 4096, 131072, 0x0102030405060708)));

    [Fact]
    public async Task A_range_of_a_normal_extent_comes_in_blocks_and_nothing_behind_them()
    {
        await _peer.SendAsync(RepairRequests.Normal(Partition, Extent, 4096, 2 * Block, 10));
        for (var at = 4096; at < 4096 + (2 * Block); at += Block)
        {
            var block = await _peer.ReceiveAsync();
            Assert.Equal(
                (ExtentTypes.Normal, Opcode.ExtentRepairRead, ResultCode.Ok, (byte)0, (uint)Block, 0u, (long)at, 10L, 57),
                (block.Header.ExtentType, block.Header.Opcode, block.Header.Result, block.Header.RemainingFollowers, block.Header.Size, block.Header.ArgBytes, block.Header.ExtentOffset,
                    block.Header.RequestId, block.HeaderBytes));
            Assert.Equal(Crc32.Compute(block.Data), block.Header.Crc);
            Assert.Equal(Content[at..(at + Block)], block.Data);
        }

        await ExpectServesAsync();
    }

    [Fact]
    public async Task A_range_across_the_end_gives_the_whole_blocks_and_then_an_error()
    {
        await _peer.SendAsync(RepairRequests.Normal(Partition, Extent, 2 * Block, 2 * Block, 10));
        Assert.Equal(ResultCode.Ok, (await _peer.ReceiveAsync()).Header.Result);
        await ExpectErrorAsync(0xF3, "ActionStreamRead_EOF", 3 * Block);
        await ExpectServesAsync();
    }

    [Fact]
    public async Task Blocks_are_as_long_as_the_volume_s_repair_blocks_and_client_reads_are_not()
    {
        Node.Gate.Volumes = VolumePolicies.None with
        {
            RepairBlocks = System.Collections.Frozen.FrozenDictionary.ToFrozenDictionary(new Dictionary<string, int> { [AdminPackets.Volume] = 524288 }),
        };
        await _peer.SendAsync(RepairRequests.Normal(Partition, Extent, 0, (uint)Content.Length, 10));
        var whole = await _peer.ReceiveAsync();
        Assert.Equal(Content, whole.Data);
        await _peer.SendAsync(Requests.Read(Partition, Extent, 0, 2 * Block, 11));
        Assert.Equal((uint)Block, (await _peer.ReceiveAsync()).Header.Size);
        Assert.Equal((uint)Block, (await _peer.ReceiveAsync()).Header.Size);
    }

    [Fact]
    public async Task Neither_a_forbidden_volume_nor_a_missing_raft_leader_keeps_a_repair_from_reading()
    {
        Node.Gate.Volumes = VolumePolicies.None with { Forbidden = System.Collections.Frozen.FrozenSet.ToFrozenSet([AdminPackets.Volume]) };
        Assert.Equal(Content[..100], (await _peer.AskAsync(RepairRequests.Normal(Partition, Extent, 0, 100, 10))).Data);
    }

    [Theory]
    [InlineData(4711ul, 0L, 10u, 0xF5, null)]
    [InlineData(1025ul, 0L, 0u, 0xF3, "ActionStreamRead_EOF")]
    [InlineData(1025ul, 500000L, 10u, 0xF4, null)]
    public async Task What_cannot_be_read_is_an_error_and_never_silence(ulong extent, long offset, uint size, int code, string? text)
    {
        var reply = await _peer.AskAsync(RepairRequests.Normal(Partition, extent, offset, size, 10));
        Assert.Equal(code, (int)reply.Header.Result);
        if (text is not null) Assert.Equal(text, reply.Text);
        Assert.DoesNotContain("timeout", reply.Text, StringComparison.Ordinal); // a Go follower would try for ever
        await ExpectServesAsync();
    }

    [Fact]
    public async Task More_repair_reads_than_the_cluster_allows_are_refused_in_its_words_and_places_come_back()
    {
        Node.Gate.Limits = ClusterLimits.Unknown with { RepairsMax = 0 };
        await _peer.SendAsync(RepairRequests.Normal(Partition, Extent, 0, 100, 10));
        await ExpectErrorAsync(0xF3, "ActionStreamRead_repair limit, cannot do extentRepair", 0);
        Node.Gate.Limits = ClusterLimits.Unknown with { RepairsMax = 1 };
        for (var request = 11; request < 14; request++) Assert.Equal(ResultCode.Ok, (await _peer.AskAsync(RepairRequests.Normal(Partition, Extent, 0, 100, request))).Header.Result);
    }

    [Fact]
    public async Task A_disk_that_reads_for_one_repair_at_a_time_tells_the_second_to_come_again()
    {
        Node.DiskQos.OneRepairReadPerDisk = true;
        var token = Node.GateOf(Partition).Limits.RepairRead.TryTake();
        await _peer.SendAsync(RepairRequests.Normal(Partition, Extent, 0, 100, 10));
        await ExpectErrorAsync(0xEF, "ActionStreamRead_no disk read repair extent token", 0);
        Node.GateOf(Partition).Limits.RepairRead.Return(token);
        for (var request = 11; request < 14; request++) Assert.Equal(ResultCode.Ok, (await _peer.AskAsync(RepairRequests.Normal(Partition, Extent, 0, 100, request))).Header.Result);
        Assert.False(Node.DiskQos.ReleaseRepairRead(Node.DiskPath)); // given back by those that were served
    }

    [Fact]
    public async Task A_disk_that_serves_as_many_repair_reads_as_it_may_tells_the_next_one_to_come_again_whatever_it_reads()
    {
        await WriteTinyAsync(1, new byte[5000]);
        var budget = Node.GateOf(Partition).Limits.Budget;
        var places = Enumerable.Range(0, new BudgetSettings().ServesPerDisk).Select(peer => budget.TryServe($"10.0.0.{peer}:1", 1)!).ToList();
        await _peer.SendAsync(RepairRequests.Normal(Partition, Extent, 0, 100, 10));
        await ExpectErrorAsync(0xEF, "ActionStreamRead_no disk read repair extent token", 0);
        var other = await ConnectAsync();
        await other.SendAsync(RepairRequests.Tiny(Partition, 1, 0, 8192, 10));
        Assert.Equal((0xEF, "ActionStreamReadTinyExtentRepair_no disk read repair extent token"), await CodeAndTextAsync(other));
        foreach (var place in places) place.Dispose();
        for (var request = 11; request < 14; request++) Assert.Equal(ResultCode.Ok, (await _peer.AskAsync(RepairRequests.Normal(Partition, Extent, 0, 100, request))).Header.Result);

        static async Task<(int, string)> CodeAndTextAsync(PacketPeer peer)
        {
            var reply = await peer.ReceiveAsync();
            return ((int)reply.Header.Result, reply.Text);
        }
    }

    [Fact]
    public async Task A_tiny_extent_with_deleted_objects_comes_as_the_specification_s_vector()
    {
        var middle = new byte[204805];
        for (var i = 0; i < middle.Length; i++) middle[i] = (byte)((7 * i) + 3);
        await WriteTinyAsync(1, new byte[5000].Select((_, i) => (byte)(i + 1)).ToArray(), middle, [.. Enumerable.Repeat((byte)9, 5000)]);
        await DeleteAsync(Requests.Element(1, 0, 5000));
        await DeleteAsync(Requests.Element(1, 217088, 5000));
        await _peer.SendAsync(RepairRequests.Tiny(Partition, 1, 0, 225280, 10));
        await ExpectTinyAsync(0, 0, 0, "45 0000000000002000 0000000000036388");
        var data = await ExpectTinyAsync(8192, 131072, 0x25f70869, "00 0000000000000000 0000000000036388");
        Assert.Equal(middle[..131072], data);
        await ExpectTinyAsync(139264, 77824, 0xa05703d5, "00 0000000000000000 0000000000036388");
        await ExpectTinyAsync(217088, 0, 0, "45 0000000000002000 0000000000036388");
        await ExpectServesAsync();
    }

    [Fact]
    public async Task A_tiny_extent_that_ends_within_a_page_gives_its_last_bytes_as_they_are()
    {
        await WriteTinyAsync(1, [.. Enumerable.Repeat((byte)1, 4096)], [.. Enumerable.Repeat((byte)2, 4096)], "hello"u8.ToArray());
        await DeleteAsync(Requests.Element(1, 4096, 4096));
        await _peer.SendAsync(RepairRequests.Tiny(Partition, 1, 0, 12288, 10));
        await ExpectTinyAsync(0, 4096, null, "00 0000000000000000 0000000000002005");
        await ExpectTinyAsync(0x1000, 0, 0, "45 0000000000001000 0000000000002005");
        Assert.Equal("hello"u8.ToArray(), await ExpectTinyAsync(0x2000, 5, 0x3610a686, "00 0000000000000000 0000000000002005"));
        await ExpectServesAsync();
    }

    [Fact]
    public async Task A_range_in_the_middle_of_a_tiny_extent_ends_where_it_was_asked_to()
    {
        await WriteTinyAsync(1, Requests.Noise(300_000, 1));
        await _peer.SendAsync(RepairRequests.Tiny(Partition, 1, 8192, 139264, 10));
        await ExpectTinyAsync(8192, 131072, null, "00 0000000000000000 0000000000022000");
        await ExpectTinyAsync(139264, 8192, null, "00 0000000000000000 0000000000022000");
        await ExpectServesAsync();
    }

    [Theory]
    [InlineData(1025ul, 0L, 4096u, 0xF3, "ActionStreamReadTinyExtentRepair_unavali extentID (1025)")]
    [InlineData(2ul, 0L, 4096u, 0xF3, "ActionStreamReadTinyExtentRepair_EOF")]
    [InlineData(2ul, 0L, 0u, 0xF3, "ActionStreamReadTinyExtentRepair_EOF")]
    [InlineData(2ul, 100L, 4096u, 0xF4, null)]
    [InlineData(2ul, -4096L, 4096u, 0xF4, null)]
    public async Task A_tiny_range_that_does_not_exist_is_an_error(ulong extent, long offset, uint size, int code, string? text)
    {
        var reply = await _peer.AskAsync(RepairRequests.Tiny(Partition, extent, offset, size, 10));
        Assert.Equal(code, (int)reply.Header.Result);
        if (text is not null) Assert.Equal(text, reply.Text);
        await ExpectServesAsync();
    }

    [Fact]
    public async Task Delete_records_come_under_their_own_opcode_from_the_offset_to_the_end()
    {
        await WriteTinyAsync(1, new byte[5000].Select(_ => (byte)1).ToArray(), [1], [2]);
        await DeleteAsync(Requests.Element(1, 0, 5000), Requests.Element(1, 8192, 1));
        await _peer.SendAsync(RepairRequests.Records(Partition, 0, 10));
        var all = await _peer.ReceiveAsync();
        Assert.Equal(
            (Opcode.TinyDeleteRecordReply, ResultCode.Ok, ExtentTypes.Normal, 48u, 0L, 10L, Partition, 0ul),
            (all.Header.Opcode, all.Header.Result, all.Header.ExtentType, all.Header.Size, all.Header.ExtentOffset, all.Header.RequestId, all.Header.Partition.Value, all.Header.Extent.Value));
        Assert.Equal("000000000000000100000000000000000000000000001388" + "000000000000000100000000000020000000000000000001", Hex.Text(all.Data));
        Assert.Equal(Crc32.Compute(all.Data), all.Header.Crc);
        var second = await _peer.AskAsync(RepairRequests.Records(Partition, 24, 11));
        Assert.Equal((24L, 24), (second.Header.ExtentOffset, second.Data.Length));
    }

    [Theory]
    [InlineData(0L, 0xF3, "ActionStreamReadTinyDeleteRecord_EOF")]
    [InlineData(48L, 0xF3, "ActionStreamReadTinyDeleteRecord_EOF")]
    [InlineData(7L, 0xF4, null)]
    public async Task Without_new_delete_records_the_reader_is_told_instead_of_left_waiting(long offset, int code, string? text)
    {
        var reply = await _peer.AskAsync(RepairRequests.Records(Partition, offset, 10));
        Assert.Equal((code, Opcode.ReadTinyDeleteRecord), ((int)reply.Header.Result, reply.Header.Opcode));
        if (text is not null) Assert.Equal(text, reply.Text);
        await ExpectServesAsync();
    }

    [Fact]
    public async Task A_repair_task_that_is_none_is_refused_and_an_empty_one_is_done_at_once()
    {
        using var other = await Node.ConnectAsync();
        var refused = await other.AskAsync(RepairRequests.Notify(Partition, "[1"u8.ToArray(), 10));
        Assert.Equal(0xF3, (int)refused.Header.Result);
        Assert.StartsWith("ActionRepair:_", refused.Text, StringComparison.Ordinal);
        var done = await _peer.AskAsync(RepairRequests.Notify(Partition, new RepairTask { TaskType = RepairTask.Normal, LeaderAddr = "127.0.0.1:17310" }, 11));
        Assert.Equal((ResultCode.Ok, 0u, 11L, Opcode.NotifyReplicasToRepair), (done.Header.Result, done.Header.Size, done.Header.RequestId, done.Header.Opcode));
    }

    private async Task WriteTinyAsync(ulong extent, params byte[][] objects)
    {
        // The queue hands out extent after extent: whoever wants one in particular goes around.
        foreach (var data in objects)
        {
            while (true)
            {
                var reply = await _peer.AskAsync(Requests.TinyAppend(Partition, 3, data));
                Assert.Equal(ResultCode.Ok, reply.Header.Result);
                if (reply.Header.Extent.Value == extent) break;
            }
        }
    }

    private async Task DeleteAsync(params string[] elements)
    {
        var reply = await _peer.AskAsync(Requests.BatchDelete(Partition, 4, $"[{string.Join(',', elements)}]"));
        Assert.True(reply.Header.Result == ResultCode.Ok, reply.Text);
    }

    private async Task<byte[]> ExpectTinyAsync(long offset, int bytes, uint? crc, string arg)
    {
        var packet = await _peer.ReceiveAsync();
        Assert.True(packet.Header.Result == ResultCode.Ok, packet.Text);
        Assert.Equal((Opcode.TinyExtentRepairRead, ExtentTypes.Tiny, 10L, offset, bytes), (packet.Header.Opcode, packet.Header.ExtentType, packet.Header.RequestId, packet.Header.ExtentOffset, packet.Data.Length));
        Assert.Equal(Hex.Text(Hex.Bytes(arg)), Hex.Text(packet.Arg));
        Assert.Equal(crc ?? Crc32.Compute(packet.Data), packet.Header.Crc);
        return packet.Data;
    }

    private async Task ExpectErrorAsync(int code, string text, long offset)
    {
        var reply = await _peer.ReceiveAsync();
        Assert.Equal((code, text, offset, 57), ((int)reply.Header.Result, reply.Text, reply.Header.ExtentOffset, reply.HeaderBytes));
    }

    /// <summary>Nothing more was sent, and the connection lives.</summary>
    private async Task ExpectServesAsync()
    {
        var reply = await _peer.AskAsync(Requests.Totals(Partition, 99));
        Assert.Equal((ResultCode.Ok, 99L), (reply.Header.Result, reply.Header.RequestId));
    }
}
