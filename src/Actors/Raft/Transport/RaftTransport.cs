using System.Collections.Concurrent;
using System.Net;
using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>A node's way to the other raft members: a heartbeat connection and up to five others to each, dialled when there is something to send, and again when they were lost.</summary>
/// <remarks>Every connection has a queue and a loop of its own, so that a slow peer delays nobody else. Thread-safe.</remarks>
internal sealed class RaftTransport : IRaftTransport, IAsyncDisposable
{
    /// <summary>A group keeps to one of them, by its id, which keeps its messages in order. Source: CubeFS depends/tiglabs/raft/transport_sender.go.</summary>
    private const int ReplicateLinks = 5;

    private readonly ConcurrentDictionary<NodeId, Peer> _peers = new();
    private readonly RaftAddresses _addresses;
    private readonly RaftTransportServices _services;
    private readonly SnapshotSends _snapshots;
    private readonly ITimer _sweep;
    private long _unknownPeers;
    private volatile bool _closed;

    public RaftTransport(RaftAddresses addresses, RaftTransportServices services)
    {
        (_addresses, _services) = (addresses, services);
        _snapshots = new SnapshotSends(addresses, services);
        _sweep = services.Time.CreateTimer(_ => Sweep(), null, RaftTransportServices.SweepPeriod, RaftTransportServices.SweepPeriod);
    }

    public RaftSendFigures Figures
    {
        get
        {
            var sum = new RaftSendFigures { DroppedUnknownPeer = Interlocked.Read(ref _unknownPeers) };
            foreach (var link in Links()) sum += link.Figures;
            return sum;
        }
    }

    /// <summary>Snapshots on their way.</summary>
    public int SnapshotsUnderWay => _snapshots.UnderWay;

    /// <summary>How the connections to one node are.</summary>
    public PeerLinks LinksOf(NodeId node)
    {
        var (open, failing) = (0, (TimeSpan?)null);
        if (!_peers.TryGetValue(node, out var peer)) return default;
        foreach (var link in peer.Links())
        {
            var (isOpen, failingFor) = link.State;
            if (isOpen) open++;
            if (failingFor > (failing ?? TimeSpan.MinValue)) failing = failingFor;
        }

        return new PeerLinks(open, failing);
    }

    public RaftSendResult Send(in RaftMessage message) => Find(message, out var refused)?.Send(message) ?? refused;

    public RaftSendResult SendAppend(in RaftMessage message, ReadOnlySpan<RaftPayload> entries) =>
        Find(message, out var refused)?.SendAppend(message, entries) ?? refused;

    public RaftSendResult SendHeartbeat(in RaftMessage message, ReadOnlySpan<PartitionId> ascending) =>
        Find(message, out var refused)?.SendHeartbeat(message, ascending) ?? refused;

    public Task<RaftSnapshotOutcome> SendSnapshotAsync(RaftMessage message, LogPosition at, IReadOnlyList<NodeId> members) =>
        _snapshots.SendAsync(message, at, members);

    /// <summary>Drops what is queued, ends all connections, and returns when every buffer is given back.</summary>
    public async ValueTask DisposeAsync()
    {
        _closed = true;
        await _sweep.DisposeAsync().ConfigureAwait(false);
        var links = Links().ToList();
        foreach (var link in links) link.Close();
        foreach (var link in links) await link.Completion.ConfigureAwait(false);
        await _snapshots.DisposeAsync().ConfigureAwait(false);
    }

    private RaftLink? Find(in RaftMessage message, out RaftSendResult refused)
    {
        refused = RaftSendResult.Closed;
        if (_closed) return null;
        if (!_peers.TryGetValue(message.To, out var peer))
        {
            refused = RaftSendResult.UnknownPeer;
            if (_addresses.Find(message.To) is null)
            {
                Interlocked.Increment(ref _unknownPeers);
                return null;
            }

            peer = _peers.GetOrAdd(message.To, static (id, transport) => new Peer(id, transport._addresses, transport._services), this);
        }

        var link = message.Type is RaftMessageType.Heartbeat or RaftMessageType.HeartbeatReply
            ? peer.Heartbeats()
            : peer.Replicates((int)(message.Group.Value % ReplicateLinks));
        if (!_closed) return link;
        link.Close(); // DisposeAsync may have listed the links just before this one was made
        refused = RaftSendResult.Closed;
        return null;
    }

    private IEnumerable<RaftLink> Links() => _peers.Values.SelectMany(peer => peer.Links());

    private void Sweep()
    {
        var now = _services.Now;
        // Enumerated as pairs: Values would copy the table, four times a second.
        foreach (var (_, peer) in _peers) peer.Sweep(now);
        _snapshots.CheckDeadlines(now);
    }

    /// <summary>The links to one node; each is made when first needed.</summary>
    private sealed class Peer(NodeId id, RaftAddresses addresses, RaftTransportServices services)
    {
        private readonly Lock _lock = new();
        private readonly RaftLink?[] _links = new RaftLink?[1 + ReplicateLinks];

        public RaftLink Heartbeats() => Volatile.Read(ref _links[0]) ?? Make(0, "heartbeats", address => address.Heartbeat);

        public RaftLink Replicates(int index) => Volatile.Read(ref _links[1 + index]) ?? Make(1 + index, $"replicate {index}", address => address.Replicate);

        public IEnumerable<RaftLink> Links() => _links.OfType<RaftLink>();

        public void Sweep(long now)
        {
            for (var i = 0; i < _links.Length; i++) Volatile.Read(ref _links[i])?.Sweep(now);
        }

        private RaftLink Make(int at, string name, Func<RaftAddress, IPEndPoint> port)
        {
            lock (_lock)
            {
                if (_links[at] is { } made) return made;
                var link = new RaftLink(id, name, port, addresses, services);
                Volatile.Write(ref _links[at], link);
                return link;
            }
        }
    }
}
