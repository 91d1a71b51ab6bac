using CubeActors.Protocol;

namespace CubeActors.Node.Tests;

/// <summary>Goal: what an operator's script parsed of a CubeFS node, it parses of this one. Method: literal JSON of each path over the real port.</summary>
public sealed class InspectionPathTests : OperatorPathTest
{
    private const string TinyExtent =
        """{"deleted":false,"Crc":0,"fileId":1,"size":8192,"modTime":50,"snapSize":134217728,"snapPreAllocSize":0,"applyID":0}""";

    private const string NormalExtent =
        """{"deleted":false,"Crc":9,"fileId":1025,"size":200000,"modTime":100,"snapSize":134217728,"snapPreAllocSize":0,"applyID":5}""";

    private const string RaftStatus =
        """{"ID":7,"NodeID":4,"Leader":4,"Term":3,"Index":12,"Commit":10,"Applied":9,"Vote":4,"PendQueue":2,"RecvQueue":6,"AppQueue":1,"TicketQueue":0,"Stopped":false,"RestoringSnapshot":false,"State":"StateLeader","Replicas":{"5":{"Match":11,"Commit":10,"Next":12,"State":"ReplicaStateReplicate","Snapshoting":false,"Paused":false,"Active":true,"LastActive":"2026-01-02T03:04:04.400Z","Inflight":1}}}""";

    [Fact]
    public Task Partitions_are_listed() => AssertAsync(
        "/partitions", 200, "",
        """{"partitions":[{"id":7,"size":1000,"used":300,"status":2,"path":"/data/disk1/datapartition_7_1000","replicas":["127.0.0.11:17310","127.0.0.12:17310"],"hosts":["127.0.0.11:17310","127.0.0.12:17310"]}],"partitionCount":1}""");

    [Fact]
    public Task A_partition_is_shown_with_its_extents_and_its_raft_group() => AssertAsync(
        "/partition?id=7", 200, "",
        $$"""{"volName":"photos","id":7,"size":1000,"used":300,"status":2,"path":"/data/disk1/datapartition_7_1000","extents":[{{TinyExtent}},{{NormalExtent}}],"fileCount":2,"replicas":["127.0.0.11:17310","127.0.0.12:17310"],"tinyDeleteRecordSize":48,"raftStatus":{{RaftStatus}}}""");

    [Theory]
    [InlineData("/partition?id=8")]
    [InlineData("/extent?partitionID=8&extentID=1025")]
    [InlineData("/block?partitionID=8&extentID=1025")]
    [InlineData("/getTinyDeleted?id=8")]
    [InlineData("/getNormalDeleted?id=8")]
    [InlineData("/getAllExtent?id=8&beforeTime=1")]
    public Task An_unknown_partition_is_not_found(string path) => AssertAsync(path, 404, "partition not exist", "null");

    [Theory]
    [InlineData("/partition?id=7")]
    [InlineData("/extent?partitionID=7&extentID=1025")]
    [InlineData("/getTinyDeleted?id=7")]
    [InlineData("/getAllExtent?id=7&beforeTime=1")]
    public async Task A_node_that_is_being_made_has_no_partitions(string path)
    {
        Surface = null;
        await AssertAsync(path, 404, "partition not exist", "null");
    }

    [Theory]
    [InlineData("/partition", "key(id) can not omit empty")]
    [InlineData("/extent?partitionID=7", "key(extentID) can not omit empty")]
    [InlineData("/extent?extentID=7", "key(partitionID) can not omit empty")]
    [InlineData("/block", "key(partitionID) can not omit empty")]
    [InlineData("/raftStatus?id=7", "key(raftID) can not omit empty")]
    [InlineData("/getTinyDeleted", "key(id) can not omit empty")]
    [InlineData("/getNormalDeleted", "key(id) can not omit empty")]
    [InlineData("/getRaftPeers", "parse param id fail: strconv.ParseUint: parsing \\u0022\\u0022: invalid syntax")]
    [InlineData("/getAllExtent?id=7", "strconv.ParseInt: parsing \\u0022\\u0022: invalid syntax")]
    [InlineData("/getAllExtent?beforeTime=5&id=x", "strconv.ParseUint: parsing \\u0022x\\u0022: invalid syntax")]
    public Task A_missing_parameter_is_refused(string path, string msg) => AssertAsync(path, 400, msg, "null");

    [Fact]
    public Task An_extent_is_shown() => AssertAsync("/extent?partitionID=7&extentID=1025", 200, "", NormalExtent);

    [Fact]
    public Task An_unknown_extent_is_an_error_of_the_server_as_in_CubeFS() => AssertAsync("/extent?partitionID=7&extentID=9", 500, "e extent 7_9 not exist", "null");

    [Fact]
    public Task Blocks_are_listed_with_their_CRCs() =>
        AssertAsync("/block?partitionID=7&extentID=1025", 200, "", """[{"BlockNo":0,"Crc":77},{"BlockNo":1,"Crc":0}]""");

    [Fact]
    public Task Blocks_of_an_unknown_extent_are_an_error() => AssertAsync("/block?partitionID=7&extentID=9", 500, "extent 7_9 not exist", "null");

    [Fact]
    public Task Deleted_tiny_objects_are_listed() => AssertAsync("/getTinyDeleted?id=7", 200, "", """[{"extentID":1,"offset":4096,"size":100}]""");

    [Fact]
    public Task Deleted_extents_are_listed() => AssertAsync("/getNormalDeleted?id=7", 200, "", """[{"extentID":1026,"offset":0,"size":0}]""");

    [Fact]
    public async Task Fsck_gets_the_normal_extents_that_were_changed_before_its_time()
    {
        await AssertAsync("/getAllExtent?id=7&beforeTime=100", 200, "", "[]");
        await AssertAsync("/getAllExtent?id=7&beforeTime=101", 200, "", $"[{NormalExtent[..^1]},\"gc_status\":\"normal\"}}]");
    }

    [Theory]
    [InlineData(ExtentLockKind.Normal, "normal")]
    [InlineData(ExtentLockKind.Mark, "gc_mark")]
    [InlineData(ExtentLockKind.Delete, "gc_delete")]
    public Task Fsck_sees_what_it_has_locked(ExtentLockKind locked, string name)
    {
        Partitions.Locked = locked;
        return AssertAsync("/getAllExtent?id=7&beforeTime=101", 200, "", $"[{NormalExtent[..^1]},\"gc_status\":\"{name}\"}}]");
    }

    [Fact]
    public async Task A_disk_that_does_not_answer_is_an_error_of_the_server()
    {
        Partitions.Problem = "the disk has not answered within 10 s";
        await AssertAsync("/partition?id=7", 500, "get watermark fail: the disk has not answered within 10 s", "null");
        await AssertAsync("/extent?partitionID=7&extentID=1025", 500, "the disk has not answered within 10 s", "null");
        await AssertAsync("/getAllExtent?id=7&beforeTime=100", 500, "get all extents failed", "null");
    }

    [Fact]
    public Task A_raft_group_is_shown() => AssertAsync("/raftStatus?raftID=7", 200, "", RaftStatus);

    [Fact]
    public Task A_raft_group_that_is_not_here_is_all_zero_and_stopped() => AssertAsync(
        "/raftStatus?raftID=8", 200, "",
        """{"ID":0,"NodeID":0,"Leader":0,"Term":0,"Index":0,"Commit":0,"Applied":0,"Vote":0,"PendQueue":0,"RecvQueue":0,"AppQueue":0,"TicketQueue":0,"Stopped":true,"RestoringSnapshot":false,"State":"","Replicas":null}""");

    [Fact]
    public async Task A_follower_shows_no_replicas()
    {
        Partitions.Group = Partitions.Group! with { Status = Partitions.Group.Status with { Role = CubeActors.Raft.RaftRole.PreCandidate } };
        Assert.Contains("\"State\":\"statePreCandidate\",\"Replicas\":null", (await GetAsync("/raftStatus?raftID=7")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Raft_peers_are_ids()
    {
        await AssertAsync("/getRaftPeers?id=7", 200, "", "[5]");
        await AssertAsync("/getRaftPeers?id=8", 200, "", "[]");
    }

    [Fact]
    public async Task The_report_of_the_node_is_shown_and_nothing_changes_by_it()
    {
        var (code, body) = await GetAsync("/stats");
        Assert.Equal(200, code);
        Assert.StartsWith("{\"code\":200,\"msg\":\"\",\"data\":{\"Total\":5,", body, StringComparison.Ordinal);
        Assert.Contains("\"ZoneName\":\"default\",\"PartitionReports\":[]", body, StringComparison.Ordinal);
        Assert.Equal(body, (await GetAsync("/stats")).Body);
    }

    [Fact]
    public Task There_is_no_pool_of_smux_streams() => AssertAsync("/getSmuxPoolStat", 500, "smux pool not supported", "null");

    [Fact]
    public async Task Parameters_may_come_as_a_form_by_any_method()
    {
        Assert.Equal((200, $$"""{"code":200,"msg":"","data":{{NormalExtent}}}"""), await PostAsync("/extent", ("partitionID", "7"), ("extentID", "1025")));
        Assert.Equal((400, """{"code":400,"msg":"key(partitionID) can not omit empty","data":null}"""), await PostAsync("/extent"));
    }

    [Theory]
    [InlineData("/getGOGC")]
    [InlineData("/setGOGC?gogc=50")]
    [InlineData("/debug/releaseMemory")]
    [InlineData("/debug/pprof/heap")]
    [InlineData("/debug/pprof")]
    [InlineData("/triggerRaftLogRotate")]
    public async Task What_belongs_to_the_Go_runtime_says_so_in_plain_text(string path)
    {
        var (code, body) = await GetAsync(path);
        Assert.Equal(501, code);
        Assert.EndsWith("\n", body, StringComparison.Ordinal);
        Assert.DoesNotContain("{", body, StringComparison.Ordinal);
    }
}
