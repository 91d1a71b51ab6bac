using System.Net;
using System.Text.Json;
using CubeActors.Actors;
using Serilog.Core;

namespace CubeActors.Node.Tests;

/// <summary>Goal: supervisors and operators are told the truth in every phase. Method: the real HTTP port on loopback, a status that the test sets.</summary>
public sealed class NodeHttpTests : IAsyncLifetime
{
    private static readonly DiskFigures Disk = new("/data/disk1", DiskState.Loading, 1000, 300, 650, 50, 2, 1, "") { Allocated = 400, ReadOnlyBelow = 60, IsDecommissioned = true };

    private static readonly PartitionFigures Partition = new(
        new(7), "photos", "/data/disk1", PartitionState.Serving, 400, 0, 64, 1024, ["127.0.0.11:17310"], [], "", () => null);

    private readonly HttpClient _client = new();
    private NodeHttp _http = null!;
    private NodeStatus _status = Status(NodePhase.Loading, "disk /data/disk1: 1 of 2 partitions settled", "not registered");

    public async Task InitializeAsync()
    {
        var settings = SampleConfig.Read().Http! with { EndPoint = new IPEndPoint(IPAddress.Loopback, 0), HeadersBytesMax = 4096 };
        _http = await NodeHttp.StartAsync(settings, Desk(), Logger.None);
        _client.BaseAddress = new Uri($"http://{_http.EndPoint}");
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _http.DisposeAsync();
    }

    [Theory]
    [InlineData(NodePhase.Binding)]
    [InlineData(NodePhase.Loading)]
    [InlineData(NodePhase.Ready)]
    [InlineData(NodePhase.Draining)]
    public async Task A_process_that_runs_is_alive_in_every_phase(NodePhase phase)
    {
        _status = Status(phase);
        var (code, reply) = await GetAsync("/livez");
        Assert.Equal((HttpStatusCode.OK, "livez", "service is running"), (code, Text(reply, "status"), Text(reply, "message")));
    }

    [Theory]
    [InlineData("/readyz")]
    [InlineData("/healthyz")]
    [InlineData("/startupz")]
    public async Task A_node_that_is_loading_is_not_ready_and_says_why(string path)
    {
        var (code, reply) = await GetAsync(path);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "not ready", "Loading"), (code, Text(reply, "status"), Text(reply, "phase")));
        Assert.Equal(_status.NotReady, reply.GetProperty("reasons").EnumerateArray().Select(reason => reason.GetString()));
    }

    [Theory]
    [InlineData("/readyz")]
    [InlineData("/healthyz")]
    public async Task A_node_that_serves_is_ready_in_the_words_of_CubeFS(string path)
    {
        _status = Status(NodePhase.Ready);
        var (code, reply) = await GetAsync(path);
        Assert.Equal((HttpStatusCode.OK, "ready", "service is ready"), (code, Text(reply, "status"), Text(reply, "message")));
        Assert.False(reply.TryGetProperty("reasons", out _));
        Assert.True(DateTimeOffset.TryParse(Text(reply, "time"), out _));
    }

    [Fact]
    public async Task A_request_that_succeeds_has_no_line_in_the_log()
    {
        var log = new RecordedLog();
        var settings = SampleConfig.Read().Http! with { EndPoint = new IPEndPoint(IPAddress.Loopback, 0) };
        await using (var http = await NodeHttp.StartAsync(settings, Desk(), log.Logger))
        using (var reply = await _client.GetAsync($"http://{http.EndPoint}/livez")) Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        Assert.Empty(log.Lines);
    }

    [Fact]
    public async Task A_node_that_drains_is_not_ready_but_has_started()
    {
        _status = Status(NodePhase.Ready);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("/startupz")).Code);
        _status = Status(NodePhase.Draining, "stopping");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await GetAsync("/readyz")).Code);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("/startupz")).Code);
    }

    [Fact]
    public async Task A_verbose_probe_shows_disks_and_counts_partitions_by_state()
    {
        var (_, reply) = await GetAsync("/readyz?verbose");
        var disk = Assert.Single(reply.GetProperty("disks").EnumerateArray());
        Assert.Equal(("/data/disk1", "Loading", 650), (Text(disk, "path"), Text(disk, "state"), disk.GetProperty("available").GetInt64()));
        Assert.Equal(1, reply.GetProperty("partitions").GetProperty("Serving").GetInt32());
        Assert.False((await GetAsync("/readyz")).Reply.TryGetProperty("disks", out _));
    }

    [Fact]
    public async Task Disks_are_listed_in_the_shape_of_CubeFS()
    {
        var (code, reply) = await GetAsync("/disks");
        Assert.Equal((HttpStatusCode.OK, 200, ""), (code, reply.GetProperty("code").GetInt32(), Text(reply, "msg")));
        Assert.Equal("default", Text(reply.GetProperty("data"), "zone"));
        Assert.Equal(
            """{"path":"/data/disk1","total":1000,"used":300,"available":650,"unallocated":600,"allocated":400,"status":2,"restSize":50,"diskRdoSize":60,"partitions":2,"decommission":true,"isLost":false}""",
            Assert.Single(reply.GetProperty("data").GetProperty("disks").EnumerateArray()).GetRawText());
    }

    [Theory]
    [InlineData(DiskState.Ready, 650, 2)]
    [InlineData(DiskState.Ready, 0, 1)]
    [InlineData(DiskState.Opening, 650, 1)]
    [InlineData(DiskState.Unavailable, 650, -1)]
    public void A_disk_is_writable_only_while_it_can_take_writes(DiskState state, int available, int expected)
    {
        var disk = Disk with { State = state, Available = (ulong)available };
        Assert.Equal(expected, Assert.Single(DiskReplies.List(Status(NodePhase.Ready) with { Disks = [disk] }, "default").Disks).Status);
    }

    [Fact]
    public async Task An_unknown_path_is_answered_as_a_Go_node_does()
    {
        using var reply = await _client.GetAsync("/getEverything");
        Assert.Equal((HttpStatusCode.NotFound, "404 page not found\n"), (reply.StatusCode, await reply.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task A_request_with_too_large_headers_is_refused_and_the_port_goes_on()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/livez");
        request.Headers.Add("X-Long", new string('a', 8192));
        using var reply = await _client.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, reply.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("/livez")).Code);
    }

    [Fact]
    public async Task A_port_in_use_is_reported_by_its_key()
    {
        var taken = SampleConfig.Read().Http! with { EndPoint = _http.EndPoint };
        var failure = await Assert.ThrowsAsync<SettingsException>(() => NodeHttp.StartAsync(taken, Desk(), Logger.None));
        Assert.StartsWith($"prof: port {_http.EndPoint.Port} of 127.0.0.1 is in use", failure.Message, StringComparison.Ordinal);
    }

    private OperatorDesk Desk() => new(() => _status, () => null, "default", TimeProvider.System);

    private static NodeStatus Status(NodePhase phase, params string[] reasons) => new(phase, reasons, 4, "127.0.0.11:17310", [Disk], [Partition]);

    private static string? Text(JsonElement reply, string name) => reply.GetProperty(name).GetString();

    private async Task<(HttpStatusCode Code, JsonElement Reply)> GetAsync(string path)
    {
        using var reply = await _client.GetAsync(path);
        using var document = JsonDocument.Parse(await reply.Content.ReadAsStringAsync());
        return (reply.StatusCode, document.RootElement.Clone());
    }
}
