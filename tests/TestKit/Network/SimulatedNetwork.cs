using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using CubeActors.Runtime;

namespace CubeActors.TestKit.Network;

/// <summary>A network in memory. Every connection is a <see cref="SimulatedLink"/> whose bytes a test can delay, cut, corrupt or drop.</summary>
/// <remarks>Thread-safe. Nothing fails here unless a test has asked for it.</remarks>
public sealed class SimulatedNetwork(TimeProvider time) : INetwork
{
    private readonly Lock _lock = new();
    private readonly Dictionary<IPEndPoint, Listener> _listeners = [];
    private readonly HashSet<IPEndPoint> _refusing = [];
    private readonly HashSet<IPEndPoint> _silent = [];
    private readonly List<SimulatedLink> _links = [];
    private int _nextPort = 30000;

    public SimulatedNetwork() : this(TimeProvider.System)
    {
    }

    /// <summary>Called for every connection before its first byte: the place to plan faults by name.</summary>
    public Action<SimulatedLink>? Dialled { get; set; }

    /// <summary>All connections so far, in the order they were dialled.</summary>
    public IReadOnlyList<SimulatedLink> Links { get { lock (_lock) return [.. _links]; } }

    public IReadOnlyList<SimulatedLink> LinksTo(string address) => [.. Links.Where(link => link.Target.Equals(IPEndPoint.Parse(address)))];

    /// <summary>Dials of this address are refused from now on.</summary>
    public void Refuse(string address)
    {
        lock (_lock) _refusing.Add(IPEndPoint.Parse(address));
    }

    /// <summary>Dials of this address get no answer, until their time is up.</summary>
    public void Silence(string address)
    {
        lock (_lock) _silent.Add(IPEndPoint.Parse(address));
    }

    /// <summary>Ends <see cref="Refuse"/> and <see cref="Silence"/>.</summary>
    public void Admit(string address)
    {
        lock (_lock)
        {
            _refusing.Remove(IPEndPoint.Parse(address));
            _silent.Remove(IPEndPoint.Parse(address));
        }
    }

    public IListener Listen(IPEndPoint endPoint)
    {
        lock (_lock)
        {
            if (endPoint.Port == 0) endPoint = new IPEndPoint(endPoint.Address, _nextPort++);
            if (_listeners.ContainsKey(endPoint)) throw new SocketException((int)SocketError.AddressAlreadyInUse);
            return _listeners[endPoint] = new Listener(this, endPoint);
        }
    }

    public async ValueTask<IConnection> ConnectAsync(IPEndPoint endPoint, TimeSpan timeout, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        bool silent;
        lock (_lock) silent = _silent.Contains(endPoint);
        if (silent)
        {
            await Task.Delay(timeout, time, cancel).ConfigureAwait(false);
            throw new SocketException((int)SocketError.TimedOut);
        }

        SimulatedLink link;
        lock (_lock)
        {
            if (_refusing.Contains(endPoint) || !_listeners.TryGetValue(endPoint, out var listener))
                throw new SocketException((int)SocketError.ConnectionRefused);
            var name = $"{endPoint}#{_links.Count(other => other.Target.Equals(endPoint)) + 1}";
            link = new SimulatedLink(name, endPoint, $"127.0.0.1:{_nextPort++}", time);
            _links.Add(link);
            Dialled?.Invoke(link);
            listener.Offer(link.Server);
        }

        return link.Client;
    }

    private void Close(IPEndPoint endPoint)
    {
        lock (_lock) _listeners.Remove(endPoint);
    }

    private sealed class Listener(SimulatedNetwork network, IPEndPoint endPoint) : IListener
    {
        private readonly Channel<IConnection> _waiting = Channel.CreateUnbounded<IConnection>();

        public IPEndPoint LocalEndPoint => endPoint;

        public void Offer(IConnection connection) => _waiting.Writer.TryWrite(connection);

        public async ValueTask<IConnection> AcceptAsync(CancellationToken cancel)
        {
            try
            {
                return await _waiting.Reader.ReadAsync(cancel).ConfigureAwait(false);
            }
            catch (ChannelClosedException)
            {
                throw new ObjectDisposedException(nameof(IListener));
            }
        }

        public void Dispose()
        {
            network.Close(endPoint);
            _waiting.Writer.TryComplete();
            while (_waiting.Reader.TryRead(out var connection)) connection.Dispose();
        }
    }
}
