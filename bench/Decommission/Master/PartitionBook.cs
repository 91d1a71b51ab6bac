using System.Globalization;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Decommission;

/// <summary>What the master knows of one partition. Thread-safe.</summary>
internal sealed class PartitionBook(PartitionId id, IEnumerable<TrialNode> nodes)
{
    private readonly Lock _lock = new();
    private List<TrialNode> _hosts = [.. nodes];

    public PartitionId Id => id;

    /// <summary>In order: the first is chain leader and drives repair.</summary>
    public IReadOnlyList<TrialNode> Hosts
    {
        get
        {
            lock (_lock) return _hosts;
        }
    }

    public IReadOnlyList<string> Addresses => [.. Hosts.Select(host => host.Address)];

    public IReadOnlyList<Peer> Peers => [.. Hosts.Select(PeerOf)];

    public static Peer PeerOf(TrialNode node) => new()
    {
        Id = node.Id,
        Address = node.Address,
        HeartbeatPort = NodePorts.RaftHeartbeat.ToString(CultureInfo.InvariantCulture),
        ReplicaPort = NodePorts.RaftReplica.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>At the end of the list, as masters do.</summary>
    public void Add(TrialNode node)
    {
        lock (_lock) _hosts = _hosts.Contains(node) ? _hosts : [.. _hosts, node];
    }

    public void Remove(TrialNode node)
    {
        lock (_lock) _hosts = [.. _hosts.Where(host => host != node)];
    }
}

/// <summary>Ports of every node of a trial. Source: tests/EndToEnd/Running/NodePlace.cs, which writes them into datanode.json.</summary>
internal static class NodePorts
{
    public const int RaftHeartbeat = 17330, RaftReplica = 17340;
}
