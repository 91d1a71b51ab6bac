using Serilog.Events;

namespace CubeActors.Node.Tests;

/// <summary>Paths that change what is measured and logged.</summary>
public sealed class SettingPathTests : OperatorPathTest
{
    [Fact]
    public async Task The_share_of_requests_that_is_measured_is_shown_and_set_in_plain_text()
    {
        Assert.Equal((200, "0\n"), await GetAsync("/getMetricsDegrade"));
        Assert.Equal((200, "Set metrics degrade level to 10 successfully\n"), await GetAsync("/setMetricsDegrade?level=10"));
        Assert.Equal((200, "10\n"), await GetAsync("/getMetricsDegrade"));
        Assert.Equal(10, Meters.Degrade);
    }

    [Fact]
    public async Task A_missing_or_bad_level_changes_nothing()
    {
        Assert.Equal((200, ""), await GetAsync("/setMetricsDegrade"));
        Assert.Equal((200, "key(level) can not omit error(strconv.ParseInt: parsing \"x\": invalid syntax)"), await GetAsync("/setMetricsDegrade?level=x"));
        Assert.Equal(0, Meters.Degrade);
    }

    [Fact]
    public async Task Labels_by_partition_are_switched()
    {
        await AssertAsync("/setEnablePid?enablePid=true", 200, "", "\"set enablePid true success\"");
        Assert.True(Meters.ByPartition);
        await AssertAsync("/setEnablePid?enablePid=x", 400, "parse param x failL: strconv.ParseBool: parsing \\u0022x\\u0022: invalid syntax", "null");
        Assert.True(Meters.ByPartition);
    }

    [Theory]
    [InlineData("debug", LogEventLevel.Debug)]
    [InlineData("INFO", LogEventLevel.Information)]
    [InlineData("read", LogEventLevel.Information)]
    [InlineData("write", LogEventLevel.Information)]
    [InlineData("warn", LogEventLevel.Warning)]
    [InlineData("error", LogEventLevel.Error)]
    [InlineData("critical", LogEventLevel.Fatal)]
    [InlineData("fatal", LogEventLevel.Fatal)]
    public async Task The_level_of_the_log_is_set(string word, LogEventLevel expected)
    {
        await AssertAsync($"/loglevel/set?level={word}", 200, "", "\"set log level success\"");
        Assert.Equal(expected, Levels.Switch.MinimumLevel);
    }

    [Theory]
    [InlineData("")]
    [InlineData("loud")]
    public async Task A_word_that_is_no_level_is_refused(string word)
    {
        await AssertAsync($"/loglevel/set?level={word}", 400, "level only can be set :debug,info,warn,error,critical,read,write,fatal", "null");
        Assert.Equal(LogEventLevel.Information, Levels.Switch.MinimumLevel);
    }

    [Fact]
    public async Task The_web_server_never_tells_each_request()
    {
        await GetAsync("/loglevel/set?level=debug");
        Assert.Equal(LogEventLevel.Warning, Levels.WebSwitch.MinimumLevel);
        await GetAsync("/loglevel/set?level=error");
        Assert.Equal(LogEventLevel.Error, Levels.WebSwitch.MinimumLevel);
    }

    [Fact]
    public async Task Metrics_are_served_on_the_operators_port_too()
    {
        var (code, body) = await GetAsync("/metrics");
        Assert.Equal(200, code);
        Assert.Contains("\ncfs_dataNode_connectionCnt 3\n", body, StringComparison.Ordinal);
        Assert.Contains("\ncubeactors_reply_mismatches_total 1\n", body, StringComparison.Ordinal);
    }
}
