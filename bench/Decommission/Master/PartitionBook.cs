using System.Globalization;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Decommission;

/// <summary>What the master knows of one partition. Thread-safe.</summary>
internal sealed class PartitionBook(PartitionId id, IEnumerable<TrialNode> nodes)
{
    private readonly Lock _lock = new();
    private readonly HashSet<TrialNode> _made = [];
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
        lock (_lock)
        {
            _hosts = [.. _hosts.Where(host => host != node)];
            _made.Remove(node);
        }
    }

    /// <summary>The node has answered that it made the replica (0x60): only now a master knows the disk. A node whose disk lacks what is listed on it takes it for the wrong one.</summary>
    public void Made(TrialNode node)
    {
        lock (_lock) _made.Add(node);
    }

    /// <summary>As the master lists it; empty while no replica was made there.</summary>
    public string DiskOn(TrialNode node)
    {
        lock (_lock) return _made.Contains(node) ? node.Disk : "";
    }
}

/// <summary>Ports of every node of a trial. Source: tests/EndToEnd/Running/NodePlace.cs, which writes them into datanode.json.</summary>
internal static class NodePorts
{
    public const int RaftHeartbeat = 17330, RaftReplica = 17340;
}
