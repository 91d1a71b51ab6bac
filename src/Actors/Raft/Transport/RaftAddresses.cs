using System.Collections.Concurrent;
using System.Net;
using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>Where a node listens for raft.</summary>
internal sealed record RaftAddress(IPEndPoint Heartbeat, IPEndPoint Replicate);

/// <summary>Where the raft members are: filled as partitions start and as members are added, read at every dial. Thread-safe.</summary>
/// <remarks>Later entries replace earlier ones and nothing is removed: a node keeps its id, and may move.</remarks>
internal sealed class RaftAddresses
{
    private readonly ConcurrentDictionary<NodeId, RaftAddress> _addresses = new();

    /// <summary>Notes where a node is; connections to where it was are given up at their next message.</summary>
    public void Set(NodeId node, RaftAddress address)
    {
        // The same address again is the common case: the object stays, by which connections see that nothing has moved.
        if (!_addresses.TryGetValue(node, out var known) || known != address) _addresses[node] = address;
    }

    /// <returns>Null for a node nobody has told of.</returns>
    public RaftAddress? Find(NodeId node) => _addresses.GetValueOrDefault(node);
}
