using System.Net;
using System.Net.Sockets;
using System.Text;
using CubeActors.Actors;

namespace CubeActors.Node.Tests;

/// <summary>Goal: whoever sends slowly, much, too often or garbage harms nobody else. Method: the real port on loopback, sockets of the test, and limits that are small.</summary>
public sealed class HostileHttpTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(1);

    private readonly RecordedLog _lines = new();
    private readonly HttpClient _client = new();
    private readonly List<Socket> _sockets = [];
    private readonly ManualResetEventSlim _stands = new(true);
    private readonly SemaphoreSlim _entered = new(0);
    private OperatorDesk _desk = null!;
    private NodeHttp _http = null!;

    public async Task InitializeAsync()
    {
        _desk = ScriptedDesk.Of(() =>
        {
            if (!_stands.IsSet)
            {
                _entered.Release();
                _stands.Wait();
            }

            return new NodeStatus(NodePhase.Ready, [], 4, "127.0.0.11:17310", [], []);
        });
        var settings = SampleConfig.Read().Http! with
        {
            EndPoint = new IPEndPoint(IPAddress.Loopback, 0),
            ConnectionsMax = 8,
            RequestsMax = 4,
            HeavyMax = 2,
            HeadersTimeout = HeadersTimeout,
            BodyBytesMax = 1024,
        };
        _http = await NodeHttp.StartAsync(settings, _desk, _lines.Logger);
        _client.BaseAddress = new Uri($"http://{_http.EndPoint}");
    }

    public async Task DisposeAsync()
    {
        _stands.Set();
        foreach (var socket in _sockets) socket.Dispose();
        _client.Dispose();
        await _http.DisposeAsync();
        _stands.Dispose();
    }

    [Fact]
    public async Task Headers_that_come_byte_by_byte_are_hung_up_on()
    {
        using var slow = await DialAsync();
        await slow.SendAsync("GET /livez HTTP/1.1\r\nHost: a\r\nX-Slow: "u8.ToArray());
        Assert.StartsWith("HTTP/1.1 408 ", await ReadAllAsync(slow), StringComparison.Ordinal);
        await AssertAliveAsync();
    }

    [Fact]
    public async Task A_body_that_does_not_come_is_hung_up_on()
    {
        using var slow = await DialAsync();
        await slow.SendAsync("POST /disks HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nid="u8.ToArray());
        Assert.DoesNotContain(" 200 ", await ReadAllAsync(slow), StringComparison.Ordinal);
        await AssertAliveAsync();
    }

    [Fact]
    public async Task A_body_that_is_too_long_is_refused_before_it_is_read()
    {
        using var big = await DialAsync();
        await big.SendAsync("POST /disks HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000000000\r\n\r\n"u8.ToArray());
        Assert.StartsWith("HTTP/1.1 4", await ReadAllAsync(big), StringComparison.Ordinal);
        await AssertAliveAsync();
    }

    [Theory]
    [InlineData("\0\x01\x02garbage\r\n\r\n")]
    [InlineData("\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03")] // TLS, on the port without
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nno frame of HTTP/2 at all, and long enough to be taken for one")]
    [InlineData("GET /livez HTTP/9.9\r\n\r\n")]
    public async Task Garbage_costs_its_sender_the_connection_and_nobody_else_anything(string garbage)
    {
        using var socket = await DialAsync();
        await socket.SendAsync(Encoding.Latin1.GetBytes(garbage));
        var answer = await ReadAllAsync(socket);
        Assert.DoesNotContain(" 200 ", answer, StringComparison.Ordinal);
        await AssertAliveAsync();
        Assert.DoesNotContain(_lines.Lines, line => line.Contains("garbage", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Connections_beyond_the_limit_are_closed_and_counted_and_told_in_one_line()
    {
        for (var i = 0; i < 8; i++)
        {
            var socket = await DialAsync();
            await socket.SendAsync("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray());
            Assert.StartsWith("HTTP/1.1 200", await ReadSomeAsync(socket), StringComparison.Ordinal);
        }

        for (var i = 0; i < 3; i++) Assert.Empty(await ReadAllOfSurplusAsync());

        Assert.Equal(3, CountOf("too_many_connections"));
        Assert.Single(_lines.Lines, line => line.Contains("connections to the operators' port from 127.0.0.1 were closed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Requests_beyond_the_limits_are_told_when_to_come_again_and_probes_are_not_refused()
    {
        _stands.Reset();
        var held = new List<Task<HttpResponseMessage>> { _client.GetAsync("/cubeactors/partitions"), _client.GetAsync("/cubeactors/partitions") };
        for (var i = 0; i < 2; i++) Assert.True(await _entered.WaitAsync(Patience));
        using (var third = await _client.GetAsync("/cubeactors/partitions"))
            Assert.Equal((HttpStatusCode.TooManyRequests, TimeSpan.FromSeconds(1)), (third.StatusCode, third.Headers.RetryAfter!.Delta));
        held.Add(_client.GetAsync("/disks"));
        held.Add(_client.GetAsync("/disks"));
        for (var i = 0; i < 2; i++) Assert.True(await _entered.WaitAsync(Patience));
        using (var fifth = await _client.GetAsync("/getMetricsDegrade"))
            Assert.Equal((HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(1)), (fifth.StatusCode, fifth.Headers.RetryAfter!.Delta));
        await AssertAliveAsync();
        Assert.Equal((1, 1), (CountOf("too_many_of_path"), CountOf("too_many_requests")));

        _stands.Set();
        foreach (var reply in held) (await reply.WaitAsync(Patience)).Dispose();
        using var again = await _client.GetAsync("/cubeactors/partitions");
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
    }

    private long CountOf(string reason) => _desk.HttpCounts.Refused.Single(row => row.Reason == reason).Count;

    private async Task AssertAliveAsync()
    {
        using var reply = await _client.GetAsync("/livez").WaitAsync(Patience);
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
    }

    private async Task<Socket> DialAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _sockets.Add(socket);
        await socket.ConnectAsync(_http.EndPoint).WaitAsync(Patience);
        return socket;
    }

    /// <returns>What a connection gets that is hung up on, which may be so soon that the dial itself sees the reset.</returns>
    private async Task<string> ReadAllOfSurplusAsync()
    {
        try
        {
            using var surplus = await DialAsync();
            return await ReadAllAsync(surplus);
        }
        catch (SocketException closed) when (closed.SocketErrorCode == SocketError.ConnectionReset)
        {
            return "";
        }
    }

    /// <returns>Everything until the end; a connection that is reset has ended too.</returns>
    private static async Task<string> ReadAllAsync(Socket socket)
    {
        var all = new StringBuilder();
        while (await ReadSomeAsync(socket) is { Length: > 0 } some) all.Append(some);
        return all.ToString();
    }

    private static async Task<string> ReadSomeAsync(Socket socket)
    {
        var bytes = new byte[4096];
        try
        {
            return Encoding.Latin1.GetString(bytes, 0, await socket.ReceiveAsync(bytes).WaitAsync(Patience));
        }
        catch (SocketException)
        {
            return "";
        }
    }
}
