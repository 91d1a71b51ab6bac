using CubeActors.Actors;

namespace CubeActors.Node.Tests;

/// <summary>The limits of the disks' work, shown and set in the shape of CubeFS.</summary>
public sealed class QosPathTests : OperatorPathTest
{
    [Fact]
    public Task Limits_are_shown() => AssertAsync(
        "/getDiskQos", 200, "",
        """{"disks":[{"path":"/data/disk1","qosEnable":true,"asyncQosEnable":true,"read":{"FlowLimit":3,"FlowUsed":4,"IOConcurrency":10,"IOQueue":80,"IORunning":5,"IOWaiting":6,"IOHanging":0,"Factor":8},"write":{"FlowLimit":0,"FlowUsed":0,"IOConcurrency":0,"IOQueue":0,"IORunning":0,"IOWaiting":0,"IOHanging":0,"Factor":7},"asyncRead":{"FlowLimit":0,"FlowUsed":0,"IOConcurrency":0,"IOQueue":0,"IORunning":0,"IOWaiting":0,"IOHanging":0,"Factor":0},"asyncWrite":{"FlowLimit":0,"FlowUsed":0,"IOConcurrency":0,"IOQueue":0,"IORunning":0,"IOWaiting":0,"IOHanging":0,"Factor":0},"delete":{"FlowLimit":0,"FlowUsed":0,"IOConcurrency":0,"IOQueue":0,"IORunning":0,"IOWaiting":0,"IOHanging":0,"Factor":0},"IopsStatus":{"ReadIops":0,"WriteIops":0,"AsyncReadIops":0,"AsyncWriteIops":0,"DeleteIops":0}}],"zone":"default"}""");

    [Fact]
    public async Task A_node_that_is_being_made_has_no_limits_and_takes_none()
    {
        Surface = null;
        await AssertAsync("/getDiskQos", 200, "", """{"disks":[],"zone":"default"}""");
        await AssertAsync("/setDiskQos?diskReadIops=5", 503, "the node is starting; ask again in a moment", "null");
    }

    [Fact]
    public async Task Any_of_the_limits_is_set_and_the_others_stay()
    {
        await AssertAsync("/setDiskQos?diskReadFlow=100&diskAsyncWriteIocc=-1&diskWQueFactor=3", 200, "", "\"success\"");
        Assert.Equal(
            DiskQosSettings.Default with { Read = new DiskClassLimits(0, 0, 100), AsyncWrite = DiskQosSettings.Default.AsyncWrite with { Concurrent = 0 } }, Qos.Settings);
        Assert.Equal(3, Qos.WriteQueueFactor);
    }

    [Fact]
    public async Task A_value_that_is_no_number_sets_nothing_at_all()
    {
        await AssertAsync("/setDiskQos?diskReadFlow=100&diskWriteFlow=x", 400, "strconv.Atoi: parsing \\u0022x\\u0022: invalid syntax", "null");
        Assert.Equal(DiskQosSettings.Default, Qos.Settings);
    }

    [Fact]
    public void All_fifteen_keys_name_a_limit_of_their_own()
    {
        Assert.Equal(15, QosKeys.All.Count);
        var settings = QosKeys.Apply(DiskQosSettings.Default, QosKeys.All.Select((key, index) => (key, index)).ToDictionary(pair => pair.key, pair => pair.index + 1));
        Assert.Equal(
            (new DiskClassLimits(1, 2, 3), new DiskClassLimits(4, 5, 6), new DiskClassLimits(7, 8, 9), new DiskClassLimits(10, 11, 12), new DiskClassLimits(13, 14, 15)),
            (settings.Read, settings.Write, settings.AsyncRead, settings.AsyncWrite, settings.Delete));
    }

    [Theory]
    [InlineData("normal", false, true)]
    [InlineData("async", true, false)]
    public async Task Limits_are_switched_by_kind(string type, bool normal, bool background)
    {
        await AssertAsync($"/qosEnable?enable=false&qosType={type}", 200, "", $"\"Successfully set {type} QosEnable to false\"");
        Assert.Equal((normal, background), (Qos.Settings.IsEnabled, Qos.Settings.IsAsyncEnabled));
    }

    [Theory]
    [InlineData("/qosEnable?enable=true&qosType=x", "qos type x not exist")]
    [InlineData("/qosEnable?enable=true", "key(qosType) can not omit empty")]
    [InlineData("/qosEnable?qosType=async", "key(enable) can not omit empty")]
    [InlineData("/setAutoRepairStatus", "key(autoRepair) can not omit empty")]
    [InlineData("/setDiskExtentReadLimitStatus", "parse param status fail: strconv.ParseBool: parsing \\u0022\\u0022: invalid syntax")]
    [InlineData("/releaseDiskExtentReadLimitToken?disk=/x", "disk /x is not found")]
    public Task What_cannot_be_meant_is_refused(string path, string msg) => AssertAsync(path, 400, msg, "null");

    [Fact]
    public async Task Repair_of_extents_is_switched()
    {
        await AssertAsync("/setAutoRepairStatus?autoRepair=false", 200, "", "false");
        Assert.False(Qos.RepairsNormalExtents);
        await AssertAsync("/setAutoRepairStatus?autoRepair=1", 200, "", "true");
        Assert.True(Qos.RepairsNormalExtents);
    }

    [Fact]
    public async Task One_repair_read_a_disk_is_switched_shown_and_its_token_given_back()
    {
        await AssertAsync("/setDiskExtentReadLimitStatus?status=true", 200, "", "\"success\"");
        await AssertAsync("/queryDiskExtentReadLimitStatus", 200, "", """{"infos":[{"diskPath":"/data/disk1","extentReadLimitStatus":true,"dp":0}]}""");
        await AssertAsync("/releaseDiskExtentReadLimitToken?disk=/data/disk1", 200, "", "\"success\"");
        Assert.Equal(["/data/disk1"], Qos.Released);
    }
}
