using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Runtime.Files;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>META of one replica, in memory and on its disk. Thread-safe; changes block and are for I/O threads.</summary>
internal sealed class ReplicaRecord(IFileSystem files, string directory, PartitionMeta meta)
{
    private readonly Lock _lock = new();
    private volatile PartitionMeta _meta = meta;

    public PartitionMeta Meta => _meta;

    public string Directory => directory;

    /// <summary>Changes META, durably.</summary>
    /// <returns>The new one; unchanged if the change makes no difference.</returns>
    public PartitionMeta Change(Func<PartitionMeta, PartitionMeta> change)
    {
        lock (_lock)
        {
            var next = change(_meta);
            if (next == _meta) return next;
            next.Save(files, directory);
            return _meta = next;
        }
    }

    /// <summary>APPLY: durable on return. The caller has made durable what it claims.</summary>
    public void SaveApplied(ulong index)
    {
        lock (_lock) ApplyFile.Save(files, directory, index);
    }

    /// <summary>META after a member joined. Source of the rules: raft.md 4.4.</summary>
    public static PartitionMeta WithMember(PartitionMeta meta, Peer peer, bool repairing)
    {
        var isKnown = meta.Peers.Any(known => known.Id == peer.Id && known.Address.Length > 0);
        return meta with
        {
            Peers = isKnown ? meta.Peers : [.. meta.Peers.Where(known => known.Id != peer.Id), peer],
            Hosts = isKnown || meta.Hosts.Contains(peer.Address) ? meta.Hosts : [.. meta.Hosts, peer.Address],
            IsRepairing = repairing,
            IsBeingRebuilt = false,
        };
    }

    /// <summary>META with exactly the members that a snapshot names. Of one that META does not know only the id is known: it stands there without an
    /// address until a later entry, the master's list or an operator tells more, and <see cref="LacksAddresses"/> is true as long.</summary>
    public static PartitionMeta WithMembers(PartitionMeta meta, IReadOnlyList<NodeId> members)
    {
        var gone = meta.Peers.Where(peer => !members.Contains(peer.Id)).ToList();
        var unknown = members.Where(member => meta.Peers.All(peer => peer.Id != member)).Distinct().ToList();
        if (gone.Count == 0 && unknown.Count == 0) return meta;
        return meta with
        {
            Peers = [.. meta.Peers.Except(gone), .. unknown.Select(member => new Peer { Id = member })],
            Hosts = [.. meta.Hosts.Where(host => gone.All(peer => peer.Address != host))],
        };
    }

    /// <summary>META with addresses for members of which only the ids were known.</summary>
    /// <param name="addresses">Of all nodes of the cluster, as the master knows them.</param>
    public static PartitionMeta WithAddresses(PartitionMeta meta, IReadOnlyDictionary<string, NodeId> addresses)
    {
        foreach (var lacking in meta.Peers.Where(peer => peer.Address.Length == 0).ToList())
        {
            if (addresses.FirstOrDefault(node => node.Value == lacking.Id).Key is not { Length: > 0 } address) continue;
            meta = meta with
            {
                Peers = [.. meta.Peers.Select(peer => peer == lacking ? peer with { Address = address } : peer)],
                Hosts = meta.Hosts.Contains(address) ? meta.Hosts : [.. meta.Hosts, address],
            };
        }

        return meta;
    }

    /// <summary>Members whose address is, as the master says, that of a node with another id: they were made anew.</summary>
    /// <param name="self">Of this node: whoever it is, it does not expel itself.</param>
    public static IReadOnlyList<NodeId> Expired(PartitionMeta meta, string self, IReadOnlyDictionary<string, NodeId> nodes) =>
        [.. meta.Peers.Where(peer => peer.Address != self && nodes.TryGetValue(peer.Address, out var now) && now.Value != 0 && now != peer.Id).Select(peer => peer.Id)];

    /// <summary>META without the members that are <see cref="Expired"/>; an address stays among the hosts where another peer has it.</summary>
    public static PartitionMeta WithoutExpired(PartitionMeta meta, string self, IReadOnlyDictionary<string, NodeId> nodes)
    {
        var expired = Expired(meta, self, nodes);
        if (expired.Count == 0) return meta;
        var peers = meta.Peers.Where(peer => !expired.Contains(peer.Id)).ToList();
        var gone = meta.Peers.Where(peer => expired.Contains(peer.Id) && peers.All(other => other.Address != peer.Address)).Select(peer => peer.Address).ToList();
        return meta with { Peers = peers, Hosts = [.. meta.Hosts.Where(host => !gone.Contains(host))] };
    }

    /// <summary>A member could not be asked for its vote: such a replica does not stand for election.</summary>
    public static bool LacksAddresses(PartitionMeta meta) => meta.Peers.Any(static peer => peer.Address.Length == 0);

    /// <summary>META after a member left: by id from the peers, by address from the hosts.</summary>
    public static PartitionMeta WithoutMember(PartitionMeta meta, Peer peer, bool repairing) => meta with
    {
        Peers = [.. meta.Peers.Where(known => known.Id != peer.Id)],
        Hosts = [.. meta.Hosts.Where(host => host != peer.Address)],
        IsRepairing = repairing,
        IsBeingRebuilt = false,
    };
}
