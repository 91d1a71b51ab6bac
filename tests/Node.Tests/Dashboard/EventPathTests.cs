using System.Net;
using System.Text.Json;
using CubeActors.Actors;
using CubeActors.TestKit.Network;
using Serilog.Core;

namespace CubeActors.Node.Tests;

/// <summary>The streams of the dashboard on the operators' port, in virtual time.</summary>
public sealed class EventPathTests : IAsyncLifetime
{
    private const int StreamsMax = 6;
    private const string Cluster = $"{EventPaths.Path}?of=cluster";

    private readonly HttpClient _client = new();
    private readonly ManualTime _time = new();
    private readonly ManualResetEventSlim _answers = new(initialState: true);
    private NodeHttp _http = null!; // set before any test runs
    private volatile NodeStatus _status = new(NodePhase.Loading, ["not registered"], 0, "", [], []);

    public async Task InitializeAsync()
    {
        var settings = SampleConfig.Read().Http! with { EndPoint = new IPEndPoint(IPAddress.Loopback, 0), StreamsMax = StreamsMax };
        var desk = new OperatorDesk(Status, () => null, "default", _time);
        _http = await NodeHttp.StartAsync(settings, desk, Logger.None);
        _client.BaseAddress = new Uri($"http://{_http.EndPoint}");
    }

    public async Task DisposeAsync()
    {
        _answers.Set();
        _client.Dispose();
        await _http.DisposeAsync();
        _answers.Dispose();
    }

    [Fact]
    public async Task A_stream_begins_with_what_was_and_tells_every_second_what_is()
    {
        using var reply = await OpenAsync();
        Assert.Equal(
            (HttpStatusCode.OK, "text/event-stream; charset=utf-8", "no-store"), (reply.StatusCode, reply.Content.Headers.ContentType!.ToString(), reply.Headers.CacheControl!.ToString()));
        using var events = new StreamReader(await reply.Content.ReadAsStreamAsync());
        Assert.Equal("history", (await ReadAsync(events)).Name);
        var (name, first) = await ReadAsync(events);
        Assert.Equal(("node", "Loading"), (name, first.GetProperty("node").GetProperty("phase").GetString()));
        Assert.False(first.TryGetProperty("point", out _)); // one look makes no rate
        _status = _status with { Phase = NodePhase.Ready, NotReady = [] };
        await _time.FireAsync(EventPaths.NodePeriod);
        var (_, second) = await ReadAsync(events);
        Assert.Equal("Ready", second.GetProperty("node").GetProperty("phase").GetString());
        Assert.Equal(1, second.GetProperty("point").GetProperty("seconds").GetDouble());
    }

    [Fact]
    public async Task The_cluster_is_a_stream_of_its_own()
    {
        using var reply = await OpenAsync(Cluster);
        using var events = new StreamReader(await reply.Content.ReadAsStreamAsync());
        var (name, cluster) = await ReadAsync(events);
        Assert.Equal(("cluster", true), (name, Assert.Single(cluster.GetProperty("members").EnumerateArray()).GetProperty("isSelf").GetBoolean()));
        await _time.FireAsync(EventPaths.ClusterPeriod);
        Assert.Equal("cluster", (await ReadAsync(events)).Name);
    }

    [Fact]
    public async Task Who_comes_later_gets_the_points_that_were_seen_before()
    {
        using var first = await OpenAsync();
        using var events = new StreamReader(await first.Content.ReadAsStreamAsync());
        await ReadAsync(events);
        await ReadAsync(events);
        await _time.FireAsync(EventPaths.NodePeriod);
        await ReadAsync(events);
        using var second = await OpenAsync();
        using var later = new StreamReader(await second.Content.ReadAsStreamAsync());
        var (name, history) = await ReadAsync(later);
        Assert.Equal(("history", 1), (name, history.GetProperty("points").GetArrayLength()));
    }

    [Fact]
    public async Task A_node_that_takes_long_to_look_at_itself_keeps_the_stream_alive()
    {
        _answers.Reset();
        using var reply = await OpenAsync();
        using var events = new StreamReader(await reply.Content.ReadAsStreamAsync());
        await ReadAsync(events);
        await _time.FireAsync(EventPaths.HeartbeatPeriod);
        Assert.Equal(":", (await events.ReadLineAsync())!.TrimEnd());
        _answers.Set();
        await events.ReadLineAsync();
        Assert.Equal("node", (await ReadAsync(events)).Name);
    }

    [Fact]
    public async Task More_pages_than_allowed_are_refused_until_one_is_closed()
    {
        var open = new List<HttpResponseMessage>();
        try
        {
            for (var i = 0; i < StreamsMax; i++) open.Add(await OpenAsync(i % 2 == 0 ? EventPaths.Path : Cluster));
            using (var refused = await OpenAsync()) Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            open[0].Dispose();
            open.RemoveAt(0);
            for (var start = Environment.TickCount64; ;) // the port learns of it by the connection's end
            {
                using var admitted = await OpenAsync();
                if (admitted.StatusCode == HttpStatusCode.OK) break;
                Assert.True(Environment.TickCount64 - start < 60_000, "the place of a page that was closed is not given again");
                await Task.Yield();
            }
        }
        finally
        {
            open.ForEach(reply => reply.Dispose());
        }
    }

    [Fact]
    public async Task An_open_stream_does_not_hold_up_the_end_of_the_port()
    {
        using var node = await OpenAsync();
        using var cluster = await OpenAsync(Cluster);
        using var events = new StreamReader(await node.Content.ReadAsStreamAsync());
        await ReadAsync(events);
        await _http.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20)); // Kestrel alone would wait 30 s for it
    }

    [Fact]
    public async Task A_stream_is_only_looked_at()
    {
        using var reply = await _client.PostAsync(EventPaths.Path, null);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, reply.StatusCode);
        using var other = await OpenAsync($"{EventPaths.Path}?of=everything");
        Assert.Equal(HttpStatusCode.BadRequest, other.StatusCode);
    }

    private NodeStatus Status()
    {
        _answers.Wait(TimeSpan.FromSeconds(60));
        return _status;
    }

    private Task<HttpResponseMessage> OpenAsync(string path = EventPaths.Path) => _client.GetAsync(path, HttpCompletionOption.ResponseHeadersRead);

    private static async Task<(string Name, JsonElement Data)> ReadAsync(StreamReader events)
    {
        var name = await events.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60));
        var data = await events.ReadLineAsync();
        Assert.Equal("", await events.ReadLineAsync());
        using var document = JsonDocument.Parse(data!["data: ".Length..]);
        return (name!["event: ".Length..], document.RootElement.Clone());
    }
}
