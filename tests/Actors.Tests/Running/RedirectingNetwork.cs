using System.Net;
using CubeActors.Runtime;

namespace CubeActors.Actors.Tests;

/// <summary>Real TCP, but some addresses are elsewhere: so the addresses of a specification can be dialled as they stand there.</summary>
internal sealed class RedirectingNetwork : INetwork
{
    private readonly TcpNetwork _tcp = new();

    public Dictionary<string, IPEndPoint> Elsewhere { get; } = [];

    public IListener Listen(IPEndPoint endPoint) => _tcp.Listen(endPoint);

    public ValueTask<IConnection> ConnectAsync(IPEndPoint endPoint, TimeSpan timeout, CancellationToken cancel) =>
        _tcp.ConnectAsync(Elsewhere.GetValueOrDefault(endPoint.ToString(), endPoint), timeout, cancel);
}
