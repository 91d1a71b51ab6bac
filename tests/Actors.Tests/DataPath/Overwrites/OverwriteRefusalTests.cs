using System.Collections.Frozen;
using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>Overwrites that are refused: code, text and opcode, nothing in the log, and the connection goes on. Source: data-plane 2.3, 3.4.</summary>
public sealed class OverwriteRefusalTests : OverwriteTest
{
    private static readonly byte[] Hello = "HELLO"u8.ToArray();

    [Theory]
    [InlineData(0x0F)]
    [InlineData(0x12)]
    [InlineData(0xB3)]
    [InlineData(0xB4)]
    public async Task A_wrong_CRC_is_refused_with_the_opcode_of_the_request(byte opcode)
    {
        var request = Requests.Overwrite((Opcode)opcode, Partition, Extent, 0, 10, Hello);
        request[5] ^= 0xFF;

        var reply = await RefusedAsync(request);

        ExpectError(reply, 0xF3, "ActionWrite:_packet Crc is incorrect");
        Assert.Equal((opcode, Hex.Text(request.AsSpan(5, 4))), ((byte)reply.Header.Opcode, Hex.Text(reply.Raw.AsSpan(5, 4))));
    }

    [Theory]
    [InlineData(-1L, 5)]
    [InlineData(long.MinValue, 5)]
    [InlineData(long.MaxValue, 5)]
    [InlineData(134217728L - 4, 5)]
    [InlineData(134217728L, 1)]
    [InlineData(0L, 131073)]
    public async Task What_no_extent_or_no_block_can_hold_is_a_mismatch_of_arguments(long offset, int bytes)
    {
        var reply = await RefusedAsync(Requests.Overwrite(Opcode.RandomWrite, Partition, Extent, offset, 10, new byte[bytes]));

        ExpectError(reply, 0xF4, $"ActionWrite:_parameter mismatch error: overwrite of {bytes} bytes at {offset}");
        Assert.Equal((offset, 10L), (reply.Header.ExtentOffset, reply.Header.RequestId));
    }

    [Fact]
    public async Task A_forbidden_volume_takes_none()
    {
        Node.Gate.Volumes = VolumePolicies.None with { Forbidden = FrozenSet.ToFrozenSet([AdminPackets.Volume]) };

        ExpectError(await RefusedAsync(Requests.Overwrite(Opcode.RandomWrite, Partition, Extent, 0, 10, Hello)), 0xF3, "ActionWrite:_the data partition is forbidden");
    }

    [Fact]
    public async Task An_old_client_is_refused_where_its_protocol_version_is()
    {
        var old = Requests.Overwrite(Opcode.RandomWrite, Partition, Extent, 0, 10, Hello, ExtentTypes.Normal);
        Node.Gate.Volumes = VolumePolicies.None with { ClusterWithoutVersion0 = true };
        ExpectError(await RefusedAsync(old), 0x88, "ActionWrite:_cluster forbid write operate of packet protocol version", headerBytes: 57);

        Node.Gate.Volumes = VolumePolicies.None with { WithoutVersion0 = FrozenSet.ToFrozenSet([AdminPackets.Volume]) };
        ExpectError(await RefusedAsync(old), 0x88, "ActionWrite:_vol forbid write operate of packet protocol version", headerBytes: 57);
        ExpectOk(await Peer.AskAsync(Requests.Overwrite(Opcode.RandomWrite, Partition, Extent, 0, 10, Hello)));
    }

    [Theory]
    [InlineData(0xB1)]
    [InlineData(0xB2)]
    [InlineData(0xB6)]
    [InlineData(0xB7)]
    public async Task Writes_of_volumes_with_snapshots_are_sent_elsewhere(byte opcode)
    {
        ExpectError(await RefusedAsync(Requests.Overwrite((Opcode)opcode, Partition, Extent, 0, 10, Hello)), 0xFC, "ActionWrite:_raft is not the leader.");
    }

    [Fact]
    public async Task A_node_that_still_loads_other_partitions_serves_those_that_it_has()
    {
        Node.Gate.IsStarted = false;

        ExpectOk(await Peer.AskAsync(Requests.Overwrite(Opcode.RandomWrite, Partition, Extent, 0, 10, Hello)));
        ExpectOk(await Peer.AskAsync(Requests.Overwrite(Opcode.SyncRandomWrite, Partition, Extent, 0, 10, Hello)));
        ExpectOk(await Peer.AskAsync(Requests.Overwrite(Opcode.RandomWriteVersion, Partition, Extent, 0, 10, Hello)));
        ExpectOk(await Peer.AskAsync(Requests.Overwrite(Opcode.SyncRandomWriteVersion, Partition, Extent, 0, 10, Hello)));
        Node.Gate.IsStarted = true;
    }

    [Fact]
    public async Task A_store_that_is_closing_makes_the_client_try_again_on_another_connection()
    {
        Node.GateOf(Partition).Store.Close();

        ExpectError(await Peer.AskAsync(Requests.Overwrite(Opcode.RandomWrite, Partition, Extent, 0, 10, Hello)), 0xF9, "ActionWrite:_try again");

        await Peer.ExpectEndAsync();
    }

    /// <summary>Refused, without an entry in the log, and the connection serves on.</summary>
    private async Task<Packet> RefusedAsync(byte[] request)
    {
        var before = Node.GateOf(Partition).Machine.Applied;
        var reply = await Peer.AskAsync(request);
        Assert.NotEqual(ResultCode.Ok, reply.Header.Result);
        await ExpectServesAsync();
        Assert.Equal(before, Node.GateOf(Partition).Machine.Applied);
        Assert.Equal("aaaaa"u8.ToArray(), Node.Gate.Volumes.Forbidden.Count > 0 ? "aaaaa"u8.ToArray() : await ReadAsync(Extent, 0, 5));
        return reply;
    }
}
