using CubeActors.Actors;

namespace CubeActors.Node.Tests;

/// <summary>Orders to disks and partitions: what reaches them, and what is answered in the words of CubeFS.</summary>
public sealed class OrderPathTests : OperatorPathTest
{
    [Theory]
    [InlineData("/setDiskBad?diskPath=/data/disk1", "bad /data/disk1", "OK")]
    [InlineData("/markDiskBroken?disk=/data/disk1", "break /data/disk1", "success")]
    [InlineData("/markDataPartitionBroken?id=7&status=false", "break 7", "success")]
    [InlineData("/markDataPartitionBroken?id=7&status=1", "restore 7", "success")]
    [InlineData("/reloadDataPartition?id=7", "reload 7", "success")]
    [InlineData("/detachDataPartition?id=7", "detach 7", "success")]
    [InlineData("/loadDataPartition?id=8&disk=/data/disk1", "load 8 /data/disk1", "success")]
    public async Task An_order_is_given_and_answered_when_it_is_done(string path, string expected, string answer)
    {
        await AssertAsync(path, 200, "", $"\"{answer}\"");
        Assert.Equal([expected], Orders.Given);
    }

    [Theory]
    [InlineData("/setDiskBad?diskPath=/data/disk1")]
    [InlineData("/markDiskBroken?disk=/data/disk1")]
    [InlineData("/markDataPartitionBroken?id=7&status=false")]
    [InlineData("/reloadDataPartition?id=7")]
    [InlineData("/detachDataPartition?id=7")]
    [InlineData("/loadDataPartition?id=8&disk=/data/disk1")]
    public Task An_order_that_is_refused_says_why(string path)
    {
        Orders.Refusal = "the disk is being closed";
        return AssertAsync(path, 400, "the disk is being closed", "null");
    }

    [Theory]
    [InlineData("/setDiskBad", 400, "key(diskPath) can not omit empty")]
    [InlineData("/setDiskBad?diskPath=/x", 400, "not exit such dissk, path: /x")]
    [InlineData("/markDiskBroken?disk=/x", 400, "disk /x is not found")]
    [InlineData("/markDataPartitionBroken?id=7", 400, "parse param status fail: strconv.ParseBool: parsing \\u0022\\u0022: invalid syntax")]
    [InlineData("/markDataPartitionBroken?id=8&status=0", 400, "partition not found")]
    [InlineData("/reloadDataPartition", 400, "parse form fail: key(id) can not omit empty")]
    [InlineData("/reloadDataPartition?id=8", 404, "partition not exist")]
    [InlineData("/detachDataPartition", 400, "parse param id fail: strconv.ParseUint: parsing \\u0022\\u0022: invalid syntax")]
    [InlineData("/detachDataPartition?id=8", 400, "partition not exist")]
    [InlineData("/loadDataPartition?id=7&disk=/data/disk1", 400, "partition is already loaded")]
    [InlineData("/loadDataPartition?id=8&disk=/x", 400, "disk /x is not found")]
    public async Task What_cannot_be_meant_is_refused_and_ordered_of_nobody(string path, int code, string msg)
    {
        await AssertAsync(path, code, msg, "null");
        Assert.Empty(Orders.Given);
    }

    [Fact]
    public async Task A_disk_that_is_given_up_already_is_left_alone()
    {
        Status = Status with { Disks = [Status.Disks[0] with { State = DiskState.Unavailable }] };
        await AssertAsync("/setDiskBad?diskPath=/data/disk1", 200, "", "\"disk(/data/disk1) status was already unavailable, nothing to do\"");
        Assert.Empty(Orders.Given);
    }

    [Fact]
    public async Task A_partition_is_not_loaded_anew_while_disks_are_being_loaded()
    {
        Status = Status with { Disks = [Status.Disks[0] with { State = DiskState.Loading }] };
        await AssertAsync("/reloadDataPartition?id=7", 400, "please wait for disk loading", "null");
    }

    [Fact]
    public async Task Directories_are_marked_as_the_clusters()
    {
        await AssertAsync("/genClusterVersionFile", 200, "", "\"Generate cluster version file success\"");
        Orders.Mark = new ClusterMark("/data/disk1", null);
        await AssertAsync("/genClusterVersionFile", 201, "cluster version file already exists in /data/disk1", "null");
        Orders.Mark = new ClusterMark(null, "no master answers");
        await AssertAsync("/genClusterVersionFile", 500, "Failed to create cluster version file: no master answers", "null");
    }

    [Theory]
    [InlineData("/setDiskBad?diskPath=/data/disk1")]
    [InlineData("/genClusterVersionFile")]
    public Task A_node_that_is_being_made_takes_no_orders(string path)
    {
        Surface = null;
        return AssertAsync(path, 503, "the node is starting; ask again in a moment", "null");
    }

    [Fact]
    public async Task What_was_done_most_is_listed()
    {
        const string Seven = """{"Name":"dp_7_read","Op":"read","Count":3}""", Seventy = """{"Name":"dp_70_write","Op":"write","Count":2}""";
        await AssertAsync("/getOpLog?opType=dp", 200, "", $"[{Seven},{Seventy}]");
        await AssertAsync("/getOpLog?opType=dp&dpId=7", 200, "", $"[{Seven}]");
        await AssertAsync("/getOpLog?opType=dp&op=RIT", 200, "", $"[{Seventy}]");
        await AssertAsync("/getOpLog?opType=disk&op=read", 200, "", """[{"Name":"/data/disk1","Op":"read","Count":5}]""");
        await AssertAsync("/getOpLog", 200, "", "null");
    }

    [Fact]
    public async Task The_masters_are_told_of_it_or_not()
    {
        await AssertAsync("/setOpLog?sendMaster=false", 200, "", "\"success\"");
        Assert.False(Orders.ReportsRecent);
        await AssertAsync("/setOpLog?recordFile=true", 200, "", "\"success\"");
        Assert.False(Orders.ReportsRecent);
    }
}
