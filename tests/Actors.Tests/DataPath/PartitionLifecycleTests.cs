using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Actors.Tests;

/// <summary>Partitions come and go by tasks of the master, on the data port, and survive a restart.</summary>
public sealed class PartitionLifecycleTests : NodeTest
{
    private const ulong Partition = 21, Extent = 1025;

    [Fact]
    public async Task A_created_partition_is_answered_with_its_disk_and_serves_at_once()
    {
        using var master = await Node.ConnectAsync();
        var reply = await master.AskAsync(AdminPackets.Create(Node, Partition));
        Assert.Equal((ResultCode.Ok, Node.DiskPath, 57), (reply.Header.Result, reply.Text, reply.HeaderBytes));
        Assert.Equal((Opcode.CreateDataPartition, Partition, 1L), (reply.Header.Opcode, reply.Header.Partition.Value, reply.Header.RequestId));
        Assert.Equal(ResultCode.Ok, (await master.AskAsync(Requests.Create(Partition, 2))).Header.Result);
    }

    [Fact]
    public async Task The_same_creation_again_succeeds_and_another_one_under_its_id_is_refused()
    {
        using var master = await Node.ConnectAsync();
        var request = AdminPackets.CreateRequest(Node, Partition);
        for (var i = 0; i < 2; i++)
        {
            var reply = await master.AskAsync(AdminPackets.Create(Node, request));
            Assert.Equal((ResultCode.Ok, Node.DiskPath), (reply.Header.Result, reply.Text));
        }

        foreach (var other in (CreateDataPartitionRequest[])
            [request with { VolumeId = "other" }, request with { Hosts = [.. request.Hosts, "127.0.0.1:1"] }, request with { Members = [new Peer { Id = new NodeId(9), Address = Node.Address }] }])
            await ExpectRefusedAsync(master, AdminPackets.Create(Node, other), "ActionCreateDataPartition_");
    }

    [Fact]
    public async Task A_creation_that_this_node_cannot_carry_out_is_refused_with_the_reason()
    {
        using var master = await Node.ConnectAsync();
        var request = AdminPackets.CreateRequest(Node, Partition);
        foreach (var bad in (CreateDataPartitionRequest[])
        [
            request with { PartitionTyp = 1 }, request with { PartitionSize = 0 }, request with { PartitionSize = -1 }, request with { PartitionId = default }, request with { VolumeId = "" },
            request with { Hosts = [] }, request with { Hosts = [.. Enumerable.Repeat("127.0.0.1:1", 9)] }, request with { CreateType = 1 }, request with { VerSeq = 1 },
            request with { DecommissionedDisks = [Node.DiskPath] },
        ])
            await ExpectRefusedAsync(master, AdminPackets.Create(Node, bad), "ActionCreateDataPartition_");
        Assert.Equal(0xFC, (int)(await master.AskAsync(Requests.Totals(Partition, 1))).Header.Result);
    }

    [Fact]
    public async Task Many_creations_in_flight_are_answered_in_order()
    {
        using var master = await Node.ConnectAsync();
        await master.SendAsync(Enumerable.Range(1, 12).SelectMany(id => AdminPackets.Create(Node, (ulong)id)).ToArray());
        for (ulong id = 1; id <= 12; id++)
        {
            var reply = await master.ReceiveAsync();
            Assert.Equal((ResultCode.Ok, id), (reply.Header.Result, reply.Header.Partition.Value));
        }
    }

    [Fact]
    public async Task A_deleted_partition_is_unknown_and_deleting_it_again_succeeds()
    {
        await Node.CreatePartitionAsync(Partition);
        using var client = await Node.ConnectAsync();
        Assert.Equal(ResultCode.Ok, (await client.AskAsync(Requests.Create(Partition, 1))).Header.Result);
        using var master = await Node.ConnectAsync();
        for (var i = 0; i < 2; i++) Assert.Equal(ResultCode.Ok, (await master.AskAsync(AdminPackets.Delete(Node, Partition))).Header.Result);
        Assert.Equal(0xFC, (int)(await client.AskAsync(Requests.Totals(Partition, 2))).Header.Result);
        Assert.Equal(ResultCode.Ok, (await master.AskAsync(AdminPackets.Delete(Node, 4711))).Header.Result);
        Assert.DoesNotContain(Directory.GetDirectories(Node.DiskPath), path => Path.GetFileName(path).StartsWith($"datapartition_{Partition}_", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Requests_in_flight_are_answered_before_their_partition_is_deleted()
    {
        await Node.CreatePartitionAsync(Partition);
        using var client = await Node.ConnectAsync();
        await client.AskAsync(Requests.Create(Partition, 1));
        await client.SendAsync(Enumerable.Range(0, 50).SelectMany(number => Requests.Append(Partition, Extent, number * 1000, number, new byte[1000])).ToArray());
        using var master = await Node.ConnectAsync();
        Assert.Equal(ResultCode.Ok, (await master.AskAsync(AdminPackets.Delete(Node, Partition))).Header.Result);
        var replies = 0;
        while (await client.TryReceiveAsync() is { } reply)
        {
            Assert.Equal((long)replies++, reply.Header.RequestId);
            if (reply.Header.Result == ResultCode.Ok && replies < 50) continue;
            Assert.True((int)reply.Header.Result is 0xF0 or 0xFC, reply.Text);
            break;
        }
    }

    [Fact]
    public async Task A_task_for_another_opcode_than_its_packet_s_is_illegal()
    {
        using var master = await Node.ConnectAsync();
        var packet = AdminPackets.WithOpcode(AdminPackets.Create(Node, Partition), Opcode.DeleteDataPartition);
        await ExpectRefusedAsync(master, packet, "ActionDeleteDataPartition_illegal opcode");
        var heartbeat = AdminPackets.Heartbeat(Node, new DataNodeHeartbeatRequest());
        await ExpectRefusedAsync(master, AdminPackets.WithOpcode(heartbeat, Opcode.CreateDataPartition), "ActionCreateDataPartition_illegal opcode");
    }

    [Fact]
    public async Task Tasks_that_are_no_JSON_or_not_supported_are_refused()
    {
        using var master = await Node.ConnectAsync();
        foreach (var body in (string[])["", "{", "null", "[]", "{\"OpCode\":96}", "{\"OpCode\":96,\"Request\":[]}", "{\"OpCode\":96,\"Request\":{\"PartitionId\":\"x\"}}", new string('[', 5000)])
        {
            var data = System.Text.Encoding.ASCII.GetBytes(body);
            await ExpectRefusedAsync(
                master, Requests.Build(Requests.Plain(0, Opcode.CreateDataPartition, 0, 0, 0, 1) with { Size = (uint)data.Length }, [], data), "ActionCreateDataPartition_");
        }

        await ExpectRefusedAsync(
            master, AdminPackets.Build(Node, Opcode.DecommissionDataPartition, Partition, new DecommissionDataPartitionRequest(), MasterJson.Default.DecommissionDataPartitionRequest),
            "ActionDecommissionPartition_task 0x66 is not supported");
    }

    [Fact]
    public async Task A_heartbeat_is_acknowledged_at_once_and_its_rules_are_in_force()
    {
        await Node.CreatePartitionAsync(Partition);
        using var client = await Node.ConnectAsync();
        await client.AskAsync(Requests.Create(Partition, 1));
        using var master = await Node.ConnectAsync();
        await HeartbeatAsync(master, new DataNodeHeartbeatRequest { ForbiddenVols = [AdminPackets.Volume] }, () => Node.Gate.Volumes.Forbidden.Count == 1);
        Assert.Equal(0xF3, (int)(await client.AskAsync(Requests.Read(Partition, Extent, 0, 1, 2))).Header.Result);
        await HeartbeatAsync(master, new DataNodeHeartbeatRequest(), () => Node.Gate.Volumes.Forbidden.Count == 0);
        Assert.Equal(ResultCode.Ok, (await client.AskAsync(Requests.Append(Partition, Extent, 0, 3, new byte[1]))).Header.Result);
    }

    [Fact]
    public async Task A_restarted_node_serves_the_same_bytes_and_goes_on_where_it_stopped()
    {
        var data = Requests.Noise(300_000, 1);
        var small = Requests.Noise(5000, 2);
        await Node.CreatePartitionAsync(Partition);
        await Node.CreatePartitionAsync(22);
        ulong tiny;
        using (var client = await Node.ConnectAsync())
        {
            Assert.Equal(Extent, (await client.AskAsync(Requests.Create(Partition, 1))).Header.Extent.Value);
            Assert.Equal(Extent + 1, (await client.AskAsync(Requests.Create(Partition, 2))).Header.Extent.Value);
            Assert.Equal(ResultCode.Ok, (await client.AskAsync(Requests.Append(Partition, Extent, 0, 3, data))).Header.Result);
            tiny = (await client.AskAsync(Requests.TinyAppend(Partition, 4, small))).Header.Extent.Value;
            Assert.Equal(ResultCode.Ok, (await client.AskAsync(Requests.BatchDelete(Partition, 5, $"[{Requests.Element(Extent + 1, 0, 0)}]"))).Header.Result);
        }

        await RestartAsync();

        using var again = await Node.ConnectAsync();
        Assert.Equal(data, await again.ReadAsync(Partition, Extent, 0, 300_000));
        Assert.Equal(small, await again.ReadAsync(Partition, tiny, 0, 5000));
        Assert.Equal(ResultCode.Ok, (await again.AskAsync(Requests.Totals(22, 1))).Header.Result);
        Assert.Equal(0xF5, (int)(await again.AskAsync(Requests.Read(Partition, Extent + 1, 0, 1, 1))).Header.Result);
        Assert.Equal(Extent + 2, (await again.AskAsync(Requests.Create(Partition, 2))).Header.Extent.Value); // no id twice, deleted ones included
        Assert.Equal(ResultCode.Ok, (await again.AskAsync(Requests.Append(Partition, Extent, 300_000, 3, data))).Header.Result);
        Assert.Equal(data, await again.ReadAsync(Partition, Extent, 300_000, 300_000));
        Assert.Equal(ResultCode.Ok, (await again.AskAsync(AdminPackets.Create(Node, Partition))).Header.Result); // the master may ask again
        // Tiny extents wait for a comparison with the other replicas before they are written again.
        Assert.Equal(0xF6, (int)(await again.AskAsync(Requests.TinyAppend(Partition, 4, small))).Header.Result);
    }

    [Fact]
    public async Task A_partition_may_be_created_again_after_it_was_deleted()
    {
        for (var round = 0; round < 5; round++)
        {
            // Refused as long as the deleted one is still going: the master asks again, over a new connection, because such an answer ends the old one.
            var master = await ConnectAsync();
            while ((await master.AskAsync(AdminPackets.Create(Node, Partition))) is { Header.Result: not ResultCode.Ok } refused)
            {
                Assert.Contains("try again", refused.Text, StringComparison.Ordinal);
                master = await ConnectAsync();
            }

            Assert.Equal(Extent, (await master.AskAsync(Requests.Create(Partition, 1))).Header.Extent.Value); // empty again
            Assert.Equal(ResultCode.Ok, (await master.AskAsync(AdminPackets.Delete(Node, Partition))).Header.Result);
        }
    }

    private async Task HeartbeatAsync(PacketPeer master, DataNodeHeartbeatRequest request, Func<bool> isInForce)
    {
        var reply = await master.AskAsync(AdminPackets.Heartbeat(Node, request));
        Assert.Equal((ResultCode.Ok, 0u), (reply.Header.Result, reply.Header.Size));
        // The acknowledgement comes before the rules are taken, so that a slow node does not hold up the master's queue.
        await Patience.UntilAsync(isInForce);
    }

    private static async Task ExpectRefusedAsync(PacketPeer master, byte[] packet, string start)
    {
        var reply = await master.AskAsync(packet);
        Assert.True(reply.Header.Result != ResultCode.Ok, System.Text.Encoding.UTF8.GetString(packet));
        Assert.StartsWith(start, reply.Text, StringComparison.Ordinal);
    }
}
