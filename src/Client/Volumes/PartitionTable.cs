using System.Collections.Immutable;
using CubeActors.Protocol;

namespace CubeActors.Client;

/// <summary>One view of a volume's partitions, and what was learned since against some of them. Pure; one owner.</summary>
/// <remarks>
/// Rules X of the table of reactions: a partition that failed a create or an append is left out until the next view, unless it is the
/// only writable one; so are partitions with a host that refuses connections, because an append needs all its replicas.
/// </remarks>
internal sealed class PartitionTable
{
    private readonly Dictionary<PartitionId, VolumePartition> _byId = [];
    private readonly ImmutableArray<VolumePartition> _writable;
    private readonly HashSet<PartitionId> _excluded = [];
    private readonly HashSet<PartitionId> _withoutTiny = [];
    private readonly HashSet<string> _deadHosts = [];
    private readonly List<VolumePartition> _candidates = [];

    public PartitionTable(IEnumerable<VolumePartition> partitions)
    {
        foreach (var partition in partitions) _byId[partition.Id] = partition;
        _writable = [.. _byId.Values.Where(partition => partition.IsWritable).OrderBy(partition => partition.Id)];
    }

    public int Count => _byId.Count;
    public int WritableCount => _writable.Length;

    public VolumePartition? Find(PartitionId id) => _byId.GetValueOrDefault(id);

    /// <summary>A random partition for new data.</summary>
    /// <param name="tiny">For a tiny extent: leaves out those that had none available.</param>
    /// <param name="avoid">Only taken if no other is left, as the one whose failure is being recovered from.</param>
    /// <returns>Null if all are excluded, or none is writable.</returns>
    public VolumePartition? Choose(Random random, bool tiny, VolumePartition? avoid)
    {
        _candidates.Clear();
        foreach (var partition in _writable)
            if (IsCandidate(partition, tiny) && partition.Id != avoid?.Id) _candidates.Add(partition);
        if (_candidates.Count > 0) return _candidates[random.Next(_candidates.Count)];
        return avoid is not null && Find(avoid.Id) is { IsWritable: true } last && IsCandidate(last, tiny) ? last : null;
    }

    public void Exclude(PartitionId id)
    {
        if (_writable.Length > 1) _excluded.Add(id);
    }

    /// <summary>A host that refuses connections: partitions that have a replica on it cannot take appends.</summary>
    public void ExcludeHost(string host)
    {
        if (_writable.Any(partition => !partition.Hosts.Contains(host))) _deadHosts.Add(host);
    }

    public void ExcludeFromTiny(PartitionId id) => _withoutTiny.Add(id);

    private bool IsCandidate(VolumePartition partition, bool tiny)
    {
        if (_excluded.Contains(partition.Id) || (tiny && _withoutTiny.Contains(partition.Id))) return false;
        foreach (var host in partition.Hosts)
            if (_deadHosts.Contains(host)) return false;
        return true;
    }
}
