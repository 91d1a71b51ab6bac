using System.Net.Sockets;

namespace CubeActors.Runtime;

/// <summary>Tells the exceptions that mean "this connection is over" from mistakes of ours.</summary>
public static class ConnectionLoss
{
    /// <summary>True for what a socket throws when either side closes, resets, times out or is disposed.</summary>
    public static bool Is(Exception e) => e is SocketException or ObjectDisposedException or IOException or OperationCanceledException;
}
