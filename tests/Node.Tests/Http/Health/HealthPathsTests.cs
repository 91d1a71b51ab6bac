using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using CubeActors.Actors;
using CubeActors.TestKit.Network;
using Serilog.Core;

namespace CubeActors.Node.Tests;

/// <summary>Goal: a client of gRPC learns on the operators' port whether the node serves. Method: HTTP/2 with prior knowledge, as such clients speak it in clear text.</summary>
public sealed class HealthPathsTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HttpClient _client = new(new SocketsHttpHandler { EnableMultipleHttp2Connections = true }); // one connection has fewer streams than there may be watches
    private readonly ManualTime _time = new();
    private volatile NodeStatus _status = Status(NodePhase.Loading);
    private NodeHttp _http = null!;

    public async Task InitializeAsync()
    {
        var settings = SampleConfig.Read().Http! with { EndPoint = new IPEndPoint(IPAddress.Loopback, 0) };
        _http = await NodeHttp.StartAsync(settings, new OperatorDesk(() => _status, () => null, "default", _time), Logger.None);
        _client.BaseAddress = new Uri($"http://{_http.EndPoint}");
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _http.DisposeAsync();
    }

    [Theory]
    [InlineData("", NodePhase.Binding, 2)]
    [InlineData("", NodePhase.Loading, 2)]
    [InlineData("", NodePhase.Ready, 1)]
    [InlineData("cubeactors.DataNode", NodePhase.Ready, 1)]
    [InlineData("cubeactors.DataNode", NodePhase.Draining, 2)]
    [InlineData("cubeactors.DataNode", NodePhase.Stopped, 2)]
    public async Task A_check_says_whether_the_node_serves(string service, NodePhase phase, byte status)
    {
        _status = Status(phase);
        var (reply, body) = await CheckAsync(HealthMessagesTests.Frame(HealthMessagesTests.Named(service)));
        Assert.Equal((HttpStatusCode.OK, "application/grpc", "0"), (reply.StatusCode, reply.Content.Headers.ContentType!.ToString(), Trailer(reply, "grpc-status")));
        Assert.Equal(HealthMessages.Response((ServingStatus)status), body);
    }

    [Fact]
    public async Task A_check_of_another_service_finds_none()
    {
        var (reply, body) = await CheckAsync(HealthMessagesTests.Frame(HealthMessagesTests.Named("other")));
        Assert.Equal(("5", 0), (Trailer(reply, "grpc-status"), body.Length)); // NOT_FOUND
    }

    [Fact]
    public async Task What_is_no_request_is_an_invalid_argument()
    {
        Assert.Equal("3", Trailer((await CheckAsync([0, 0])).Reply, "grpc-status"));
        Assert.Equal("3", Trailer((await CheckAsync(new byte[4000])).Reply, "grpc-status"));
    }

    [Fact]
    public async Task A_watch_tells_every_change_and_nothing_else()
    {
        using var reply = await SendAsync("Watch", HealthMessagesTests.Frame([]), HttpCompletionOption.ResponseHeadersRead);
        await using var stream = await reply.Content.ReadAsStreamAsync();
        Assert.Equal(ServingStatus.NotServing, await ReadAsync(stream));
        await _time.FireAsync(HealthPaths.Period); // nothing has changed, and nothing is told
        foreach (var (phase, expected) in new[] { (NodePhase.Ready, ServingStatus.Serving), (NodePhase.Draining, ServingStatus.NotServing) })
        {
            _status = Status(phase);
            await _time.FireAsync(HealthPaths.Period);
            Assert.Equal(expected, await ReadAsync(stream));
        }
    }

    [Fact]
    public async Task A_watch_of_another_service_goes_on_for_the_service_may_come()
    {
        using var reply = await SendAsync("Watch", HealthMessagesTests.Frame(HealthMessagesTests.Named("other")), HttpCompletionOption.ResponseHeadersRead);
        await using var stream = await reply.Content.ReadAsStreamAsync();
        Assert.Equal(ServingStatus.ServiceUnknown, await ReadAsync(stream));
    }

    [Fact]
    public async Task An_open_watch_does_not_hold_up_the_end_of_the_port()
    {
        using var reply = await SendAsync("Watch", HealthMessagesTests.Frame([]), HttpCompletionOption.ResponseHeadersRead);
        await using var stream = await reply.Content.ReadAsStreamAsync();
        await ReadAsync(stream);
        await _http.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20)); // Kestrel alone would wait 30 s for it
    }

    [Fact]
    public async Task More_watches_than_allowed_are_refused()
    {
        var open = new List<HttpResponseMessage>();
        try
        {
            for (var i = 0; i < HealthPaths.WatchesMax; i++)
            {
                open.Add(await SendAsync("Watch", HealthMessagesTests.Frame([]), HttpCompletionOption.ResponseHeadersRead));
                await ReadAsync(await open[^1].Content.ReadAsStreamAsync());
            }

            using var refused = await SendAsync("Watch", HealthMessagesTests.Frame([]), HttpCompletionOption.ResponseContentRead);
            Assert.Equal("8", Trailer(refused, "grpc-status")); // RESOURCE_EXHAUSTED
        }
        finally
        {
            open.ForEach(reply => reply.Dispose());
        }
    }

    [Fact]
    public async Task The_same_port_answers_HTTP_of_both_versions()
    {
        foreach (var version in new[] { HttpVersion.Version11, HttpVersion.Version20 })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/livez") { Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            using var reply = await _client.SendAsync(request);
            Assert.Equal((HttpStatusCode.OK, version), (reply.StatusCode, reply.Version));
        }
    }

    [Fact]
    public async Task A_call_that_is_not_of_gRPC_is_no_supported_media_type()
    {
        using var reply = await _client.PostAsync("/grpc.health.v1.Health/Check", new ByteArrayContent([0, 0, 0, 0, 0]));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, reply.StatusCode);
    }

    [Fact]
    public async Task A_request_that_comes_byte_by_byte_is_told_apart_all_the_same()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(_http.EndPoint);
        foreach (var letter in "PROPFIND /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"u8.ToArray()) await socket.SendAsync(new[] { letter }); // begins as the preface does
        var answer = new byte[512];
        var bytes = await socket.ReceiveAsync(answer).WaitAsync(Patience);
        Assert.StartsWith("HTTP/1.1 200 ", System.Text.Encoding.ASCII.GetString(answer, 0, bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void The_preface_is_known_at_its_last_byte_and_anything_else_at_its_first_wrong_one()
    {
        var preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();
        for (var cut = 0; cut < preface.Length; cut++) Assert.Null(ClearTextHttp2.IsPreface(preface.AsSpan(0, cut)));
        Assert.True(ClearTextHttp2.IsPreface(preface));
        Assert.True(ClearTextHttp2.IsPreface([.. preface, 0, 0, 18]));
        Assert.False(ClearTextHttp2.IsPreface("G"u8));
        Assert.False(ClearTextHttp2.IsPreface("PRI * HTTP/1.1"u8));
    }

    private async Task<(HttpResponseMessage Reply, byte[] Body)> CheckAsync(byte[] body)
    {
        var reply = await SendAsync("Check", body, HttpCompletionOption.ResponseContentRead);
        return (reply, await reply.Content.ReadAsByteArrayAsync());
    }

    private async Task<HttpResponseMessage> SendAsync(string method, byte[] body, HttpCompletionOption until)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/grpc.health.v1.Health/{method}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        return await _client.SendAsync(request, until).WaitAsync(Patience);
    }

    private static async Task<ServingStatus> ReadAsync(Stream stream)
    {
        var frame = new byte[HealthMessages.FrameHeaderBytes + 2];
        await stream.ReadExactlyAsync(frame).AsTask().WaitAsync(Patience);
        return (ServingStatus)frame[^1];
    }

    private static string? Trailer(HttpResponseMessage reply, string name) => reply.TrailingHeaders.TryGetValues(name, out var values) ? values.Single() : null;

    private static NodeStatus Status(NodePhase phase) => new(phase, [], 4, "127.0.0.11:17310", [], []);
}
