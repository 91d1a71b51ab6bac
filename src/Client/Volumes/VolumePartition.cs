using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Client;

/// <summary>A data partition as a client uses it.</summary>
internal sealed class VolumePartition
{
    /// <summary>Status that takes new extents. Source: CubeFS proto/status.go ReadWrite.</summary>
    private const sbyte ReadWrite = 2;

    /// <summary>No cluster keeps more copies than a handful; a longer list from a master is a mistake.</summary>
    private const int HostsMax = 16;

    private VolumePartition(PartitionId id, ImmutableArray<string> hosts, string? raftLeader, bool isWritable)
    {
        Id = id;
        Hosts = hosts;
        RaftLeader = raftLeader;
        IsWritable = isWritable;
        FollowerArg = FollowerList.Format(hosts.Skip(1));
        RemainingFollowers = hosts.Length == 1 ? Protocol.RemainingFollowers.SingleReplica : (byte)(hosts.Length - 1);
    }

    public PartitionId Id { get; }

    /// <summary>In the master's order; at least one.</summary>
    public ImmutableArray<string> Hosts { get; }

    public bool IsWritable { get; }

    /// <summary>Takes creates, appends and deletes: the first of the list, never the raft leader.</summary>
    public string ChainLeader => Hosts[0];

    /// <summary>As the master heard last; null if nobody claims to be it, or somebody who is no host. Old news for seconds after an election.</summary>
    public string? RaftLeader { get; }

    /// <summary>Arg of what goes through the append chain; written once, sent with every packet.</summary>
    public byte[] FollowerArg { get; }

    public byte RemainingFollowers { get; }

    /// <returns>Null for a partition that no client can use: without id, or with hosts that are not distinct <c>ip:port</c>.</returns>
    public static VolumePartition? From(DataPartitionView view)
    {
        if (view.PartitionId.Value == 0 || view.Hosts.Count is 0 or > HostsMax || view.IsDiscard) return null;
        foreach (var host in view.Hosts)
            if (!IPEndPoint.TryParse(host, out var at) || at.AddressFamily != AddressFamily.InterNetwork || at.Port == 0) return null;
        if (view.Hosts.Distinct().Count() != view.Hosts.Count) return null;
        // Fewer hosts than replicas: the master is moving one, and says so by another status as a rule; reading works all the same.
        var raftLeader = view.Hosts.Contains(view.LeaderAddr) ? view.LeaderAddr : null;
        return new VolumePartition(view.PartitionId, [.. view.Hosts], raftLeader, view.Status == ReadWrite && view.Hosts.Count >= view.ReplicaNum);
    }
}
