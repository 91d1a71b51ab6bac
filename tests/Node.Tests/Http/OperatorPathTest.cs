using System.Net;
using CubeActors.Actors;
using CubeActors.Protocol.Master;
using Serilog.Core;

namespace CubeActors.Node.Tests;

/// <summary>The operators' port on loopback, and a node that the test writes the answers of.</summary>
public abstract class OperatorPathTest : IAsyncLifetime
{
    private readonly HttpClient _client = new();
    private NodeHttp _http = null!; // set before any test runs

    private protected ScriptedInspection Partitions { get; } = new();
    private protected OperationMeters Meters { get; } = new(TimeProvider.System, LatencyBounds.Operations);
    private protected LogLevels Levels { get; } = new(Serilog.Events.LogEventLevel.Information);

    private protected IPEndPoint EndPoint => _http.EndPoint;

    private protected virtual OrderGuard Guard => OrderGuard.None;

    private protected ScriptedQos Qos { get; } = new();
    private protected ScriptedOrders Orders { get; } = new();
    private protected ScriptedDrain Drain { get; } = new();
    private protected ScriptedLedger Ledger { get; } = new();

    private protected NodeStatus Status { get; set; } = new(
        NodePhase.Ready, [], 4, "127.0.0.11:17310", [new DiskFigures("/data/disk1", DiskState.Ready, 1000, 300, 650, 50, 1, 1, "")], [ScriptedInspection.Figures]);

    /// <summary>Null as long as the node is being made.</summary>
    private protected NodeSurface? Surface { get; set; }

    internal static NodeFigures Figures { get; } = new(
        "spark", 3, 2, 8192, 0, 1, [new DiskQueue("/data/disk1", 4, 5)],
        new RaftFigures(new Dictionary<CubeActors.Raft.RaftRole, int> { [CubeActors.Raft.RaftRole.Leader] = 1 }, 6, 0, 0, 7, 8, 9, 10, 11, 12, [("lost", 13)], [("stalled", 14)], 15, 16));

    public async Task InitializeAsync()
    {
        Surface = MakeSurface();
        var settings = SampleConfig.Read().Http! with { EndPoint = new IPEndPoint(IPAddress.Loopback, 0), Guard = Guard };
        var page = new MetricsPage(() => Status, () => Surface, new LogTally(), TimeProvider.System);
        var desk = new OperatorDesk(() => Status, () => Surface, "default", new FixedTime()) { Levels = Levels, Metrics = page.Write };
        _http = await NodeHttp.StartAsync(settings, desk, Logger.None);
        _client.BaseAddress = new Uri($"http://{_http.EndPoint}");
    }

    public virtual async Task DisposeAsync()
    {
        _client.Dispose();
        await _http.DisposeAsync();
    }

    private protected virtual NodeSurface MakeSurface() =>
        new(Partitions, Meters, () => Figures, () => new DataNodeHeartbeatResponse { Total = 5, ZoneName = "default", Status = 1, StartTime = 1_700_000_000 })
        {
            Operations = Orders,
            Qos = Qos,
            Drain = Drain,
            Ledger = Ledger,
            Marking = Orders,
            Recent = () => Orders.Recent,
            ReportRecent = isOn => Orders.ReportsRecent = isOn,
        };

    private protected async Task<(int Code, string Body)> GetAsync(string path)
    {
        using var reply = await _client.GetAsync(path);
        return ((int)reply.StatusCode, await reply.Content.ReadAsStringAsync());
    }

    /// <summary>What a refused sender is asked for.</summary>
    private protected async Task<(int Code, string WwwAuthenticate)> AskedForAsync(string path)
    {
        using var reply = await _client.GetAsync(path);
        return ((int)reply.StatusCode, reply.Headers.WwwAuthenticate.ToString());
    }

    private protected async Task<(int Code, string Body)> PostAsync(string path, params (string Key, string Value)[] form)
    {
        using var content = new FormUrlEncodedContent(form.Select(pair => new KeyValuePair<string, string>(pair.Key, pair.Value)));
        using var reply = await _client.PostAsync(path, content);
        return ((int)reply.StatusCode, await reply.Content.ReadAsStringAsync());
    }

    private protected async Task<(int Code, string Body)> SendAsync(HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, path);
        using var reply = await _client.SendAsync(request);
        return ((int)reply.StatusCode, await reply.Content.ReadAsStringAsync());
    }

    /// <summary>The envelope as literal JSON.</summary>
    private protected async Task AssertAsync(string path, int code, string msg, string data) =>
        Assert.Equal((code, $$"""{"code":{{code}},"msg":"{{msg}}","data":{{data}}}"""), await GetAsync(path));

    private sealed class FixedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    }
}
