using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using CubeActors.Protocol.Master;

namespace CubeActors.Protocol.Tests;

public sealed class MasterReplyTests
{
    private static readonly MasterJson Json = MasterJson.Default;

    [Fact]
    public void Every_field_of_the_captured_answers_survives_reading_and_writing()
    {
        SurvivesWith(CapturedJson.ClusterInfo, Json.ClusterInfo, Json.ClusterInfoReply);
        SurvivesWith(CapturedJson.UpgradeCompatibleSettings, Json.UpgradeCompatibleSettings, Json.UpgradeCompatibleSettingsReply);
        SurvivesWith(CapturedJson.Registered, Json.UInt64, Json.NumberReply);
        SurvivesWith(CapturedJson.DataNodes, Json.IReadOnlyListDataNodeEntry, Json.DataNodeEntriesReply);
        SurvivesWith(CapturedJson.DataPartitionInfo, Json.DataPartitionInfo, Json.DataPartitionInfoReply);
        // Go keeps nine digits of a second, we keep seven.
        SurvivesWith(CapturedJson.DataNodeInfo.Replace("49.646171168Z", "49.6461711+00:00"), Json.DataNodeInfo, Json.DataNodeInfoReply);
    }

    [Fact]
    public void The_captured_answers_read_as_what_they_say()
    {
        Assert.Equal("lab", Read(CapturedJson.ClusterInfo, Json.ClusterInfo).Cluster);
        Assert.True(Read(CapturedJson.UpgradeCompatibleSettings, Json.UpgradeCompatibleSettings).DataMediaTypeVaild);
        Assert.Equal(4ul, Read(CapturedJson.Registered, Json.UInt64));
        var node = Read(CapturedJson.DataNodeInfo, Json.DataNodeInfo);
        Assert.Equal((new NodeId(4), "127.0.0.13:17310", 3000ul), (node.Id, node.Addr, node.PartitionCountMax));
        Assert.Equal(new DateTimeOffset(2026, 11, 21, 20, 50, 49, TimeSpan.Zero).AddTicks(6461711), node.ReportTime);
        Assert.Empty(node.DataPartitionReports); // null on the wire
        Assert.Equal(3, Read(CapturedJson.DataNodes, Json.IReadOnlyListDataNodeEntry).Count);
        var partition = Read(CapturedJson.DataPartitionInfo, Json.DataPartitionInfo);
        Assert.Equal(["127.0.0.13:17310", "127.0.0.12:17310", "127.0.0.11:17310"], partition.Hosts);
        Assert.Equal("/data1/disk", Assert.Single(partition.Replicas, replica => replica.IsLeader).DiskPath);
    }

    [Fact]
    public void An_error_is_read_without_its_data()
    {
        Assert.True(MasterReply.TryRead(Encoding.UTF8.GetBytes(CapturedJson.NoPartitions), Json.DataPartitionsView, out var reply));
        Assert.Equal((18, "no available data partition"), (reply.Code, reply.Message));
        Assert.Null(reply.Data);
        Assert.True(MasterReply.TryRead("""{"code":7,"msg":null,"data":"of another kind"}"""u8, Json.ClusterInfo, out var other));
        Assert.Equal((7, ""), (other.Code, other.Message));
    }

    [Theory]
    [InlineData("""{"code":0,"msg":"success","data":null}""")]
    [InlineData("""{"code":0,"msg":"success"}""")]
    [InlineData("""{"code":0,"msg":"success","data":[]}""")]
    [InlineData("""{"code":0,"data":{"Cluster":5}}""")]
    [InlineData("""{"code":0,"data":{"DataNodeDeleteLimitRate":-1}}""")]
    [InlineData("""{"code":"0","data":{}}""")]
    [InlineData("""{"code":2147483648}""")]
    [InlineData("404 page not found")]
    [InlineData("null")]
    [InlineData("")]
    public void A_success_without_the_expected_data_or_no_envelope_at_all_is_refused(string body) =>
        Assert.False(MasterReply.TryRead(Encoding.UTF8.GetBytes(body), Json.ClusterInfo, out _));

    [Fact]
    public void Every_captured_answer_cut_at_any_byte_is_refused()
    {
        foreach (var body in new[] { CapturedJson.ClusterInfo, CapturedJson.DataNodeInfo, CapturedJson.NoPartitions })
        {
            var bytes = Encoding.UTF8.GetBytes(body);
            for (var cut = 0; cut < bytes.Length; cut++) Assert.False(MasterReply.TryRead(bytes.AsSpan(0, cut), Json.DataNodeInfo, out _));
        }
    }

    [Fact]
    public void The_view_of_clients_names_hosts_in_order()
    {
        var body = """{"code":0,"msg":"success","data":{"DataPartitions":[{"PartitionType":0,"PartitionID":7,"Status":-1,"ReplicaNum":3,"Hosts":["a:1","b:1"],"LeaderAddr":"b:1","Epoch":2,"IsRecover":true,"IsDiscard":false,"MediaType":1}],"VolReadOnly":false,"StatByClass":[{"StorageClass":1,"InodeCount":3,"UsedSizeBytes":4096,"QuotaGB":10}]}}""";
        var view = Read(body, Json.DataPartitionsView);
        var partition = Assert.Single(view.DataPartitions);
        Assert.Equal((new PartitionId(7), (sbyte)-1, "b:1"), (partition.PartitionId, partition.Status, partition.LeaderAddr));
        Assert.Equal(["a:1", "b:1"], partition.Hosts);
        SurvivesWith(body, Json.DataPartitionsView, Json.DataPartitionsViewReply);
    }

    [Fact]
    public void Answers_of_ours_are_envelopes_too()
    {
        Assert.Equal("""{"code":0,"msg":"success","data":"200"}""", JsonSerializer.Serialize(MasterReply.Of("200"), Json.TextReply));
        Assert.Equal("""{"code":0,"msg":"success","data":4}""", JsonSerializer.Serialize(MasterReply.Of(4ul), Json.NumberReply));
        Assert.Equal(CapturedJson.NoPartitions, JsonSerializer.Serialize(MasterReply.Failure(18, "no available data partition"), Json.RawReply));
    }

    private static T Read<T>(string body, JsonTypeInfo<T> type)
    {
        Assert.True(MasterReply.TryRead(Encoding.UTF8.GetBytes(body), type, out var reply));
        Assert.Equal((0, "success"), (reply.Code, reply.Message));
        return reply.Data!;
    }

    private static void SurvivesWith<T>(string body, JsonTypeInfo<T> type, JsonTypeInfo<MasterReply<T>> envelope) =>
        Assert.Empty(JsonComparison.Differences(body, JsonSerializer.Serialize(MasterReply.Of(Read(body, type)), envelope)));
}
