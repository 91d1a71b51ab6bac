using System.Net;
using CubeActors.Runtime;

namespace CubeActors.TestKit.Network;

/// <summary>One connection of a <see cref="SimulatedNetwork"/>, as the test sees it: named, with a handle on each direction.</summary>
public sealed class SimulatedLink
{
    internal SimulatedLink(string name, IPEndPoint target, string clientAddress, TimeProvider time)
    {
        Name = name;
        Target = target;
        ToServer = new SimulatedDirection(time);
        ToClient = new SimulatedDirection(time);
        Client = new End(ToServer, ToClient, target.ToString());
        Server = new End(ToClient, ToServer, clientAddress);
    }

    /// <summary><c>ip:port#n</c>, the n-th dial of that address, from 1.</summary>
    public string Name { get; }

    public IPEndPoint Target { get; }
    public SimulatedDirection ToServer { get; }
    public SimulatedDirection ToClient { get; }
    internal IConnection Client { get; }
    internal IConnection Server { get; }

    /// <summary>Both ends fail at once, as after a power cut of a switch.</summary>
    public void Drop()
    {
        ToServer.Reset();
        ToClient.Reset();
    }

    private sealed class End(SimulatedDirection outgoing, SimulatedDirection incoming, string remoteAddress) : IConnection
    {
        public string RemoteAddress => remoteAddress;
        public ValueTask<int> ReceiveAsync(Memory<byte> buffer) => incoming.ReceiveAsync(buffer);
        public ValueTask SendAsync(ReadOnlyMemory<byte> bytes) => outgoing.SendAsync(bytes);
        public void ShutdownSend() => outgoing.End();

        public void Dispose()
        {
            incoming.ReaderLeaves();
            outgoing.WriterLeaves();
        }
    }
}
