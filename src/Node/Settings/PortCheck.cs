using System.Net;
using System.Net.Sockets;
using CubeActors.Runtime;

namespace CubeActors.Node;

/// <summary>Binds each port of a configuration for a moment, so that a port in use is reported by the name of its key.</summary>
/// <remarks>What is taken between this and the real bind is reported there, without the key.</remarks>
internal static class PortCheck
{
    /// <exception cref="SettingsException">A port is taken, or the address is not one of this machine.</exception>
    public static void Run(NodeSettings settings, INetwork network)
    {
        var identity = settings.DataNode.Identity;
        Check("listen", new IPEndPoint(identity.BindAddress, identity.DataPort));
        Check("listen + smuxPortShift", new IPEndPoint(identity.BindAddress, identity.SmuxPort));
        if (settings.Http is { } http) Check("prof", http.EndPoint);

        void Check(string key, IPEndPoint endPoint)
        {
            try
            {
                network.Listen(endPoint).Dispose();
            }
            catch (SocketException failure)
            {
                throw new SettingsException($"{settings.File}: {Explain(key, endPoint, failure)}", failure);
            }
        }
    }

    /// <summary>Why an address could not be bound and what to do, without the file.</summary>
    public static string Explain(string key, IPEndPoint endPoint, SocketException failure) => failure.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => $"{key}: port {endPoint.Port} of {endPoint.Address} is in use; stop the program that has it or choose another port",
        SocketError.AddressNotAvailable => $"{key}: {endPoint.Address} is not an address of this machine; correct localIP or set bindIp to false",
        SocketError.AccessDenied => $"{key}: port {endPoint.Port} needs privileges; choose a port from 1024 on",
        _ => $"{key}: {endPoint} cannot be listened on: {failure.Message}",
    };
}
