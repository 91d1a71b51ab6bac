using System.Net;
using System.Net.Sockets;

namespace CubeActors.Node;

/// <summary>Says why a port cannot be bound.</summary>
internal static class PortProblem
{
    /// <summary>Why an address could not be bound and what to do, without the file.</summary>
    public static string Explain(string key, IPEndPoint endPoint, SocketException failure) => failure.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => $"{key}: port {endPoint.Port} of {endPoint.Address} is in use; stop the program that has it or choose another port",
        SocketError.AddressNotAvailable => $"{key}: {endPoint.Address} is not an address of this machine; correct localIP or set bindIp to false",
        SocketError.AccessDenied => $"{key}: port {endPoint.Port} needs privileges; choose a port from 1024 on",
        _ => $"{key}: {endPoint} cannot be listened on: {failure.Message}",
    };
}
