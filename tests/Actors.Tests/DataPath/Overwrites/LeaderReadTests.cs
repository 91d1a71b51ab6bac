using System.Collections.Frozen;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors.Tests;

/// <summary>Reads that only the raft leader answers, 0x05. Source: data-plane 3.5 and 3.17.</summary>
public sealed class LeaderReadTests : OverwriteTest
{
    [Fact]
    public async Task The_worked_example_is_answered_block_by_block_byte_for_byte()
    {
        await Peer.SendAsync(Hex.Bytes(
            "ff 11 05 00 00 00000000 00020005 00000000 0000000000000015 0000000000000401 0000000000000000 6774858000000004 0000000000000000 000000000000000000000001"));

        var first = await Peer.ReceiveAsync();
        Assert.Equal(
            Hex.Text(Hex.Bytes("ff 01 05 f0 00 ca975130 00020000 00000000 0000000000000015 0000000000000401 0000000000000000 6774858000000004 0000000000000000")),
            Hex.Text(first.Raw.AsSpan(0, 57)));
        Assert.All(first.Data, value => Assert.Equal((byte)'a', value));
        var second = await Peer.ReceiveAsync();
        Assert.Equal(
            Hex.Text(Hex.Bytes("ff 01 05 f0 00 3610a686 00000005 00000000 0000000000000015 0000000000000401 0000000000020000 6774858000000004 0000000000000000 68656c6c6f")),
            second.Hex);
        await ExpectServesAsync(); // there is no terminator
    }

    [Fact]
    public async Task A_read_across_the_end_is_one_error_in_the_form_of_the_request()
    {
        var reply = await AskAsync(BlockBytes, 6);
        ExpectError(reply, 0xF3, "ActionStreamRead_EOF");
        Assert.Equal((Requests.Normal, (long)BlockBytes, 0u, 0x05), (reply.Header.ExtentType, reply.Header.ExtentOffset, reply.Header.Crc, (int)reply.Header.Opcode));
        await ExpectServesAsync();
    }

    [Fact]
    public async Task A_long_read_across_the_end_sends_the_whole_blocks_before_the_error()
    {
        await Peer.SendAsync(Requests.LeaderRead(Partition, Extent, 0, 131080, 10));
        var block = await Peer.ReceiveAsync();
        Assert.Equal((ResultCode.Ok, 57, BlockBytes), (block.Header.Result, block.HeaderBytes, block.Header.Size));
        var error = await Peer.ReceiveAsync();
        ExpectError(error, 0xF3, "ActionStreamRead_EOF");
        Assert.Equal(BlockBytes, error.Header.ExtentOffset);
    }

    [Fact]
    public async Task A_read_behind_the_end_is_a_mismatch_of_arguments()
    {
        var reply = await AskAsync(200000, 6);
        Assert.Equal(0xF4, (byte)reply.Header.Result);
        Assert.StartsWith("ActionStreamRead_parameter mismatch error: offset=200000 size=6 ", reply.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_extent_that_is_gone_is_told_so()
    {
        var reply = await Peer.AskAsync(Requests.LeaderRead(Partition, 4711, 0, 6, 10));
        Assert.Equal((0xF5, 69), ((byte)reply.Header.Result, reply.HeaderBytes));
        Assert.EndsWith(":: extent has been deleted", reply.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_read_of_no_bytes_is_never_answered()
    {
        await Peer.SendAsync(Requests.LeaderRead(Partition, Extent, 0, 0, 10));
        await ExpectServesAsync();
    }

    [Fact]
    public async Task A_forbidden_volume_is_not_read()
    {
        Node.Gate.Volumes = VolumePolicies.None with { Forbidden = FrozenSet.ToFrozenSet([AdminPackets.Volume]) };
        ExpectError(await AskAsync(0, 6), 0xF3, "ActionStreamRead_the data partition is forbidden");
        await ExpectServesAsync();
    }

    [Fact]
    public async Task A_node_that_has_not_started_reads_as_leader_all_the_same()
    {
        Node.Gate.IsStarted = false;
        ExpectOk(await AskAsync(0, 6));
        Node.Gate.IsStarted = true;
    }

    [Fact]
    public async Task A_client_that_leaves_in_the_middle_leaves_nothing_behind()
    {
        for (var i = 0; i < 20; i++)
        {
            using var client = await Node.ConnectAsync();
            await client.SendAsync(Requests.LeaderRead(Partition, Extent, 0, 131077, 10));
            await client.SendAsync(Requests.Overwrite(Opcode.RandomWrite, Partition, Extent, 0, 11, new byte[4096]));
        }

        await ExpectServesAsync(); // that no buffer is out any more is asserted when the node has stopped
    }

    [Fact]
    public async Task Many_readers_at_once_are_all_answered()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async reader =>
        {
            using var client = await Node.ConnectAsync();
            for (var i = 0; i < 50; i++)
            {
                var reply = await client.AskAsync(Requests.LeaderRead(Partition, Extent, BlockBytes, 5, i + 1));
                ExpectOk(reply);
                Assert.Equal((i + 1L, Crc32.Compute("hello"u8)), (reply.Header.RequestId, reply.Header.Crc));
            }
        }));
    }

    private Task<Packet> AskAsync(long offset, uint size) => Peer.AskAsync(Requests.LeaderRead(Partition, Extent, offset, size, 10));
}
