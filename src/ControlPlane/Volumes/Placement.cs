namespace CubeActors.ControlPlane;

/// <summary>A node that could take a replica.</summary>
/// <param name="Replicas">Replicas of all volumes that it has, planned ones included.</param>
internal sealed record Candidate(string Address, int Replicas);

/// <summary>Chooses the hosts of a new partition. Pure: what is random comes from the seed of the caller.</summary>
internal static class Placement
{
    /// <summary>Nodes up to which all pairs are weighed against each other; the least loaded of more nodes take part.</summary>
    private const int PairedNodesMax = 256;

    /// <summary>The hosts in order, the chain leader first; empty if there are not enough candidates.</summary>
    /// <param name="siblings">Hosts of the partitions that the volume has already.</param>
    public static IReadOnlyList<string> Choose(
        IReadOnlyCollection<Candidate> candidates, int replicaNum, IReadOnlyCollection<IReadOnlyList<string>> siblings, Random random)
    {
        var nodes = candidates.DistinctBy(node => node.Address).ToArray();
        if (nodes.Length < replicaNum) return [];
        random.Shuffle(nodes); // so that ties are not always won by the first address; the sorts below are stable
        var inVolume = Count(siblings.SelectMany(hosts => hosts));
        var byLoad = nodes.OrderBy(node => inVolume.GetValueOrDefault(node.Address)).ThenBy(node => node.Replicas);
        var chosen = replicaNum == 2
            ? LeastUsedPair([.. byLoad.Take(PairedNodesMax)], siblings)
            : byLoad.Take(replicaNum);
        // Leading the append chain costs most: whoever leads least in this volume goes first.
        var leads = Count(siblings.Select(hosts => hosts[0]));
        return [.. chosen.OrderBy(node => leads.GetValueOrDefault(node.Address)).Select(node => node.Address)];
    }

    // With two replicas, losing two nodes loses what lies on exactly these two: an even spread makes each pair's share smallest, and every
    // pair that exists can take writes while a third node is down.
    private static IEnumerable<Candidate> LeastUsedPair(IReadOnlyList<Candidate> nodes, IEnumerable<IReadOnlyList<string>> siblings)
    {
        var used = new Dictionary<(string, string), int>();
        foreach (var hosts in siblings.Where(hosts => hosts.Count == 2))
            used[Pair(hosts[0], hosts[1])] = used.GetValueOrDefault(Pair(hosts[0], hosts[1])) + 1;
        var pairs =
            from i in Enumerable.Range(0, nodes.Count)
            from j in Enumerable.Range(i + 1, nodes.Count - i - 1)
            select (A: nodes[i], B: nodes[j]);
        var best = pairs
            .MinBy(pair => (used.GetValueOrDefault(Pair(pair.A.Address, pair.B.Address)), pair.A.Replicas + pair.B.Replicas));
        return [best.A, best.B];
    }

    private static (string, string) Pair(string a, string b) => string.CompareOrdinal(a, b) < 0 ? (a, b) : (b, a);

    private static Dictionary<string, int> Count(IEnumerable<string> addresses) =>
        addresses.GroupBy(address => address).ToDictionary(group => group.Key, group => group.Count());
}
