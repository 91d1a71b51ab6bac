using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>What a raft leader answers to overwrites that it applies. Source: data-plane 3.4.</summary>
public sealed class OverwriteReplyTests : OverwriteTest
{
    [Fact]
    public async Task The_worked_example_is_answered_byte_for_byte()
    {
        var request = Hex.Bytes(
            "ff 11 0f 00 00 db1720a5 00000004 00000000 0000000000000015 0000000000000401 0000000000000001 6774858000000005 0000000000000001 000000000000000000000001 41424344");

        var reply = await Peer.AskAsync(request);

        Assert.Equal(
            Hex.Text(Hex.Bytes("ff 11 0f f0 00 db1720a5 00000000 00000000 0000000000000015 0000000000000401 0000000000000001 6774858000000005 0000000000000001 000000000000000000000001")),
            reply.Hex);
        Assert.Equal("aABCDa"u8.ToArray(), await ReadAsync(Extent, 0, 6));
    }

    [Fact]
    public async Task The_sync_form_of_the_worked_example_is_answered_with_another_opcode()
    {
        var request = Hex.Bytes(
            "ff 11 b4 00 00 db1720a5 00000004 00000000 0000000000000015 0000000000000401 0000000000000001 6774858000000005 0000000000000001 000000000000000000000001 41424344");

        var reply = await Peer.AskAsync(request);

        Assert.StartsWith("ff11b5f000db1720a5", reply.Hex, StringComparison.Ordinal);
        Assert.Equal("aABCDa"u8.ToArray(), await ReadAsync(Extent, 0, 6));
    }

    [Theory]
    [InlineData(0x0F, 0x0F)]
    [InlineData(0x12, 0x12)]
    [InlineData(0xB3, 0xB5)]
    [InlineData(0xB4, 0xB5)]
    public async Task Each_form_is_applied_when_it_is_answered_and_its_fields_come_back(byte opcode, byte answered)
    {
        var data = Requests.Noise((int)BlockBytes, seed: opcode);

        var reply = await Peer.AskAsync(Requests.Overwrite((Opcode)opcode, Partition, Extent, 5, 77, data, fileOffset: 1 << 20));

        ExpectOk(reply);
        Assert.Equal(
            (answered, Requests.Normal, 0u, 0u, (byte)0, Extent, 5L, 77L, 1ul << 20, Runtime.Crc32.Compute(data), 69),
            ((byte)reply.Header.Opcode, reply.Header.ExtentType, reply.Header.Size, reply.Header.ArgBytes, reply.Header.RemainingFollowers, reply.Header.Extent.Value,
                reply.Header.ExtentOffset, reply.Header.RequestId, reply.Header.KernelOffset, reply.Header.Crc, reply.Raw.Length));
        Assert.Equal(data, await ReadAsync(Extent, 5, BlockBytes));
        Assert.Equal("aaaaa"u8.ToArray(), await ReadAsync(Extent, 0, 5));
        Assert.Equal(131077, Node.GateOf(Partition).Store.Find(new ExtentId(Extent))!.Value.Size);
    }

    [Fact]
    public async Task An_old_client_gets_the_short_header_back()
    {
        var reply = await Peer.AskAsync(Requests.Overwrite(Opcode.RandomWrite, Partition, Extent, 0, 77, "X"u8.ToArray(), ExtentTypes.Normal));

        Assert.Equal((ResultCode.Ok, 57), (reply.Header.Result, reply.Raw.Length));
    }

    [Fact]
    public async Task No_data_are_taken_as_nothing_to_do()
    {
        ExpectOk(await Peer.AskAsync(Requests.Overwrite(Opcode.RandomWrite, Partition, Extent, 7, 76, "a"u8.ToArray())));
        var before = Node.GateOf(Partition).Machine.Applied;

        ExpectOk(await Peer.AskAsync(Requests.Overwrite(Opcode.RandomWrite, Partition, Extent, 7, 77, [])));

        Assert.Equal(before + 1, Node.GateOf(Partition).Machine.Applied);
        Assert.Equal("aaa"u8.ToArray(), await ReadAsync(Extent, 6, 3));
    }

    [Fact]
    public async Task An_extent_that_does_not_exist_counts_as_written()
    {
        ExpectOk(await Peer.AskAsync(Requests.Overwrite(Opcode.RandomWrite, Partition, 4711, 0, 77, "X"u8.ToArray())));

        ExpectOk(await Peer.AskAsync(Requests.BatchDelete(Partition, 78, $"[{Requests.Element(Extent, 0, 5)}]")));
        ExpectOk(await Peer.AskAsync(Requests.Overwrite(Opcode.SyncRandomWriteVersion, Partition, Extent, 0, 79, "X"u8.ToArray())));
        Assert.Null(Node.GateOf(Partition).Store.Find(new ExtentId(4711)));
    }

    [Fact]
    public async Task A_small_file_in_a_tiny_extent_is_overwritten_where_it_lies()
    {
        var written = await Peer.AskAsync(Requests.TinyAppend(Partition, 10, "small file"u8.ToArray()));
        ExpectOk(written);
        var (tiny, at) = (written.Header.Extent.Value, written.Header.ExtentOffset);

        ExpectOk(await Peer.AskAsync(Requests.Overwrite(Opcode.RandomWrite, Partition, tiny, at + 6, 11, "FILE"u8.ToArray())));

        Assert.Equal("small FILE"u8.ToArray(), await ReadAsync(tiny, at, 10));
    }

    [Fact]
    public async Task An_overwrite_behind_the_end_lengthens_no_extent()
    {
        ExpectOk(await Peer.AskAsync(Requests.Overwrite(Opcode.RandomWrite, Partition, Extent, 200000, 10, "X"u8.ToArray())));

        Assert.Equal(131077, Node.GateOf(Partition).Store.Find(new ExtentId(Extent))!.Value.Size);
        ExpectOk(await Peer.AskAsync(Requests.Append(Partition, Extent, 131077, 11, "Y"u8.ToArray()))); // the watermark is where it was
    }

    [Fact]
    public async Task A_partition_without_room_or_under_repair_takes_overwrites_all_the_same()
    {
        Node.SetFlags(Partition, flags => flags with { HasSpace = false, Repairing = true });

        ExpectOk(await Peer.AskAsync(Requests.Overwrite(Opcode.RandomWrite, Partition, Extent, 0, 10, "X"u8.ToArray())));
    }

    [Fact]
    public async Task The_last_bytes_of_the_longest_extent_can_be_overwritten()
    {
        ExpectOk(await Peer.AskAsync(Requests.Overwrite(Opcode.RandomWrite, Partition, Extent, 134217728 - 4, 10, "LAST"u8.ToArray())));
    }
}
