using System.Net;
using CubeActors.Runtime;

namespace CubeActors.Node;

/// <summary>The network of a node whose ports are bound already: to listen on one of them is to be handed it.</summary>
internal sealed class PortNetwork(INetwork network, PortSet ports) : INetwork
{
    /// <remarks>A port that was taken and closed is bound anew, as when the actor that listens starts again.</remarks>
    public IListener Listen(IPEndPoint endPoint) => ports.TakeListener(endPoint) ?? network.Listen(endPoint);

    public ValueTask<IConnection> ConnectAsync(IPEndPoint endPoint, TimeSpan timeout, CancellationToken cancel) => network.ConnectAsync(endPoint, timeout, cancel);
}
