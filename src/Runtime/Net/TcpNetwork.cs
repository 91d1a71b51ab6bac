using System.Net;
using System.Net.Sockets;

namespace CubeActors.Runtime;

/// <summary>Real TCP: no delay, keep-alive, as all CubeFS peers set it.</summary>
public sealed class TcpNetwork : INetwork
{
    /// <summary>Connections that the kernel holds for us until they are accepted. Source: the usual net.core.somaxconn.</summary>
    private const int Backlog = 4096;

    public IListener Listen(IPEndPoint endPoint) => new TcpListener(Bind(endPoint));

    /// <summary>A socket that listens.</summary>
    internal static Socket Bind(IPEndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // No ReuseAddress: .NET sets SO_REUSEADDR by itself, so that connections in TIME_WAIT do not hinder a restart, and takes the option
            // for SO_REUSEPORT as well, with which two nodes would share one port without a word.
            socket.Bind(endPoint);
            socket.Listen(Backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Accepts on a socket that listens, and owns it.</summary>
    internal static IListener Over(Socket socket) => new TcpListener(socket);

    public async ValueTask<IConnection> ConnectAsync(IPEndPoint endPoint, TimeSpan timeout, CancellationToken cancel)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(timeout);
        try
        {
            await socket.ConnectAsync(endPoint, limit.Token).ConfigureAwait(false);
            return new TcpConnection(socket);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            socket.Dispose();
            throw new SocketException((int)SocketError.TimedOut);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private sealed class TcpListener(Socket socket) : IListener
    {
        public IPEndPoint LocalEndPoint { get; } = (IPEndPoint)socket.LocalEndPoint!;

        public async ValueTask<IConnection> AcceptAsync(CancellationToken cancel)
        {
            while (true)
            {
                var accepted = await socket.AcceptAsync(cancel).ConfigureAwait(false);
                try
                {
                    return new TcpConnection(accepted);
                }
                catch (SocketException)
                {
                    accepted.Dispose(); // gone before we could set its options: nobody is there to tell
                }
            }
        }

        public void Dispose() => socket.Dispose();
    }
}
