using System.Net.Sockets;
using System.Text;

namespace CubeActors.Node;

/// <summary>The datagram socket on which a supervisor like systemd is told how the process is. Source: sd_notify(3).</summary>
internal sealed class NotifySocket : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
    private readonly UnixDomainSocketEndPoint _address;

    private NotifySocket(UnixDomainSocketEndPoint address) => _address = address;

    /// <param name="address">NOTIFY_SOCKET: an absolute path, or a name that begins with @ in the abstract namespace.</param>
    /// <param name="problem">Why there is none although something is set; else empty.</param>
    /// <returns>Null if nobody wants to be told.</returns>
    public static NotifySocket? Open(string? address, out string problem)
    {
        problem = "";
        if (string.IsNullOrEmpty(address)) return null;
        try
        {
            if (address[0] == '/') return new NotifySocket(new UnixDomainSocketEndPoint(address));
            if (address[0] == '@') return new NotifySocket(new UnixDomainSocketEndPoint('\0' + address[1..]));
            problem = $"NOTIFY_SOCKET is \"{address}\", neither a path nor an abstract name (@...); the supervisor is told nothing";
        }
        catch (ArgumentException)
        {
            problem = $"NOTIFY_SOCKET has {address.Length} characters, more than an address of a socket; the supervisor is told nothing";
        }

        return null;
    }

    /// <summary>Sends one message of lines <c>NAME=value</c>. Never blocks: a supervisor that reads nothing must not hold up the node.</summary>
    /// <returns>Null, or why it could not be sent.</returns>
    public string? Send(string message)
    {
        try
        {
            _socket.SendTo(Encoding.UTF8.GetBytes(message), _address);
            return null;
        }
        catch (SocketException failure)
        {
            return failure.Message;
        }
        catch (ObjectDisposedException)
        {
            return "the node has ended";
        }
    }

    public void Dispose() => _socket.Dispose();
}
