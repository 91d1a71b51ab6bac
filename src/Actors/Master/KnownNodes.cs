using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Actors;

/// <summary>The masters' list of data nodes, as far as it can be believed. Pure.</summary>
internal static class KnownNodes
{
    /// <returns>Ids by address. An address that stands there under two ids is left out: whoever removes a member because of it must be certain.</returns>
    public static IReadOnlyDictionary<string, NodeId> Ids(IReadOnlyList<DataNodeEntry> nodes)
    {
        var ids = new Dictionary<string, NodeId>(StringComparer.Ordinal);
        var doubtful = new HashSet<string>(StringComparer.Ordinal);
        foreach (var node in nodes)
        {
            if (node is null || node.Addr.Length == 0 || node.Id.Value == 0) continue;
            if (!ids.TryAdd(node.Addr, node.Id) && ids[node.Addr] != node.Id) doubtful.Add(node.Addr);
        }

        foreach (var address in doubtful) ids.Remove(address);
        return ids;
    }
}
