using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace CubeActors.Runtime;

/// <summary>A TCP port that listens and that nobody accepts on yet: the kernel keeps those who connect until its taker does.</summary>
/// <remarks>One that was inherited belongs to whoever started the process as well: closing our end of it neither refuses nor resets anybody,
/// so that the next process on the same socket serves who waits. One owner; not thread-safe.</remarks>
public sealed partial class ListeningSocket : IDisposable
{
    /// <summary>Source: Linux uapi headers: socket.h SOL_SOCKET and SO_ACCEPTCONN, fcntl.h F_DUPFD_CLOEXEC and F_SETFD with FD_CLOEXEC. Equal on x86-64 and arm64.</summary>
    private const int SolSocket = 1, SoAcceptConn = 30, DuplicateCloseOnExec = 1030, SetDescriptorFlags = 2, CloseOnExec = 1;

    private Socket? _socket; // ours alone; null once it is taken
    private readonly int _descriptor = -1; // of an inherited one; kept, so that it can be taken again
    private bool _isClosed;

    private ListeningSocket(Socket socket) => (_socket, EndPoint) = (socket, (IPEndPoint)socket.LocalEndPoint!);

    private ListeningSocket(int descriptor, IPEndPoint endPoint) => (_descriptor, EndPoint) = (descriptor, endPoint);

    /// <summary>The address it is bound to, as the kernel says.</summary>
    public IPEndPoint EndPoint { get; }

    public bool IsInherited => _descriptor >= 0;

    /// <summary>Binds and listens.</summary>
    /// <exception cref="SocketException">The address is in use or not ours.</exception>
    public static ListeningSocket Open(IPEndPoint endPoint) => new(TcpNetwork.Bind(endPoint));

    /// <summary>Takes over a descriptor that this process was started with, and closes it if it is of no use.</summary>
    /// <exception cref="SocketException">It is no TCP socket that listens; it is closed.</exception>
    public static ListeningSocket Inherit(int descriptor)
    {
        try
        {
            // Not for the children of this process: theirs would keep the port when all of ours are gone.
            if (Control(descriptor, SetDescriptorFlags, CloseOnExec) < 0) throw new SocketException((int)SocketError.NotSocket);
            using var socket = Duplicate(descriptor);
            var listens = new byte[sizeof(int)];
            if (socket.SocketType != SocketType.Stream || socket.LocalEndPoint is not IPEndPoint endPoint
                || socket.GetRawSocketOption(SolSocket, SoAcceptConn, listens) != sizeof(int) || BitConverter.ToInt32(listens) == 0)
                throw new SocketException((int)SocketError.OperationNotSupported);
            return new ListeningSocket(descriptor, endPoint);
        }
        catch
        {
            Close(descriptor);
            throw;
        }
    }

    /// <summary>The socket, for whoever accepts on it and disposes it.</summary>
    /// <returns>Null if it was taken before and is not one that can be taken again, or is closed.</returns>
    public Socket? Take()
    {
        if (_isClosed) return null;
        if (IsInherited) return Duplicate(_descriptor);
        var taken = _socket;
        _socket = null;
        return taken;
    }

    /// <summary>The socket, for whoever accepts on it through the seam.</summary>
    /// <returns>As <see cref="Take"/>.</returns>
    public IListener? TakeListener() => Take() is { } socket ? TcpNetwork.Over(socket) : null;

    /// <summary>Closes what is not taken.</summary>
    public void Dispose()
    {
        if (_isClosed) return;
        _isClosed = true;
        _socket?.Dispose();
        if (IsInherited) Close(_descriptor);
    }

    private static Socket Duplicate(int descriptor)
    {
        var copy = Control(descriptor, DuplicateCloseOnExec, 3); // behind stdin, stdout and stderr
        return copy < 0
            ? throw new SocketException((int)SocketError.TooManyOpenSockets)
            : new Socket(new SafeSocketHandle(copy, ownsHandle: true));
    }

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
