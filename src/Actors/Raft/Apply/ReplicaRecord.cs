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
    public static PartitionMeta WithMember(PartitionMeta meta, Peer peer, bool repairing) => meta with
    {
        Peers = meta.Peers.Any(known => known.Id == peer.Id) ? meta.Peers : [.. meta.Peers, peer],
        Hosts = meta.Peers.Any(known => known.Id == peer.Id) || meta.Hosts.Contains(peer.Address) ? meta.Hosts : [.. meta.Hosts, peer.Address],
        IsRepairing = repairing,
        IsBeingRebuilt = false,
    };

    /// <summary>META after a member left: by id from the peers, by address from the hosts.</summary>
    public static PartitionMeta WithoutMember(PartitionMeta meta, Peer peer, bool repairing) => meta with
    {
        Peers = [.. meta.Peers.Where(known => known.Id != peer.Id)],
        Hosts = [.. meta.Hosts.Where(host => host != peer.Address)],
        IsRepairing = repairing,
        IsBeingRebuilt = false,
    };
}
