using System.Net;
using CubeActors.Runtime;

namespace CubeActors.Simulation.Nodes;

/// <summary>One end of a connection: whose it is and where its calls go on.</summary>
internal sealed record WireSide(string Host, string Address, Strand Strand, object Owner, Func<bool> IsDead);

/// <summary>One connection, both directions of it.</summary>
internal sealed class Wire
{
    private readonly WireSide _client, _server;

    public Wire(Stage stage, Network network, string name, WireSide client, WireSide server, IPEndPoint target)
    {
        (Name, _client, _server, Target) = (name, client, server, target);
        ToServer = new Pipe(stage, network, this, client, server);
        ToClient = new Pipe(stage, network, this, server, client);
        Client = new End(this, ToServer, ToClient, client, server);
        Server = new End(this, ToClient, ToServer, server, client);
    }

    public string Name { get; }

    /// <summary>What was dialled.</summary>
    public IPEndPoint Target { get; }

    public Pipe ToServer { get; }
    public Pipe ToClient { get; }
    public IConnection Client { get; }
    public IConnection Server { get; }

    /// <summary>Nobody is at either end.</summary>
    public bool IsOver => ToServer.ReaderIsGone && ToClient.ReaderIsGone;

    public string ClientHost => _client.Host;
    public string ServerHost => _server.Host;

    /// <summary>Breaks the connection once so many more bytes have gone this way: in the middle of whatever they are of.</summary>
    public void BreakAfter(bool toServer, int bytes) => (toServer ? ToServer : ToClient).BreakAfter(bytes);

    /// <summary>Both ends learn that the connection is no more.</summary>
    public void Break()
    {
        ToServer.AppendReset();
        ToClient.AppendReset();
    }

    public void Pump()
    {
        ToServer.Pump();
        ToClient.Pump();
    }

    public void Died(object owner, bool ofPower)
    {
        if (_client.Owner == owner) Died(ToServer, ToClient, ofPower);
        if (_server.Owner == owner) Died(ToClient, ToServer, ofPower);
    }

    /// <summary>The kernel of a host is back and knows nothing of the connections before: whoever still has one is told so.</summary>
    public void KernelReturns(string host)
    {
        if (_client.Host == host && ToClient.ReaderIsGone) ToServer.AppendReset();
        if (_server.Host == host && ToServer.ReaderIsGone) ToClient.AppendReset();
    }

    private static void Died(Pipe outgoing, Pipe incoming, bool ofPower)
    {
        var hadUnread = incoming.HasUnread;
        incoming.ReaderLeaves(isSilent: ofPower);
        if (ofPower) return;
        if (hadUnread) outgoing.AppendReset(); // as a kernel does with what nobody has read
        else outgoing.AppendEnd();
    }

    private sealed class End(Wire wire, Pipe outgoing, Pipe incoming, WireSide self, WireSide other) : IConnection
    {
        private bool _isDisposed;

        public string RemoteAddress => other.Address;

        public ValueTask<int> ReceiveAsync(Memory<byte> buffer) => incoming.ReceiveAsync(buffer);

        public ValueTask SendAsync(ReadOnlyMemory<byte> bytes) => self.IsDead() ? default : outgoing.SendAsync(bytes);

        public void ShutdownSend()
        {
            if (!self.IsDead()) outgoing.AppendEnd();
        }

        public void Dispose()
        {
            if (_isDisposed || self.IsDead()) return;
            _isDisposed = true;
            var hadUnread = incoming.HasUnread;
            incoming.ReaderLeaves(isSilent: false);
            if (hadUnread) outgoing.AppendReset();
            else outgoing.AppendEnd();
            outgoing.WriterLeaves();
        }

        public override string ToString() => wire.Name;
    }
}
