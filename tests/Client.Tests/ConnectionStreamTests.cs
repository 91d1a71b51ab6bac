using System.Net;
using CubeActors.Runtime;
using CubeActors.TestKit.Network;

namespace CubeActors.Client.Tests;

public sealed class ConnectionStreamTests : IDisposable
{
    private readonly IListener _listener;
    private readonly ConnectionStream _stream;
    private readonly IConnection _peer;

    public ConnectionStreamTests()
    {
        var network = new SimulatedNetwork();
        var endPoint = IPEndPoint.Parse("10.0.0.1:1");
        _listener = network.Listen(endPoint);
        // Both complete at once: nothing in this network takes time unless it is told to.
        _stream = new ConnectionStream(network.ConnectAsync(endPoint, TimeSpan.FromSeconds(1), CancellationToken.None).AsTask().Result);
        _peer = _listener.AcceptAsync(CancellationToken.None).AsTask().Result;
    }

    public void Dispose()
    {
        _stream.Dispose();
        _peer.Dispose();
        _listener.Dispose();
    }

    [Fact]
    public async Task Bytes_pass_both_ways_and_the_end_of_the_peer_is_the_end_of_the_stream()
    {
        await _stream.WriteAsync(new byte[] { 1, 2, 3 });
        var buffer = new byte[10];
        Assert.Equal(3, await _peer.ReceiveAsync(buffer));
        await _peer.SendAsync(new byte[] { 9 });
        _peer.ShutdownSend();
        Assert.Equal(0, await _stream.ReadAsync(Memory<byte>.Empty));
        Assert.Equal(1, await _stream.ReadAsync(buffer));
        Assert.Equal(9, buffer[0]);
        Assert.Equal(0, await _stream.ReadAsync(buffer));
    }

    [Fact]
    public async Task A_cancelled_read_ends_as_cancelled_and_closes_the_connection()
    {
        using var cancel = new CancellationTokenSource();
        var reading = _stream.ReadAsync(new byte[1], cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        Assert.Equal(0, await _peer.ReceiveAsync(new byte[1]));
    }

    [Fact]
    public async Task A_cancelled_write_ends_as_cancelled_too()
    {
        using var cancel = new CancellationTokenSource();
        var writing = _stream.WriteAsync(new byte[SimulatedDirection.BufferBytes + 1], cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing);
    }

    [Fact]
    public void Calls_that_would_block_are_not_served()
    {
        Assert.Throws<NotSupportedException>(() => _stream.Read(new byte[1], 0, 1));
        Assert.Throws<NotSupportedException>(() => _stream.Write(new byte[1], 0, 1));
    }
}
