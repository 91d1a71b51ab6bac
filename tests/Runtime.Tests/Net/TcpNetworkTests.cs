using System.Net;
using System.Net.Sockets;

namespace CubeActors.Runtime.Tests;

public sealed class TcpNetworkTests
{
    private static readonly IPEndPoint AnyPort = new(IPAddress.Loopback, 0);
    private readonly TcpNetwork _network = new();

    [Fact]
    public async Task Bytes_arrive_whole_and_in_order_however_large_the_send()
    {
        using var pair = await PairAsync();
        var sent = new byte[5_000_000]; // far more than any socket buffer: the send has to wait for the reader
        new Random(5).NextBytes(sent);
        var sending = pair.Client.SendAsync(sent);
        var received = new byte[sent.Length];
        for (var at = 0; at < received.Length;)
        {
            var bytes = await pair.Server.ReceiveAsync(received.AsMemory(at));
            Assert.NotEqual(0, bytes);
            at += bytes;
        }

        await sending;
        Assert.Equal(sent, received);
    }

    [Fact]
    public async Task Ending_one_direction_leaves_the_other_open()
    {
        using var pair = await PairAsync();
        await pair.Client.SendAsync("ask"u8.ToArray());
        pair.Client.ShutdownSend();
        var buffer = new byte[16];
        Assert.Equal(3, await pair.Server.ReceiveAsync(buffer));
        Assert.Equal(0, await pair.Server.ReceiveAsync(buffer));
        await pair.Server.SendAsync("answer"u8.ToArray());
        Assert.Equal(6, await pair.Client.ReceiveAsync(buffer));
    }

    [Fact]
    public async Task Disposing_fails_a_receive_that_waits()
    {
        using var pair = await PairAsync();
        var receiving = pair.Server.ReceiveAsync(new byte[1]).AsTask();
        pair.Server.Dispose();
        var failure = await Record.ExceptionAsync(() => receiving);
        Assert.True(failure is not null && ConnectionLoss.Is(failure));
    }

    [Fact]
    public void A_port_in_use_is_refused()
    {
        using var first = _network.Listen(AnyPort);
        var refused = Assert.Throws<SocketException>(() => _network.Listen(first.LocalEndPoint));
        Assert.Equal(SocketError.AddressAlreadyInUse, refused.SocketErrorCode);
    }

    [Fact]
    public async Task A_closed_port_refuses_connections()
    {
        IPEndPoint endPoint;
        using (var listener = _network.Listen(AnyPort)) endPoint = listener.LocalEndPoint;
        var refused = await Assert.ThrowsAsync<SocketException>(
            async () => await _network.ConnectAsync(endPoint, TimeSpan.FromSeconds(10), CancellationToken.None));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
    }

    [Fact]
    public async Task Disposing_a_listener_fails_the_accept_that_waits()
    {
        var listener = _network.Listen(AnyPort);
        var accepting = listener.AcceptAsync(CancellationToken.None).AsTask();
        listener.Dispose();
        var failure = await Record.ExceptionAsync(() => accepting);
        Assert.True(failure is not null && ConnectionLoss.Is(failure));
    }

    private async Task<Pair> PairAsync()
    {
        using var listener = _network.Listen(AnyPort);
        var accepting = listener.AcceptAsync(CancellationToken.None);
        var client = await _network.ConnectAsync(listener.LocalEndPoint, TimeSpan.FromSeconds(10), CancellationToken.None);
        return new Pair(client, await accepting);
    }

    private sealed record Pair(IConnection Client, IConnection Server) : IDisposable
    {
        public void Dispose()
        {
            Client.Dispose();
            Server.Dispose();
        }
    }
}
