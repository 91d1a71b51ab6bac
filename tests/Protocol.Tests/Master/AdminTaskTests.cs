using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using CubeActors.Protocol.Master;

namespace CubeActors.Protocol.Tests;

public sealed class AdminTaskTests
{
    private static readonly MasterJson Json = MasterJson.Default;

    [Fact]
    public void Every_field_of_the_captured_requests_survives_reading_and_writing()
    {
        Survives(CapturedJson.CreateTask, Json.CreateDataPartitionRequest);
        Survives(CapturedJson.DeleteTask, Json.DeleteDataPartitionRequest);
        Survives(CapturedJson.LoadTask, Json.LoadDataPartitionRequest);
        Survives(CapturedJson.AddMemberTask, Json.AddRaftMemberRequest);
        Survives(CapturedJson.RemoveMemberTask, Json.RemoveRaftMemberRequest);
        Survives(CapturedJson.SetRepairingTask, Json.SetRepairingStatusRequest);
    }

    [Fact]
    public void Every_field_of_a_captured_heartbeat_answer_survives_reading_and_writing()
    {
        var task = Task(CapturedJson.HeartbeatAnswer);
        Assert.True(GoJson.TryRead(task.Response, Json.DataNodeHeartbeatResponse, out var response));
        Assert.Empty(JsonComparison.Differences(task.Response!.Value.GetRawText(), JsonSerializer.Serialize(response, Json.DataNodeHeartbeatResponse)));
        Assert.Equal(3, response.PartitionReports.Count);
        Assert.Equal(new PartitionId(3), Assert.Single(response.PartitionReports, report => report.IsLeader).PartitionId);
        Assert.Equal(new NodeId(2), response.PartitionReports[0].LocalPeers[0].Id);
        Assert.Equal((byte)AdminTaskStatus.Succeeded, response.Status);
    }

    [Fact]
    public void A_heartbeat_reads_the_fields_meant_for_data_nodes()
    {
        Assert.True(Task(CapturedJson.HeartbeatTask).TryReadRequest(Json.DataNodeHeartbeatRequest, out var request));
        Assert.Equal((1795294250L, "127.0.0.1:17010", "168h0m0s"), (request.CurrTime, request.MasterAddr, request.DpBackupTimeout));
        Assert.Empty(request.ForbiddenVols);
        Assert.Empty(request.VolDpRepairBlockSize);
        Assert.Empty(request.DecommissionDisks);
    }

    [Fact]
    public void A_heartbeat_names_volumes_and_block_sizes()
    {
        var json = """{"ForbiddenVols":["a"],"VolDpRepairBlockSize":{"v":524288,"w":null},"QosFlowReadLimit":18446744073709551615,"VolsForbidWriteOpOfProtoVer0":["labvol"]}""";
        Assert.True(GoJson.TryRead(Encoding.UTF8.GetBytes(json), Json.DataNodeHeartbeatRequest, out var request));
        Assert.Equal(["a"], request.ForbiddenVols);
        Assert.Equal(524288ul, request.VolDpRepairBlockSize["v"]);
        Assert.Equal(0ul, request.VolDpRepairBlockSize["w"]);
        Assert.Equal(ulong.MaxValue, request.QosFlowReadLimit);
        Assert.Equal(["labvol"], request.VolsForbidWriteOpOfProtoVer0);
    }

    [Fact]
    public void A_response_goes_back_with_the_task_as_it_came()
    {
        var task = Task(CapturedJson.LoadTask);
        var response = new LoadDataPartitionResponse
        {
            PartitionId = new PartitionId(1),
            Used = 4096,
            PartitionSnapshot = [new ExtentSnapshot { Name = "1025", Crc = 7, Size = 100, Modified = 1795295650, ApplyId = 3 }],
            Status = (byte)AdminTaskStatus.Succeeded,
            PartitionStatus = 2,
        };
        var posted = JsonSerializer.Serialize(task.Answered(response, Json.LoadDataPartitionResponse), Json.AdminTask);
        var expected = CapturedJson.LoadTask.Replace("\"Response\":null", """
            "Response":{"PartitionId":1,"Used":4096,"PartitionSnapshot":[{"Name":"1025","Crc":7,"Size":100,"Modified":1795295650,"ApplyID":3}],"Status":1,"PartitionStatus":2,"Result":"","VolName":""}
            """);
        Assert.Empty(JsonComparison.Differences(expected, posted));
    }

    [Fact]
    public void Lists_are_written_as_arrays_never_as_null()
    {
        var json = JsonSerializer.Serialize(new DataNodeHeartbeatResponse(), Json.DataNodeHeartbeatResponse);
        Assert.DoesNotContain("null", json);
        Assert.Contains("\"BadDisks\":[]", json);
        Assert.DoesNotContain("null", JsonSerializer.Serialize(new CreateDataPartitionRequest(), Json.CreateDataPartitionRequest));
    }

    [Fact]
    public void A_missing_or_null_text_list_or_peer_is_empty()
    {
        foreach (var json in new[] { "{}", """{"AddPeer":null,"RemovePeer":null}""", """{"RemovePeer":{"id":null,"addr":null}}""" })
        {
            Assert.True(GoJson.TryRead(Encoding.UTF8.GetBytes(json), Json.DecommissionDataPartitionRequest, out var request));
            Assert.Equal(new Peer(), request.AddPeer);
            Assert.Equal(new Peer(), request.RemovePeer);
        }
        Assert.True(GoJson.TryRead("""{"Members":null,"hosts":null,"VolumeId":null,"PartitionSize":null}"""u8, Json.CreateDataPartitionRequest, out var create));
        Assert.Equal((0, 0, "", 0L), (create.Members.Count, create.Hosts.Count, create.VolumeId, create.PartitionSize));
    }

    [Theory]
    [InlineData("""{"OpCode":256}""")]
    [InlineData("""{"OpCode":-1}""")]
    [InlineData("""{"Status":128}""")]
    [InlineData("""{"PartitionID":-1}""")]
    [InlineData("""{"PartitionID":1.0}""")]
    [InlineData("""{"PartitionID":18446744073709551616}""")]
    [InlineData("""{"SendTime":9223372036854775808}""")]
    [InlineData("""{"ID":7}""")]
    [InlineData("""{"Disk":true}""")]
    [InlineData("""{"ID":"a"} x""")]
    [InlineData("[]")]
    [InlineData("")]
    public void A_task_with_a_field_of_a_wrong_kind_is_refused(string json) =>
        Assert.False(GoJson.TryRead(Encoding.UTF8.GetBytes(json), Json.AdminTask, out _));

    [Fact]
    public void A_task_for_another_opcode_than_its_packet_is_refused()
    {
        Assert.True(AdminPacket.TryRead(Captured.TryToLeader.Header, Captured.TryToLeader.Data, out var task));
        Assert.Equal(new PartitionId(2), task.PartitionId);
        Assert.False(task.TryReadRequest(Json.SetRepairingStatusRequest, out _)); // null: the header alone names the partition
        Assert.False(AdminPacket.TryRead(Captured.SetRepairingStatus.Header, Captured.TryToLeader.Data, out _));
    }

    [Fact]
    public void A_task_packet_is_built_as_the_master_builds_it()
    {
        var task = AdminTask.For(Opcode.SetRepairingStatus, "127.0.0.11:17310", new PartitionId(2), 1795295049,
            "2b2ce626-da9f-498c-9604-471e7f570729", new SetRepairingStatusRequest { PartitionId = new PartitionId(2) }, Json.SetRepairingStatusRequest);
        Assert.Equal(Captured.SetRepairingStatus.Bytes, AdminPacket.Build(task, Captured.SetRepairingStatus.Header.RequestId));
    }

    [Fact]
    public void A_task_of_a_node_names_no_partition_in_its_id() =>
        Assert.Equal("addr[127.0.0.11:17310]_op[99]",
            AdminTask.For(Opcode.DataNodeHeartbeat, "127.0.0.11:17310", default, 1, "", new DataNodeHeartbeatRequest(), Json.DataNodeHeartbeatRequest).Id);

    [Fact]
    public void The_time_of_a_bad_disk_is_RFC_3339_and_the_zero_time_of_Go_is_ours()
    {
        var stat = new BadDiskStat { FirstReportTime = new DateTimeOffset(2024, 5, 1, 8, 0, 0, TimeSpan.FromHours(8)) };
        var json = JsonSerializer.Serialize(stat, Json.BadDiskStat);
        Assert.Contains("\"2024-05-01T08:00:00+08:00\"", json);
        Assert.True(GoJson.TryRead("""{"FirstReportTime":"0001-01-01T00:00:00Z"}"""u8, Json.BadDiskStat, out var zero));
        Assert.Equal(default, zero.FirstReportTime);
        Assert.True(GoJson.TryRead("""{"FirstReportTime":null}"""u8, Json.BadDiskStat, out _));
        Assert.False(GoJson.TryRead("""{"FirstReportTime":"yesterday"}"""u8, Json.BadDiskStat, out _));
    }

    private static AdminTask Task(string json)
    {
        Assert.True(GoJson.TryRead(Encoding.UTF8.GetBytes(json), Json.AdminTask, out var task));
        Assert.Empty(JsonComparison.Differences(json, JsonSerializer.Serialize(task, Json.AdminTask)));
        return task;
    }

    private static void Survives<T>(string json, JsonTypeInfo<T> type)
    {
        var task = Task(json);
        Assert.True(task.TryReadRequest(type, out var request));
        Assert.Empty(JsonComparison.Differences(task.Request!.Value.GetRawText(), JsonSerializer.Serialize(request, type)));
    }
}
