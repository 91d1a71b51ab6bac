using System.Net;
using System.Text;
using System.Text.Json;

namespace CubeActors.ControlPlane.Tests;

/// <summary>A running master on loopback, asked over HTTP as anybody would.</summary>
public abstract class HttpScenario : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("master-").FullName;
    private readonly HttpClient _http = new();
    private readonly List<LoopbackNode> _nodes = [];
    private protected MasterHost Master { get; private set; } = null!;

    private protected MasterOptions Options => new()
    {
        Listen = new IPEndPoint(IPAddress.Loopback, 0),
        DataDirectory = _directory,
        ClusterName = "lab",
        Random = new Random(1),
        Hocon = "akka.stdout-loglevel = OFF",
    };

    public async Task InitializeAsync() => Master = await MasterHost.StartAsync(Options);

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes) await node.DisposeAsync();
        await Master.StopAsync();
        _http.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private protected async Task RestartAsync()
    {
        await Master.StopAsync();
        Master = await MasterHost.StartAsync(Options with { Listen = Master.EndPoint });
    }

    private protected async Task<LoopbackNode[]> StartNodesAsync(int count)
    {
        for (var i = 1; i <= count; i++)
        {
            var node = new LoopbackNode(i, Master.EndPoint);
            _nodes.Add(node);
            await node.RegisterAsync();
            await node.Reported;
        }

        return [.. _nodes];
    }

    private protected async Task<(HttpStatusCode Status, string Body)> RawAsync(HttpMethod method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(method, $"http://{Master.EndPoint}{path}");
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        request.Headers.ExpectContinue = body?.Length > 1 << 20; // or the refusal could meet a client that is still sending
        using var response = await _http.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>The data of a success.</summary>
    private protected async Task<JsonElement> GetAsync(string path) => Open(await RawAsync(HttpMethod.Get, path));

    private protected async Task<JsonElement> PostAsync(string path, string body) => Open(await RawAsync(HttpMethod.Post, path, body));

    private protected async Task<JsonElement> DeleteAsync(string path) => Open(await RawAsync(HttpMethod.Delete, path));

    /// <summary>Code and message of a refusal.</summary>
    private protected async Task<(int Code, string Message)> RefusedAsync(HttpMethod method, string path, string? body = null)
    {
        var (status, text) = await RawAsync(method, path, body);
        Assert.Equal(HttpStatusCode.OK, status);
        using var envelope = JsonDocument.Parse(text);
        Assert.Equal(JsonValueKind.Null, envelope.RootElement.GetProperty("data").ValueKind);
        return (envelope.RootElement.GetProperty("code").GetInt32(), envelope.RootElement.GetProperty("msg").GetString()!);
    }

    private static JsonElement Open((HttpStatusCode Status, string Body) answer)
    {
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        using var envelope = JsonDocument.Parse(answer.Body);
        Assert.True(envelope.RootElement.GetProperty("code").GetInt32() == 0, answer.Body);
        Assert.Equal("success", envelope.RootElement.GetProperty("msg").GetString());
        return envelope.RootElement.GetProperty("data").Clone();
    }
}
