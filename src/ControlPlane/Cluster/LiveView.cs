using CubeActors.Protocol.Master;

namespace CubeActors.ControlPlane;

/// <summary>Status of a replica or a partition. Source: CubeFS proto/status.go ReadWrite, ReadOnly, Recovering, Unavailable.</summary>
internal static class PartitionStatus
{
    public const sbyte ReadWrite = 2;
    public const sbyte ReadOnly = 1;
    public const sbyte Recovering = 0;
    public const sbyte Unavailable = -1;
}

/// <summary>What a node said last, and when.</summary>
internal sealed record NodeLife(DateTimeOffset ReportedAt, DataNodeHeartbeatResponse Report);

/// <summary>What a node said last of one of its replicas.</summary>
/// <param name="ReportsWithout">Heartbeats since then that left the replica out.</param>
internal sealed record ReplicaLife(DateTimeOffset ReportedAt, PartitionReport Report, int ReportsWithout);

/// <summary>What the nodes reported since the master started: never persisted, because only fresh reports mean anything.</summary>
internal sealed class LiveView(TimeSpan liveness)
{
    /// <summary>A replica that was not reported for so long is not live. Source: CubeFS master/const.go defaultDataPartitionTimeOutSec.</summary>
    public static readonly TimeSpan ReplicaReportMaxAge = TimeSpan.FromSeconds(300);

    /// <summary>
    /// Reports in a row that may leave a replica out. One may have been taken just before the replica was created; a node that leaves it
    /// out twice does not serve it.
    /// </summary>
    public const int ReportsWithoutMax = 1;

    /// <summary>
    /// How long a partition is taken as led after the last report that said so; a change of the leader between two heartbeats takes less.
    /// Source: CubeFS master/const.go, the time after which a data partition counts as without leader.
    /// </summary>
    public static readonly TimeSpan LeaderGrace = TimeSpan.FromSeconds(10);

    /// <summary>The same after its creation. Source: the time for which CubeFS's master takes the partitions of a new volume as writable.</summary>
    public static readonly TimeSpan FirstLeaderGrace = TimeSpan.FromSeconds(18);

    private readonly Dictionary<string, NodeLife> _nodes = [];
    private readonly Dictionary<ulong, DateTimeOffset> _ledUntil = [];
    private readonly Dictionary<(ulong PartitionId, string Address), ReplicaLife> _replicas = [];

    public NodeLife? Find(string address) => _nodes.GetValueOrDefault(address);

    public ReplicaLife? FindReplica(ulong partitionId, string address) => _replicas.GetValueOrDefault((partitionId, address));

    public bool IsActive(string address, DateTimeOffset now) =>
        _nodes.TryGetValue(address, out var node) && now - node.ReportedAt <= liveness;

    /// <summary>True if the replica counts for the status of its partition (spec 5.3).</summary>
    public bool IsLive(ulong partitionId, string address, DateTimeOffset now) =>
        IsActive(address, now)
        && _replicas.TryGetValue((partitionId, address), out var replica)
        && replica.Report.PartitionStatus != PartitionStatus.Unavailable
        && replica.ReportsWithout <= ReportsWithoutMax
        && now - replica.ReportedAt <= ReplicaReportMaxAge;

    /// <summary>True if a live replica says that it leads the raft group, or one did within the grace.</summary>
    public bool IsLed(PartitionRecord partition, DateTimeOffset now) =>
        LeaderOf(partition, now) is not null || (_ledUntil.TryGetValue(partition.Id, out var until) && now <= until);

    /// <summary>The live replica that says it leads the raft group; null if none does. Of two the one that said it last: the other was deposed.</summary>
    public string? LeaderOf(PartitionRecord partition, DateTimeOffset now)
    {
        string? leader = null;
        DateTimeOffset saidAt = default;
        foreach (var replica in partition.Replicas)
        {
            if (!IsLive(partition.Id, replica.Address, now)) continue;
            var life = _replicas[(partition.Id, replica.Address)];
            if (!life.Report.IsLeader || (leader is not null && life.ReportedAt <= saidAt)) continue;
            (leader, saidAt) = (replica.Address, life.ReportedAt);
        }

        return leader;
    }

    /// <summary>Takes a node's report over, for the partitions whose hosts contain the node.</summary>
    public void Take(string address, DataNodeHeartbeatResponse report, IEnumerable<ulong> hosted, DateTimeOffset now)
    {
        _nodes[address] = new NodeLife(now, report);
        var reported = new Dictionary<ulong, PartitionReport>();
        foreach (var replica in report.PartitionReports) reported[replica.PartitionId.Value] = replica;
        foreach (var id in hosted)
        {
            if (reported.TryGetValue(id, out var replica))
            {
                _replicas[(id, address)] = new ReplicaLife(now, replica, 0);
                if (replica.IsLeader) ExtendLed(id, now + LeaderGrace);
            }
            else if (_replicas.TryGetValue((id, address), out var known))
                _replicas[(id, address)] = known with { ReportsWithout = known.ReportsWithout + 1 };
        }
    }

    /// <summary>A node has just answered a create task: its replica is usable before the first heartbeat tells so (spec 5.2).</summary>
    public void Created(PartitionRecord partition, DateTimeOffset now)
    {
        ExtendLed(partition.Id, now + FirstLeaderGrace);
        foreach (var replica in partition.Replicas)
            _replicas[(partition.Id, replica.Address)] = new ReplicaLife(now, new PartitionReport
            {
                VolName = partition.Volume,
                PartitionId = new Protocol.PartitionId(partition.Id),
                PartitionStatus = PartitionStatus.ReadWrite,
                Total = (ulong)partition.SizeBytes,
                DiskPath = replica.DiskPath,
            }, 0);
    }

    /// <summary>A replica was removed; its partition is on its way out.</summary>
    public void Forget(ulong partitionId, string address)
    {
        _replicas.Remove((partitionId, address));
        _ledUntil.Remove(partitionId);
    }

    private void ExtendLed(ulong partitionId, DateTimeOffset until)
    {
        if (!_ledUntil.TryGetValue(partitionId, out var before) || until > before) _ledUntil[partitionId] = until;
    }
}
