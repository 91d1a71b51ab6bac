using System.Collections.Concurrent;
using System.Net;
using System.Text;
using CubeActors.TestKit.Network;

namespace CubeActors.Node.Tests;

/// <summary>Goal: monitoring learns of a node, again and again, and nobody is flooded when it cannot. Method: a scripted server and a clock that the test moves.</summary>
public sealed class AnnouncementTests : IAsyncLifetime
{
    private const string Server = "127.0.0.1:8500";

    private readonly ManualTime _time = new();
    private readonly SimulatedNetwork _network = new();
    private readonly ConcurrentQueue<HttpCall> _calls = new();
    private readonly RecordedLog _log = new();
    private readonly SimulatedHttpServer _server;
    private int _failures;

    public AnnouncementTests() => _server = new SimulatedHttpServer(_network, Server, call =>
    {
        _calls.Enqueue(call);
        return _calls.Count <= _failures ? HttpResult.Text(500, "no\n room\n") : HttpResult.Text(200, "");
    });

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        _server.Dispose();
        await _server.Running;
    }

    [Fact]
    public async Task Consul_is_told_at_once_and_every_ten_minutes()
    {
        await using (Announce(ConsulRegistration.Period, () => ConsulRegistration.Request(new Uri($"http://{Server}"), "10.0.0.5", 9500, "spark", "", "1.2")))
        {
            await _time.FireAsync(TimeSpan.FromMinutes(10));
            await _time.FireAsync(TimeSpan.FromMinutes(10));
        }

        Assert.True(_calls.Count is 2 or 3); // the third may be under way when the end comes
        var call = _calls.First();
        Assert.Equal(("PUT", "/v1/agent/service/register"), (call.Method, call.Path));
        Assert.Equal(
            """{"Name":"cfs","ID":"cfs_dataNode_10.0.0.5_9500","Address":"10.0.0.5","Port":9500,"Tags":["app=cfs","role=dataNode","cluster=spark"],"Meta":{"app":"cfs","category":"custom","cluster":"spark","commit":"1.2","dataset":"custom","metric_path":"/metrics","role":"fuseclient"}}""",
            Encoding.UTF8.GetString(call.Body));
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task Nothing_is_told_before_there_is_something_to_tell()
    {
        var asked = 0;
        await using (Announce(TimeSpan.FromMinutes(10), () => ++asked > 2 ? Get() : null))
        {
            await _time.FireAsync(Announcer.Soon);
            Assert.Empty(_calls);
            await _time.FireAsync(Announcer.Soon);
            await _time.FireAsync(TimeSpan.FromMinutes(10));
        }

        Assert.True(_calls.Count >= 1);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task A_failure_is_logged_once_tried_again_soon_and_its_end_is_logged()
    {
        _failures = 4;
        await using (Announce(TimeSpan.FromMinutes(10), Get))
        {
            for (var i = 0; i < 4; i++) await _time.FireAsync(Announcer.Soon);
            await _time.FireAsync(TimeSpan.FromMinutes(10));
        }

        Assert.Equal(
            ["Warning Test: status 500, no room. It is tried again until it succeeds; only that is told", "Information Test: succeeded again"],
            _log.Lines.Select(line => line.Replace("\"", "", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_long_refusal_is_cut() => Assert.Equal(300, Teller.Refusal(400, new string('x', 5000)).Count(character => character == 'x'));

    [Fact]
    public async Task A_server_that_is_not_there_is_a_failure_like_any_other()
    {
        _network.Refuse(Server);
        await using (Announce(TimeSpan.FromMinutes(10), Get)) await _time.FireAsync(Announcer.Soon);
        Assert.StartsWith("Warning ", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_gateway_gets_the_page_under_the_grouping_of_CubeFS()
    {
        var page = Encoding.UTF8.GetBytes("# TYPE x gauge\nx 1\n");
        await using (Announce(PushGateway.Period, () => PushGateway.Request(new Uri($"http://{Server}/"), new PushOrigin("10.0.0.5", "spark", 42, "1.2", "", "host one"), page)))
            await _time.FireAsync(PushGateway.Period);

        var call = _calls.First();
        Assert.Equal("PUT", call.Method);
        Assert.Equal(page, call.Body);
        Assert.Equal(
            "/metrics/job/cbfs/cip/10.0.0.5/role/dataNode/cluster/spark/pid/42/commit/1.2/version/1.2/branch@base64/=/app/cfs/mountPoint@base64/Lw/hostName/host one",
            Uri.UnescapeDataString(call.Path));
    }

    [Theory]
    [InlineData("a=b;c=d", "a=b,c=d,cluster=spark,commit=1.2,metric_path=/metrics")]
    [InlineData("metric_path=/x", "cluster=spark,commit=1.2,metric_path=/x")]
    [InlineData("a=b;", null)]
    [InlineData("a=b=c", null)]
    [InlineData("a", null)]
    public void Pairs_for_consul_are_told_unless_they_are_malformed(string text, string? expected) =>
        Assert.Equal(expected, ConsulRegistration.Meta(text, "spark", "1.2") is { } meta ? string.Join(',', meta.Select(pair => $"{pair.Key}={pair.Value}")) : null);

    [Fact]
    public void The_first_address_that_is_not_loopback_and_passes_is_told()
    {
        IPAddress[] addresses = [IPAddress.Loopback, IPAddress.IPv6Loopback, IPAddress.Parse("192.168.1.2"), IPAddress.Parse("10.0.0.5")];
        Assert.Equal("192.168.1.2", MachineAddress.Choose(addresses, AddressFilter.All));
        Assert.True(AddressFilter.TryParse("^10\\.", out var filter));
        Assert.Equal("10.0.0.5", MachineAddress.Choose(addresses, filter));
        Assert.Null(MachineAddress.Choose([IPAddress.Loopback], filter));
    }

    private static HttpRequestMessage Get() => new(HttpMethod.Get, $"http://{Server}/");

    private Announcer Announce(TimeSpan period, Func<HttpRequestMessage?> request) =>
        new(new Announcement("Test", period, request), OutboundHttp.Create(_network), _time, _log.Logger, new TargetTally("test"));
}
