namespace CubeActors.Node.Tests;

/// <summary>With a token, paths that look are open and paths that change something are not.</summary>
public sealed class GuardedPathTests : OperatorPathTest
{
    private protected override OrderGuard Guard { get; } = OrderGuard.With("correct horse battery");

    [Theory]
    [InlineData("/setDiskBad?diskPath=/data/disk1")]
    [InlineData("/markDiskBroken?disk=/data/disk1")]
    [InlineData("/markDataPartitionBroken?id=7&status=0")]
    [InlineData("/reloadDataPartition?id=7")]
    [InlineData("/detachDataPartition?id=7")]
    [InlineData("/loadDataPartition?id=8&disk=/data/disk1")]
    [InlineData("/genClusterVersionFile")]
    [InlineData("/setOpLog?sendMaster=true")]
    [InlineData("/setMetricsDegrade?level=5")]
    [InlineData("/setEnablePid?enablePid=1")]
    [InlineData("/loglevel/set?level=debug")]
    public async Task Orders_need_the_token(string path)
    {
        Assert.Equal((401, "Bearer realm=\"cubeactors\""), await AskedForAsync(path));
        Assert.Empty(Orders.Given);
        Assert.Null(Orders.ReportsRecent);
        Assert.Equal(0, Meters.Degrade);
        Assert.Equal(Serilog.Events.LogEventLevel.Information, Levels.Switch.MinimumLevel);
    }

    [Theory]
    [InlineData("POST", "/cubeactors/drain")]
    [InlineData("DELETE", "/cubeactors/drain")]
    [InlineData("POST", "/cubeactors/log/level?level=debug")]
    [InlineData("POST", "/cubeactors/raft/7/transfer")]
    [InlineData("POST", "/cubeactors/operations/00000000-0000-0000-0000-000000000000/cancel")]
    [InlineData("POST", "/cubeactors/runtime/trace")]
    [InlineData("POST", "/cubeactors/runtime/dump")]
    [InlineData("PUT", "/cubeactors/what-is-not-there")]
    public async Task Orders_of_ours_need_it_too(string method, string path)
    {
        Assert.Equal(401, (await SendAsync(new HttpMethod(method), path)).Code);
        Assert.Empty(Drain.Orders);
        Assert.Equal(Serilog.Events.LogEventLevel.Information, Levels.Switch.MinimumLevel);
    }

    [Theory]
    [InlineData("/disks")]
    [InlineData("/partition?id=7")]
    [InlineData("/stats")]
    [InlineData("/getMetricsDegrade")]
    [InlineData("/getOpLog?opType=dp")]
    [InlineData("/metrics")]
    [InlineData("/livez")]
    [InlineData("/cubeactors/node")]
    public async Task Looking_needs_none(string path) => Assert.Equal(200, (await GetAsync(path)).Code);
}
