using System.Net;

namespace CubeActors.Runtime;

/// <summary>The seam for sockets: everything that a node sends or receives passes here, so that tests can replace the network.</summary>
public interface INetwork
{
    /// <summary>Binds and listens at once; connections are accepted by the kernel from the return on.</summary>
    /// <param name="endPoint">Port 0 lets the system choose; <see cref="IListener.LocalEndPoint"/> tells.</param>
    /// <exception cref="System.Net.Sockets.SocketException">The address is in use or not ours.</exception>
    IListener Listen(IPEndPoint endPoint);

    /// <exception cref="System.Net.Sockets.SocketException">Refused, unreachable or (TimedOut) not answered in time.</exception>
    ValueTask<IConnection> ConnectAsync(IPEndPoint endPoint, TimeSpan timeout, CancellationToken cancel);
}

/// <summary>A bound port. Disposing it ends the port and fails a pending accept.</summary>
public interface IListener : IDisposable
{
    IPEndPoint LocalEndPoint { get; }

    /// <exception cref="ObjectDisposedException">The listener was closed.</exception>
    ValueTask<IConnection> AcceptAsync(CancellationToken cancel);
}

/// <summary>One connection: a stream of bytes each way. One receive and one send at a time; disposing it fails both.</summary>
/// <remarks>There is no token on the calls: whoever wants out disposes. See <see cref="ConnectionLoss"/> for what they throw.</remarks>
public interface IConnection : IDisposable
{
    /// <summary><c>ip:port</c> of the other side, for logs.</summary>
    string RemoteAddress { get; }

    /// <returns>Bytes received, at least 1; or 0 when the peer has ended its direction.</returns>
    ValueTask<int> ReceiveAsync(Memory<byte> buffer);

    /// <summary>Sends all of it. The bytes belong to the call until it completes.</summary>
    ValueTask SendAsync(ReadOnlyMemory<byte> bytes);

    /// <summary>Ends our direction after what was sent; the peer reads an end of stream. Never throws.</summary>
    void ShutdownSend();
}
