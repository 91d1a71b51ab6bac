using System.Collections.Concurrent;
using System.Net;
using System.Text;
using CubeActors.Runtime;

namespace CubeActors.TestKit.Network;

/// <summary>A request as a test's handler sees it. <see cref="Query"/> is decoded.</summary>
public sealed record HttpCall(string Method, string Path, IReadOnlyDictionary<string, string> Query, byte[] Body);

/// <summary>What a test's handler answers.</summary>
/// <param name="Hangs">Nothing is sent and the connection stays open.</param>
/// <param name="Breaks">The connection is closed instead of an answer.</param>
public sealed record HttpResult(int Status, byte[] Body, bool Hangs = false, bool Breaks = false)
{
    public static HttpResult Text(int status, string body) => new(status, Encoding.UTF8.GetBytes(body));
}

/// <summary>A small HTTP/1.1 server over the socket seam: one handler, keep-alive, bodies with a length.</summary>
public sealed class SimulatedHttpServer : IDisposable
{
    private readonly IListener _listener;
    private readonly Func<HttpCall, HttpResult> _handler;
    private readonly ConcurrentBag<IConnection> _connections = [];

    public SimulatedHttpServer(INetwork network, string address, Func<HttpCall, HttpResult> handler)
    {
        _handler = handler;
        _listener = network.Listen(IPEndPoint.Parse(address));
        Running = AcceptAsync();
    }

    /// <summary>Ends after Dispose; faulted if a handler or the parser failed, so a test awaits it.</summary>
    public Task Running { get; }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var connection in _connections) connection.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                var connection = await _listener.AcceptAsync(CancellationToken.None).ConfigureAwait(false);
                _connections.Add(connection);
                serving.Add(ServeAsync(connection));
            }
        }
        catch (ObjectDisposedException)
        {
            // closed by Dispose
        }

        foreach (var connection in _connections) connection.Dispose();
        await Task.WhenAll(serving).ConfigureAwait(false);
    }

    private async Task ServeAsync(IConnection connection)
    {
        using var _ = connection;
        var received = new List<byte>();
        try
        {
            while (await ReadAsync(connection, received).ConfigureAwait(false) is { } call)
            {
                var result = _handler(call);
                if (result.Breaks) return;
                if (result.Hangs)
                {
                    while (await connection.ReceiveAsync(new byte[256]).ConfigureAwait(false) > 0) { }
                    return;
                }

                var head = Encoding.ASCII.GetBytes($"HTTP/1.1 {result.Status} x\r\nContent-Type: application/json\r\nContent-Length: {result.Body.Length}\r\n\r\n");
                await connection.SendAsync((byte[])[.. head, .. result.Body]).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            // the client has left
        }
    }

    private static async Task<HttpCall?> ReadAsync(IConnection connection, List<byte> received)
    {
        int headEnd;
        while ((headEnd = Encoding.ASCII.GetString([.. received]).IndexOf("\r\n\r\n", StringComparison.Ordinal)) < 0)
            if (!await MoreAsync(connection, received).ConfigureAwait(false)) return null;
        var lines = Encoding.ASCII.GetString([.. received], 0, headEnd).Split("\r\n");
        var length = lines.Skip(1).Select(line => line.Split(':', 2))
            .Where(parts => parts[0].Equals("Content-Length", StringComparison.OrdinalIgnoreCase)).Select(parts => int.Parse(parts[1])).FirstOrDefault();
        while (received.Count < headEnd + 4 + length)
            if (!await MoreAsync(connection, received).ConfigureAwait(false)) return null;
        var body = received.GetRange(headEnd + 4, length).ToArray();
        received.RemoveRange(0, headEnd + 4 + length);
        var request = lines[0].Split(' ');
        var target = request[1].Split('?', 2);
        var query = (target.Length > 1 ? target[1] : "").Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => Uri.UnescapeDataString(pair[1]));
        return new HttpCall(request[0], target[0], query, body);
    }

    private static async Task<bool> MoreAsync(IConnection connection, List<byte> received)
    {
        var buffer = new byte[64 * 1024];
        var got = await connection.ReceiveAsync(buffer).ConfigureAwait(false);
        received.AddRange(buffer.AsSpan(0, got));
        return got > 0;
    }
}
