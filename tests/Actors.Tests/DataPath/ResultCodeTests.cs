using System.Collections.Frozen;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Actors.Tests;

/// <summary>Every result code that a node of this version can give, reached through the wire. Source: data-plane 2.3 and 3.0 to 3.8.</summary>
public sealed class ResultCodeTests : NodeTest
{
    private const ulong Partition = 21, Extent = 1025;
    private const byte Version0Normal = ExtentTypes.Normal, Version0Tiny = ExtentTypes.Tiny;
    private static readonly byte[] Hello = "hello"u8.ToArray();
    private static readonly FrozenSet<string> OurVolume = FrozenSet.ToFrozenSet([AdminPackets.Volume]);

    private protected override async Task PrepareAsync()
    {
        await Node.CreatePartitionAsync(Partition);
        using var peer = await Node.ConnectAsync();
        Assert.Equal(ResultCode.Ok, (await peer.AskAsync(Requests.Create(Partition, 1))).Header.Result);
        Assert.Equal(ResultCode.Ok, (await peer.AskAsync(Requests.Append(Partition, Extent, 0, 2, Hello))).Header.Result);
    }

    [Fact]
    public async Task A_cluster_without_protocol_version_0_refuses_creates_and_appends_of_old_clients()
    {
        Node.Gate.Volumes = VolumePolicies.None with { ClusterWithoutVersion0 = true };
        await ExpectVersion0RefusedAsync("cluster forbid write operate of packet protocol version");
    }

    [Fact]
    public async Task A_volume_without_protocol_version_0_refuses_creates_and_appends_of_old_clients()
    {
        Node.Gate.Volumes = VolumePolicies.None with { WithoutVersion0 = OurVolume };
        await ExpectVersion0RefusedAsync("vol forbid write operate of packet protocol version");
    }

    [Fact]
    public async Task A_volume_that_is_not_named_takes_writes_of_old_clients()
    {
        Node.Gate.Volumes = VolumePolicies.None with { WithoutVersion0 = FrozenSet.ToFrozenSet(["another"]) };
        Assert.Equal((ResultCode.Ok, 57), await OutcomeAsync(Requests.Write(Opcode.Write, Version0Normal, Partition, Extent, 5, 10, Hello)));
        Assert.Equal((ResultCode.Ok, 57), await OutcomeAsync(Requests.Write(Opcode.Write, Version0Tiny, Partition, 0, 0, 10, Hello)));
    }

    [Fact]
    public async Task While_a_replica_is_rebuilt_appends_and_batch_deletes_are_refused_and_the_rest_goes_on()
    {
        Node.SetFlags(Partition, flags => flags with { Repairing = true });
        await ExpectAsync(Requests.Append(Partition, Extent, 5, 10, Hello), 0xB5, "ActionWrite:_data partition decommission repairing error");
        await ExpectAsync(Requests.TinyAppend(Partition, 10, Hello), 0xB5, "ActionWrite:_data partition decommission repairing error");
        await ExpectAsync(
            Requests.BatchDelete(Partition, 10, $"[{Requests.Element(Extent, 0, 5)}]"), 0xB5, "ActionBatchMarkDelete_data partition decommission repairing error");
        await ExpectAsync(Requests.Create(Partition, 10), 0xF0, "");
        await ExpectAsync(Requests.Read(Partition, Extent, 0, 5, 10), 0xF0, "hello");
    }

    [Fact]
    public async Task Tasks_that_name_their_partition_in_the_header_need_it_to_be_here()
    {
        foreach (var (header, answer) in ((ulong, string)[])[(99, "ActionPreparePkt_data partition not exists 99"), (Partition, "")])
        {
            var stop = new StopPartitionRepairRequest { PartitionId = new PartitionId(Partition), Stop = true };
            await ExpectAsync(AdminPackets.Build(Node, Opcode.StopDataPartitionRepair, header, stop, MasterJson.Default.StopPartitionRepairRequest), answer.Length > 0 ? 0xFC : 0xF0, answer);
        }

        var repairing = new SetRepairingStatusRequest { PartitionId = new PartitionId(99), RepairingStatus = true };
        await ExpectAsync(
            AdminPackets.Build(Node, Opcode.SetRepairingStatus, 99, repairing, MasterJson.Default.SetRepairingStatusRequest), 0xFC, "ActionPreparePkt_data partition not exists 99");
        var recover = new RecoverReplicaMetaRequest { PartitionId = new PartitionId(99) };
        await ExpectAsync(
            AdminPackets.Build(Node, Opcode.RecoverDataReplicaMeta, 99, recover, MasterJson.Default.RecoverReplicaMetaRequest), 0xFC, "ActionPreparePkt_data partition not exists 99");
        await ExpectAsync(
            AdminPackets.Build(Node, Opcode.RecoverDataReplicaMeta, Partition, recover with { PartitionId = new PartitionId(Partition) }, MasterJson.Default.RecoverReplicaMetaRequest),
            0xF4, "ActionRecoverDataReplicaMeta_parameter mismatch error: 0 peers, 0 hosts");
        await ExpectAsync(Requests.Read(Partition, Extent, 0, 5, 10), 0xF0, "hello");
    }

    [Fact]
    public async Task A_forbidden_volume_refuses_appends_and_reads_and_nothing_else()
    {
        Node.Gate.Volumes = VolumePolicies.None with { Forbidden = OurVolume };
        await ExpectAsync(Requests.Append(Partition, Extent, 5, 10, Hello), 0xF3, "ActionWrite:_the data partition is forbidden");
        await ExpectAsync(Requests.TinyAppend(Partition, 10, Hello), 0xF3, "ActionWrite:_the data partition is forbidden");
        await ExpectAsync(Requests.Read(Partition, Extent, 0, 5, 10), 0xF3, "ActionStreamRead_the data partition is forbidden");
        await ExpectAsync(Requests.Create(Partition, 10), 0xF0, "");
        await ExpectAsync(Requests.BatchDelete(Partition, 10, $"[{Requests.Element(Extent, 0, 5)}]"), 0xF0, "");
    }

    [Fact]
    public async Task Of_a_forbidden_volume_under_rebuild_the_first_check_answers()
    {
        Node.Gate.Volumes = VolumePolicies.None with { Forbidden = OurVolume, ClusterWithoutVersion0 = true };
        Node.SetFlags(Partition, flags => flags with { Repairing = true, DiskAvailable = false });
        await ExpectAsync(Requests.Write(Opcode.Write, Version0Normal, Partition, Extent, 5, 10, Hello), 0xF3, "ActionWrite:_the data partition is forbidden");
        Node.Gate.Volumes = VolumePolicies.None with { ClusterWithoutVersion0 = true };
        await ExpectAsync(Requests.Write(Opcode.Write, Version0Normal, Partition, Extent, 5, 10, Hello), 0xB5, "ActionWrite:_data partition decommission repairing error");
        Node.SetFlags(Partition, flags => flags with { Repairing = false });
        await ExpectAsync(
            Requests.Write(Opcode.Write, Version0Normal, Partition, Extent, 5, 10, Hello), 0x88, "ActionWrite:_cluster forbid write operate of packet protocol version");
    }

    [Fact]
    public async Task A_full_partition_refuses_creates_and_appends_before_anything_is_allocated()
    {
        Node.SetFlags(Partition, flags => flags with { HasSpace = false });
        await ExpectAsync(Requests.Create(Partition, 10), 0xF6, "ActionPreparePkt_no space left on the device");
        await ExpectAsync(Requests.Append(Partition, Extent, 5, 10, Hello), 0xF6, "ActionPreparePkt_no space left on the device");
        await ExpectAsync(Requests.TinyAppend(Partition, 10, Hello), 0xF6, "ActionPreparePkt_no space left on the device");
        await ExpectAsync(Requests.Read(Partition, Extent, 0, 5, 10), 0xF0, "hello");
        await ExpectAsync(Requests.BatchDelete(Partition, 10, $"[{Requests.Element(Extent, 0, 5)}]"), 0xF0, "");
        Node.SetFlags(Partition, flags => flags with { HasSpace = true });
        await ExpectAsync(Requests.TinyAppend(Partition, 10, Hello), 0xF0, "");
        Assert.Equal(64, Node.GateOf(Partition).Store.TinyAvailable);
        Assert.Equal(1026ul, (await AskAsync(Requests.Create(Partition, 11))).Header.Extent.Value);
    }

    [Fact]
    public async Task A_disk_that_was_given_up_refuses_creates_and_appends()
    {
        Node.SetFlags(Partition, flags => flags with { DiskAvailable = false });
        await ExpectAsync(Requests.Create(Partition, 10), 0xF7, "ActionCreateExtent:_disk has broken");
        await ExpectAsync(Requests.Append(Partition, Extent, 5, 10, Hello), 0xF7, "ActionWrite:_disk has broken");
        await ExpectAsync(Requests.Read(Partition, Extent, 0, 5, 10), 0xF0, "hello");
    }

    [Fact]
    public async Task A_repeated_extent_id_at_a_follower_is_refused()
    {
        var hop = Requests.Build(Requests.Plain(Requests.Normal, Opcode.CreateExtent, Partition, Extent, 0, 10) with { Size = 8 }, [], new byte[8]);
        await ExpectAsync(hop, 0xF3, "ActionCreateExtent:_extent already exists");
        var another = Requests.Build(Requests.Plain(Requests.Normal, Opcode.CreateExtent, Partition, 4000, 0, 10) with { Size = 8 }, [], new byte[8]);
        await ExpectAsync(another, 0xF0, "");
        Assert.Equal(4001ul, (await AskAsync(Requests.Create(Partition, 11))).Header.Extent.Value); // a follower that becomes leader goes on behind
    }

    [Fact]
    public async Task A_create_at_a_follower_needs_a_normal_extent_id()
    {
        await ExpectAsync(
            Requests.Build(Requests.Plain(Requests.Normal, Opcode.CreateExtent, Partition, 0, 0, 10), [], []), 0xF3,
            "ActionPreparePkt_checkPacketAndPrepare partition 21 invalid extent id. ");
        foreach (var id in (ulong[])[1, 64, 65, 1024, ulong.MaxValue])
        {
            var reply = await AskAsync(Requests.Build(Requests.Plain(Requests.Normal, Opcode.CreateExtent, Partition, id, 0, 10), [], []));
            Assert.Equal((id, 0xF4), (reply.Header.Extent.Value, (int)reply.Header.Result));
        }
    }

    [Fact]
    public async Task An_append_has_a_place_and_a_length_within_the_extent()
    {
        foreach (var (offset, bytes) in ((long, int)[])[(5, 0), (134217728, 1), (134217727, 2), (-1, 5), (long.MaxValue, 5), (long.MinValue, 5), (4, 5), (6, 5)])
        {
            var reply = await AskAsync(Requests.Append(Partition, Extent, offset, 10, new byte[bytes]));
            Assert.Equal((offset, 0xF4), (reply.Header.ExtentOffset, (int)reply.Header.Result));
            Assert.StartsWith("ActionWrite:_parameter mismatch error: ", reply.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_read_at_an_impossible_place_is_an_answer_and_not_a_crash()
    {
        foreach (var offset in (long[])[-1, long.MinValue, long.MaxValue, long.MaxValue - 4])
        {
            var reply = await AskAsync(Requests.Read(Partition, Extent, offset, uint.MaxValue, 10));
            Assert.Equal((offset, 0xF4), (reply.Header.ExtentOffset, (int)reply.Header.Result));
            var tiny = await AskAsync(Requests.Read(Partition, 7, offset, 10, 10));
            Assert.NotEqual(ResultCode.Ok, tiny.Header.Result);
        }

        await ExpectAsync(Requests.Read(Partition, Extent, 0, uint.MaxValue, 10), 0xF3, "ActionStreamRead_EOF");
    }

    [Fact]
    public async Task A_batch_that_is_no_JSON_deletes_nothing()
    {
        foreach (var json in (string[])["", "{", "[{]", "[1]", "null garbage", "[{\"ExtentId\":-1}]", "[{\"ExtentId\":1e99}]"])
        {
            var reply = await AskAsync(Requests.BatchDelete(Partition, 10, json));
            Assert.Equal((json, 0xF3), (json, (int)reply.Header.Result));
            Assert.StartsWith("ActionBatchMarkDelete_", reply.Text, StringComparison.Ordinal);
        }

        await ExpectAsync(Requests.Read(Partition, Extent, 0, 5, 10), 0xF0, "hello");
    }

    [Fact]
    public async Task A_batch_stops_at_the_first_error_and_what_was_deleted_before_stays_deleted()
    {
        await ExpectAsync(
            Requests.BatchDelete(Partition, 10, $"[{Requests.Element(Extent, 0, 5)},{Requests.Element(7, 0, 5)}]"), 0xB4, "ActionBatchMarkDelete_tiny extent recovering error");
        Assert.Equal(0xF5, (int)(await AskAsync(Requests.Read(Partition, Extent, 0, 5, 10))).Header.Result);
        Node.Gate.Volumes = VolumePolicies.None with { IgnoreTinyRecovering = OurVolume };
        await ExpectAsync(Requests.BatchDelete(Partition, 10, $"[{Requests.Element(Extent, 0, 5)},{Requests.Element(7, 0, 5)}]"), 0xF0, "");
    }

    [Fact]
    public async Task A_punch_off_the_page_grid_is_a_mismatch_of_arguments()
    {
        await ExpectAsync(Requests.TinyAppend(Partition, 10, new byte[5000]), 0xF0, "");
        var extent = Node.GateOf(Partition).Store.List().First(record => record.Id.IsTiny && record.Size > 0).Id.Value;
        Assert.Equal(0xF4, (int)(await AskAsync(Requests.BatchDelete(Partition, 11, $"[{Requests.Element(extent, 1, 5)}]"))).Header.Result);
        Assert.Equal(0xF4, (int)(await AskAsync(Requests.BatchDelete(Partition, 11, $"[{Requests.Element(extent, ulong.MaxValue, 5)}]"))).Header.Result);
    }

    [Fact]
    public async Task A_list_of_too_many_followers_or_of_what_is_no_address_is_refused()
    {
        foreach (var list in (string[])["a/", "1.2.3/", "1.2.3.4:0/", "256.1.1.1:1/", "1.1.1.1:1//", string.Concat(Enumerable.Repeat("127.0.0.1:1/", 9))])
        {
            var arg = System.Text.Encoding.ASCII.GetBytes(list);
            var reply = await AskAsync(Requests.Build(Requests.Plain(Requests.Normal, Opcode.CreateExtent, Partition, 0, 0, 10) with { RemainingFollowers = 2 }, arg, []));
            Assert.Equal((list, 0xF4), (System.Text.Encoding.ASCII.GetString(reply.Arg), (int)reply.Header.Result));
        }
    }

    [Fact]
    public async Task A_store_that_is_closing_says_so()
    {
        Node.GateOf(Partition).Store.Close();
        await ExpectAsync(Requests.Append(Partition, Extent, 5, 10, Hello), 0xB2, "ActionWrite:_extent store already closed");
        await ExpectAsync(Requests.Read(Partition, Extent, 0, 5, 10), 0xB2, "ActionStreamRead_extent store already closed");
        await ExpectAsync(Requests.TinyAppend(Partition, 10, Hello), 0xB2, "ActionPreparePkt_extent store already closed");
        await ExpectAsync(Requests.Create(Partition, 10), 0xB2, "ActionPreparePkt_extent store already closed");
    }

    private async Task ExpectVersion0RefusedAsync(string text)
    {
        var create = Requests.Create(Partition, 10);
        var oldCreate = Requests.Build(Requests.Plain(Version0Normal, Opcode.CreateExtent, Partition, 0, 0, 10) with { RemainingFollowers = 127, Size = 8 }, "/"u8.ToArray(), new byte[8]);
        await ExpectAsync(oldCreate, 0x88, "ActionCreateExtent:_" + text);
        await ExpectAsync(Requests.Write(Opcode.Write, Version0Normal, Partition, Extent, 5, 10, Hello), 0x88, "ActionWrite:_" + text);
        await ExpectAsync(Requests.Write(Opcode.SyncWrite, Version0Tiny, Partition, 0, 0, 10, Hello), 0x88, "ActionWrite:_" + text);
        await ExpectAsync(create, 0xF0, "");
        await ExpectAsync(Requests.Append(Partition, Extent, 5, 10, Hello), 0xF0, "");
        await ExpectAsync(Requests.Read(Partition, Extent, 0, 5, 10, Version0Normal), 0xF0, "hello"); // reads are not versioned
    }

    private async Task ExpectAsync(byte[] request, int code, string text)
    {
        var reply = await AskAsync(request);
        Assert.Equal((code, text), ((int)reply.Header.Result, reply.Text));
    }

    private async Task<(ResultCode, int)> OutcomeAsync(byte[] request)
    {
        var reply = await AskAsync(request);
        return (reply.Header.Result, reply.HeaderBytes);
    }

    private async Task<Packet> AskAsync(byte[] request)
    {
        using var peer = await Node.ConnectAsync();
        return await peer.AskAsync(request);
    }
}
