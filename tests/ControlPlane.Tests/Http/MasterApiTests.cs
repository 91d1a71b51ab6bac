using System.Net;
using System.Text.Json;
using CubeActors.Protocol;

namespace CubeActors.ControlPlane.Tests;

/// <summary>The paths and names that CubeFS 3.5 nodes and clients rely on, compared with what a real master answered.</summary>
public sealed class MasterApiTests : HttpScenario
{
    // From a capture of a CubeFS 3.5.3 master answering its data nodes.
    private const string CapturedClusterInfo =
        """{"Cluster":"lab","Ip":"127.0.0.1","MetaNodeDeleteBatchCount":0,"MetaNodeDeleteWorkerSleepMs":0,"DataNodeDeleteLimitRate":0,"DataNodeAutoRepairLimitRate":0,"DpMaxRepairErrCnt":0,"DirChildrenNumLimit":20000000,"FlashReadTimeout":1000,"FlashKeyFlowLimit":0,"EbsAddr":"","ServicePath":"","ClusterUuid":"","ClusterUuidEnable":false,"ClusterEnableSnapshot":false,"RaftPartitionCanUsingDifferentPort":false}""";

    private const string CapturedNode =
        """{"TotalWeight":1,"UsedWeight":0,"AvailableSpace":0,"ID":2,"Zone":"default","Addr":"127.0.0.11:17310","RaftHeartbeatPort":"17330","RaftReplicaPort":"17340","DomainAddr":"","ReportTime":"2026-11-21T20:50:49.534983042Z","IsActive":false,"ToBeOffline":false,"IsWriteAble":false,"UsageRatio":0,"SelectedTimes":0,"DataPartitionReports":null,"DataPartitionCount":0,"NodeSetID":1,"PersistenceDataPartitions":[],"PersistenceDataPartitionsWithDiskPath":[],"AllDisks":[],"BadDisks":null,"LostDisks":null,"RdOnly":false,"CanAllocPartition":false,"maxDpCntLimit":3000,"cpuUtil":0,"ioUtil":{},"DecommissionedDisk":null,"DecommissionSuccessDisk":null,"BackupDataPartitions":[],"MediaType":1,"DiskOpLogs":null,"DpOpLogs":null}""";

    private static string[] Names(JsonElement element) => [.. element.EnumerateObject().Select(property => property.Name).Order(StringComparer.Ordinal)];

    private static string[] Names(string json)
    {
        using var document = JsonDocument.Parse(json);
        return Names(document.RootElement);
    }

    private Task<JsonElement> AddAsync(string address = "127.0.0.11:17310", string more = "") =>
        GetAsync($"/dataNode/add?addr={address}&heartbeatPort=17330&replicaPort=17340&zoneName=default&clientIDKey=&mediaType=1{more}");

    [Fact]
    public async Task GetIp_tells_the_cluster_and_the_caller()
    {
        var data = await GetAsync("/admin/getIp");
        Assert.Equal(Names(CapturedClusterInfo), Names(data));
        Assert.Equal(("lab", "127.0.0.1"), (data.GetProperty("Cluster").GetString(), data.GetProperty("Ip").GetString()));
        Assert.False(data.GetProperty("RaftPartitionCanUsingDifferentPort").GetBoolean());
    }

    [Fact]
    public async Task The_upgrade_settings_allow_old_clients_nothing_special()
    {
        var data = await GetAsync("/admin/getUpgradeCompatibleSettings");
        Assert.Equal(["ClusterForbidWriteOpOfProtoVer0", "DataMediaTypeVaild", "LegacyDataMediaType", "VolsForbidWriteOpOfProtoVer0"], Names(data));
        Assert.False(data.GetProperty("ClusterForbidWriteOpOfProtoVer0").GetBoolean());
    }

    [Fact]
    public async Task A_registered_node_has_a_bare_number_as_id_and_keeps_it_over_a_restart()
    {
        var id = (await AddAsync()).GetUInt64();
        Assert.Equal(id, (await AddAsync()).GetUInt64());
        await RestartAsync();
        Assert.Equal(id, (await AddAsync()).GetUInt64());
        Assert.NotEqual(id, (await AddAsync("127.0.0.12:17310")).GetUInt64());
    }

    [Fact]
    public async Task A_node_is_described_with_all_names_of_CubeFS()
    {
        await AddAsync();
        var data = await GetAsync("/dataNode/get?addr=127.0.0.11:17310");
        Assert.Equal(Names(CapturedNode), Names(data));
        Assert.Equal("17330", data.GetProperty("RaftHeartbeatPort").GetString());
        Assert.False(data.GetProperty("IsActive").GetBoolean());
        Assert.Equal(12, (await RefusedAsync(HttpMethod.Get, "/dataNode/get?addr=127.0.0.19:17310")).Code);
    }

    [Theory]
    [InlineData("/dataNode/add", "parameter addr not found")]
    [InlineData("/dataNode/add?addr=nonsense", "addr not legal")]
    [InlineData("/dataNode/add?addr=127.0.0.1:80", "addr not legal")]
    [InlineData("/dataNode/add?addr=127.0.0.11:17310&mediaType=ssd", "parameter mediaType")]
    [InlineData("/dataNode/add?addr=127.0.0.11:17310&heartbeatPort=x", "parameter heartbeatPort")]
    [InlineData("/dataNode/get", "parameter addr not found")]
    [InlineData("/dataNode/get?addr=a&addr=b", "parameter addr is given 2 times")]
    [InlineData("/dataPartition/get?id=-1", "parameter id")]
    [InlineData("/dataPartition/get", "parameter id not found")]
    [InlineData("/dataPartition/get?id=18446744073709551616", "parameter id")]
    [InlineData("/admin/createVol?name=x", "parameter owner not found")]
    [InlineData("/admin/createVol?name=x&owner=o&capacity=1", "name:")]
    [InlineData("/admin/createVol?name=vol&owner=o&capacity=1&replicaNum=4", "replicaNum:")]
    [InlineData("/admin/createVol?name=vol&owner=o&capacity=1&dpSizeBytes=1", "size:")]
    [InlineData("/admin/createVol?name=vol&owner=o&capacity=1&size=18446744073709551615", "size:")]
    [InlineData("/client/partitions", "parameter name not found")]
    public async Task Malformed_input_is_a_parameter_error_that_names_the_parameter(string path, string message)
    {
        var refused = await RefusedAsync(HttpMethod.Get, path);
        Assert.Equal(2, refused.Code);
        Assert.StartsWith(message, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/nope")]
    [InlineData("/multiVer/getAll?name=vol")]
    public async Task An_unknown_path_answers_as_Go_does(string path) =>
        Assert.Equal((HttpStatusCode.NotFound, "404 page not found\n"), await RawAsync(HttpMethod.Get, path));

    [Fact]
    public async Task Another_zone_is_refused_with_the_message_in_the_envelope()
    {
        await AddAsync();
        var refused = await RefusedAsync(HttpMethod.Get, "/dataNode/add?addr=127.0.0.11:17310&zoneName=other&mediaType=1");
        Assert.Equal((1, "add datanode failed, err zoneName not match, old: default, new: other, hint DataNode mediaType not match"), refused);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"OpCode":-1}""")]
    public async Task A_posted_answer_that_is_no_task_is_a_parameter_error(string body) =>
        Assert.Equal(2, (await RefusedAsync(HttpMethod.Post, "/dataNode/response", body)).Code);

    [Fact]
    public async Task A_posted_answer_of_a_stranger_is_accepted_and_changes_nothing()
    {
        Assert.Equal("200", (await PostAsync("/dataNode/response", """{"ID":"x","OpCode":99,"OperatorAddr":"127.0.0.19:17310","Response":{}}""")).GetString());
        Assert.Equal(0, (await GetAsync("/admin/cluster/getAllDataNodes")).GetArrayLength());
    }

    [Fact]
    public async Task Nodes_register_report_and_take_a_volume()
    {
        var nodes = await StartNodesAsync(3);
        var listed = await GetAsync("/admin/cluster/getAllDataNodes");
        Assert.Equal(["Addr", "DomainAddr", "ForbidWriteOpOfProtoVer0", "ID", "IsWritable", "MediaType", "Status"], Names(listed[0]));
        Assert.All(listed.EnumerateArray(), node => Assert.True(node.GetProperty("Status").GetBoolean()));

        await GetAsync($"/admin/createVol?name=vol&owner=me&capacity=10&replicaNum=2&dpCount=3&dpSizeBytes={1L << 30}");
        var view = await GetAsync("/client/partitions?name=vol");
        Assert.Equal(["DataPartitions", "StatByClass", "VolReadOnly"], Names(view));
        var partitions = view.GetProperty("DataPartitions").EnumerateArray().ToList();
        Assert.Equal(
            ["Epoch", "Hosts", "IsDiscard", "IsRecover", "LeaderAddr", "MediaType", "PartitionID", "PartitionType", "ReplicaNum", "Status"],
            Names(partitions[0]));
        Assert.All(partitions, partition => Assert.Equal(2, partition.GetProperty("Status").GetInt32()));
        var pairs = partitions.Select(partition => string.Join('+', partition.GetProperty("Hosts").EnumerateArray().Select(host => host.GetString()).Order()));
        Assert.Equal(3, pairs.Distinct().Count());

        var one = await GetAsync("/dataPartition/get?id=1&name=vol");
        Assert.Equal("vol", one.GetProperty("VolName").GetString());
        Assert.Equal(2, one.GetProperty("Hosts").GetArrayLength());
        Assert.Equal(["addr", "id", "raftHeartbeat", "raftReplica"], Names(one.GetProperty("Peers")[0]));
        Assert.Equal("/disk1", one.GetProperty("Replicas")[0].GetProperty("DiskPath").GetString());

        var node = await GetAsync($"/dataNode/get?addr={nodes[0].Address}");
        Assert.Equal(2, node.GetProperty("PersistenceDataPartitions").GetArrayLength());
        Assert.Equal(["Disk", "PartitionId"], Names(node.GetProperty("PersistenceDataPartitionsWithDiskPath")[0]));

        var volume = await GetAsync("/admin/getVol?name=vol");
        Assert.Equal((3, 3, "me"), (volume.GetProperty("DpCnt").GetInt32(), volume.GetProperty("RwDpCnt").GetInt32(), volume.GetProperty("Owner").GetString()));
        var cluster = await GetAsync("/admin/getCluster");
        Assert.Equal(("lab", $"{Master.EndPoint}", 3), (cluster.GetProperty("Name").GetString(), cluster.GetProperty("LeaderAddr").GetString(), cluster.GetProperty("DataNodes").GetArrayLength()));

        Assert.Contains("exists already", (await RefusedAsync(HttpMethod.Get, "/admin/createVol?name=vol&owner=me&capacity=10")).Message, StringComparison.Ordinal);
        await GetAsync("/vol/delete?name=vol");
        Assert.Equal(7, (await RefusedAsync(HttpMethod.Get, "/client/partitions?name=vol")).Code);
        Assert.Equal(11, (await RefusedAsync(HttpMethod.Get, "/dataPartition/get?id=1")).Code);
    }

    [Fact]
    public async Task Objects_are_put_listed_and_deleted_down_to_the_node()
    {
        var nodes = await StartNodesAsync(1);
        await GetAsync($"/admin/createVol?name=vol&owner=me&capacity=10&replicaNum=1&dpCount=1&dpSizeBytes={1L << 30}");
        var put = (await PostAsync("/cubeactors/objects/intents", """{"volume":"vol","name":"a/ö","size":5}""")).GetProperty("intentId").GetUInt64();
        const string piece = """{"fileOffset":0,"partitionId":1,"extentId":1025,"extentOffset":0,"size":5}""";
        await PostAsync($"/cubeactors/objects/intents/{put}/extents", $$"""{"extents":[{{piece}}]}""");
        var entry = await PostAsync($"/cubeactors/objects/intents/{put}/commit", $$"""{"sha256":"{{Build.Sha256}}","extents":[{{piece}}]}""");
        Assert.Equal(["createdAt", "name", "sha256", "size", "volume"], Names(entry));

        await RestartAsync();
        var page = await GetAsync("/cubeactors/objects?volume=vol&prefix=a/");
        Assert.Equal(["next", "objects"], Names(page));
        Assert.Equal("a/ö", page.GetProperty("objects")[0].GetProperty("name").GetString());
        var found = await GetAsync($"/cubeactors/objects/object?volume=vol&name={Uri.EscapeDataString("a/ö")}");
        Assert.Equal(["createdAt", "extents", "name", "sha256", "size", "volume"], Names(found));
        Assert.Equal(["extentId", "extentOffset", "fileOffset", "partitionId", "size"], Names(found.GetProperty("extents")[0]));

        var removed = await DeleteAsync($"/cubeactors/objects/object?volume=vol&name={Uri.EscapeDataString("a/ö")}");
        Assert.Equal(1UL, removed.GetProperty("garbageId").GetUInt64());
        await nodes[0].DeletedSome.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(new ExtentId(1025), Assert.Single(nodes[0].Deleted).ExtentId);
        Assert.Equal(["lastError", "pendingBytes", "pendingExtents"], Names(await GetAsync("/cubeactors/garbage?volume=vol")));
    }

    [Theory]
    [InlineData("/cubeactors/objects/intents", "")]
    [InlineData("/cubeactors/objects/intents", """{"volume":"vol"}""")]
    [InlineData("/cubeactors/objects/intents", """{"volume":null,"name":"x"}""")]
    [InlineData("/cubeactors/objects/intents/x/abort", "")]
    [InlineData("/cubeactors/objects/intents/1/extents", """{"extents":7}""")]
    [InlineData("/cubeactors/objects/intents/1/commit", """{"extents":[]}""")]
    public async Task Object_calls_that_are_malformed_are_parameter_errors(string path, string body) =>
        Assert.Equal(2, (await RefusedAsync(HttpMethod.Post, path, body)).Code);

    [Fact]
    public async Task A_body_above_its_limit_is_refused_and_not_read()
    {
        var refused = await RefusedAsync(HttpMethod.Post, "/cubeactors/objects/intents", new string(' ', (16 << 20) + 1));
        Assert.Equal(2, refused.Code);
        Assert.StartsWith("the body is unusable", refused.Message, StringComparison.Ordinal);
    }
}
