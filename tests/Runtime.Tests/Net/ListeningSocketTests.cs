using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace CubeActors.Runtime.Tests;

/// <summary>Goal: nobody is refused between the start of a process and its first accept, nor between two processes. Method: real sockets on loopback.</summary>
public sealed partial class ListeningSocketTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Who_connects_before_anybody_accepts_is_served_by_who_takes_the_port()
    {
        using var port = ListeningSocket.Open(new IPEndPoint(IPAddress.Loopback, 0));
        using var early = await ConnectAsync(port.EndPoint);
        using var listener = port.TakeListener();
        Assert.Null(port.Take()); // it has one owner
        using var accepted = await listener!.AcceptAsync(CancellationToken.None).AsTask().WaitAsync(Patience);
        Assert.Equal(early.LocalEndPoint!.ToString(), accepted.RemoteAddress);
    }

    [Fact]
    public async Task An_inherited_socket_goes_on_when_its_taker_closes_it_while_an_accept_waits()
    {
        using var supervisor = Listen(AddressFamily.InterNetwork, IPAddress.Loopback);
        using (var first = ListeningSocket.Inherit(Duplicate(supervisor)))
        {
            Assert.True(first.IsInherited);
            Assert.Equal(supervisor.LocalEndPoint, first.EndPoint);
            var listener = first.TakeListener()!;
            using var stop = new CancellationTokenSource();
            var waiting = listener.AcceptAsync(stop.Token);
            await stop.CancelAsync();
            listener.Dispose();
            await Assert.ThrowsAnyAsync<Exception>(async () => await waiting);

            using var again = first.TakeListener(); // as after a restart of the actor that listens
            using var client = await ConnectAsync(first.EndPoint);
            using var served = await again!.AcceptAsync(CancellationToken.None).AsTask().WaitAsync(Patience);
            Assert.Equal(client.LocalEndPoint!.ToString(), served.RemoteAddress);
        }

        // The first process has ended; who connects now waits for the second one.
        using var between = await ConnectAsync((IPEndPoint)supervisor.LocalEndPoint!);
        using var second = ListeningSocket.Inherit(Duplicate(supervisor));
        using var next = second.TakeListener();
        using var late = await next!.AcceptAsync(CancellationToken.None).AsTask().WaitAsync(Patience);
        Assert.Equal(between.LocalEndPoint!.ToString(), late.RemoteAddress);
    }

    [Fact]
    public async Task A_listener_that_is_closed_without_a_word_leaves_an_inherited_socket_open()
    {
        using var supervisor = Listen(AddressFamily.InterNetwork, IPAddress.Loopback);
        using (var first = ListeningSocket.Inherit(Duplicate(supervisor)))
        {
            var listener = first.TakeListener()!;
            var waiting = listener.AcceptAsync(CancellationToken.None);
            listener.Dispose();
            await Assert.ThrowsAnyAsync<Exception>(async () => await waiting);
        }

        using var client = await ConnectAsync((IPEndPoint)supervisor.LocalEndPoint!);
        Assert.True(client.Connected);
    }

    [Fact]
    public async Task A_peer_on_a_socket_of_both_families_has_its_plain_address()
    {
        using var both = Listen(AddressFamily.InterNetworkV6, IPAddress.IPv6Any);
        using var port = ListeningSocket.Inherit(Duplicate(both));
        using var listener = port.TakeListener();
        using var client = await ConnectAsync(new IPEndPoint(IPAddress.Loopback, port.EndPoint.Port));
        using var accepted = await listener!.AcceptAsync(CancellationToken.None).AsTask().WaitAsync(Patience);
        Assert.Equal(client.LocalEndPoint!.ToString(), accepted.RemoteAddress);
    }

    [Fact]
    public async Task A_descriptor_that_does_not_listen_is_refused_and_closed()
    {
        using var peer = Listen(AddressFamily.InterNetwork, IPAddress.Loopback);
        int descriptor;
        using (var connected = await ConnectAsync((IPEndPoint)peer.LocalEndPoint!)) descriptor = Duplicate(connected);
        using var other = await peer.AcceptAsync().WaitAsync(Patience);
        Assert.Throws<SocketException>(() => ListeningSocket.Inherit(descriptor));
        Assert.Equal(0, await other.ReceiveAsync(new byte[1]).WaitAsync(Patience)); // its number may be another's by now, which tells nothing
    }

    [Fact]
    public void A_number_that_is_no_descriptor_is_refused()
    {
        const int beyondAnyLimit = int.MaxValue;
        Assert.Throws<SocketException>(() => ListeningSocket.Inherit(beyondAnyLimit));
    }

    private static Socket Listen(AddressFamily family, IPAddress address)
    {
        var socket = new Socket(family, SocketType.Stream, ProtocolType.Tcp);
        if (family == AddressFamily.InterNetworkV6) socket.DualMode = true;
        socket.Bind(new IPEndPoint(address, 0));
        socket.Listen();
        return socket;
    }

    private static async Task<Socket> ConnectAsync(IPEndPoint endPoint)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(endPoint).WaitAsync(Patience);
        return socket;
    }

    private static int Duplicate(Socket socket)
    {
        var copy = Dup((int)socket.Handle);
        Assert.True(copy >= 0);
        return copy;
    }

    [LibraryImport("libc", EntryPoint = "dup", SetLastError = true)]
    private static partial int Dup(int descriptor);
}
