using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Protocol.Objects;

namespace CubeActors.ControlPlane;

/// <summary>What the master answers about its state, in CubeFS's shapes. Pure.</summary>
internal sealed class ClusterViews(ClusterState state, LiveView live, DateTimeOffset now)
{
    /// <summary>Source: CubeFS master/const.go defaultMaxDpCntLimit.</summary>
    private const ulong PartitionCountMax = 3000;

    public static Peer PeerOf(ReplicaRecord replica) => new()
    {
        Id = new NodeId(replica.NodeId),
        Address = replica.Address,
        HeartbeatPort = replica.HeartbeatPort,
        ReplicaPort = replica.ReplicaPort,
    };

    public static ObjectEntry EntryOf(StoredObject stored) => new(stored.Volume, stored.Name, stored.Size, stored.Sha256, stored.CreatedAt);

    public DataNodeInfo Node(NodeRecord node)
    {
        var life = live.Find(node.Address);
        var report = life?.Report ?? new DataNodeHeartbeatResponse();
        var hosted = state.PartitionsOn(node.Address).ToList();
        var isActive = live.IsActive(node.Address, now);
        return new DataNodeInfo
        {
            TotalWeight = report.Total,
            UsedWeight = report.Used,
            AvailableSpace = report.Available,
            Id = new NodeId(node.Id),
            Zone = node.Zone,
            Addr = node.Address,
            RaftHeartbeatPort = node.HeartbeatPort,
            RaftReplicaPort = node.ReplicaPort,
            ReportTime = life?.ReportedAt ?? default,
            IsActive = isActive,
            IsWriteAble = IsWritable(node),
            CanAllocPartition = IsWritable(node),
            UsageRatio = report.Total == 0 ? 0 : (double)report.Used / report.Total,
            DataPartitionCount = (uint)hosted.Count,
            NodeSetId = 1,
            DataPartitionReports = report.PartitionReports,
            PersistenceDataPartitions = [.. hosted.Select(partition => new PartitionId(partition.Id))],
            PersistenceDataPartitionsWithDiskPath = [.. hosted.SelectMany(partition => OnDisk(partition, node.Address))],
            AllDisks = node.AllDisks,
            BadDisks = node.BadDisks,
            LostDisks = report.LostDisks,
            PartitionCountMax = PartitionCountMax,
            CpuPercent = report.CpuPercent,
            IoPercentByDevice = report.IoPercentByDevice,
            BackupDataPartitions = [.. report.BackupDataPartitions.Select(backup => backup.PartitionId)],
            MediaType = node.MediaType,
            DiskOpLogs = report.DiskOperations,
            DpOpLogs = report.PartitionOperations,
        };
    }

    public IReadOnlyList<DataNodeEntry> Nodes() => [.. state.Nodes.OrderBy(node => node.Id).Select(node => new DataNodeEntry
    {
        Addr = node.Address,
        Status = live.IsActive(node.Address, now),
        Id = new NodeId(node.Id),
        IsWritable = IsWritable(node),
        MediaType = node.MediaType,
    })];

    public ClusterSummary Cluster()
    {
        var reports = state.Nodes.Where(node => live.IsActive(node.Address, now)).Select(node => live.Find(node.Address)!.Report).ToList();
        var total = reports.Aggregate(0UL, (sum, report) => sum + report.Total);
        var used = reports.Aggregate(0UL, (sum, report) => sum + report.Used);
        return new ClusterSummary
        {
            Name = state.Cluster?.Name ?? "",
            CreateTime = Text(state.Cluster?.At ?? default),
            DataNodes = [.. Nodes().Select(node => new NodeSummary
            {
                Id = node.Id.Value,
                Addr = node.Addr,
                Status = node.Status,
                IsWritable = node.IsWritable,
                MediaType = node.MediaType,
            })],
            DataNodeStatInfo = new NodeSpace
            {
                TotalGb = total / (ulong)VolumeRules.GiB,
                UsedGb = used / (ulong)VolumeRules.GiB,
                UsedRatio = total == 0 ? "0.0" : ((double)used / total).ToString("0.0##", System.Globalization.CultureInfo.InvariantCulture),
            },
            MaxDataPartitionId = state.LastPartitionId,
            VolumeNames = [.. state.Volumes.Select(volume => volume.Name).Order(StringComparer.Ordinal)],
        };
    }

    public DataPartitionInfo Partition(PartitionRecord partition) => new()
    {
        PartitionId = new PartitionId(partition.Id),
        ReplicaNum = (byte)partition.Replicas.Length,
        Status = StatusRules.StatusOf(partition, live, now),
        Replicas = [.. partition.Replicas.Select(replica => Replica(partition, replica))],
        Hosts = [.. partition.Hosts],
        Peers = [.. partition.Replicas.Select(PeerOf)],
        Zones = [.. partition.Hosts.Select(host => state.FindNode(host)?.Zone ?? "")],
        VolName = partition.Volume,
        VolId = state.FindVolume(partition.Volume)?.Id ?? 0,
        MediaType = MediaOf(partition),
    };

    /// <summary>The partitions that exist, in order of their ids.</summary>
    public DataPartitionsView ClientPartitions(VolumeRecord volume)
    {
        var partitions = Created(volume).ToList();
        return new DataPartitionsView
        {
            DataPartitions = [.. partitions.Select(partition => new DataPartitionView
            {
                PartitionId = new PartitionId(partition.Id),
                Status = StatusRules.StatusOf(partition, live, now),
                ReplicaNum = (byte)partition.Replicas.Length,
                Hosts = [.. partition.Hosts],
                LeaderAddr = StatusRules.LeaderOf(partition, live, now),
                MediaType = MediaOf(partition),
            })],
            StatByClass = [new StorageClassUse { StorageClass = MediaOf(partitions.FirstOrDefault()), UsedSizeBytes = Used(partitions), QuotaGb = volume.CapacityGb }],
        };
    }

    public VolumeSummary Volume(VolumeRecord volume)
    {
        var partitions = Created(volume).ToList();
        return new VolumeSummary
        {
            Id = volume.Id,
            Name = volume.Name,
            Owner = volume.Owner,
            DpReplicaNum = (byte)volume.ReplicaNum,
            Capacity = volume.CapacityGb,
            CreateTime = Text(volume.CreatedAt),
            DpCnt = partitions.Count,
            RwDpCnt = partitions.Count(partition => StatusRules.StatusOf(partition, live, now) == PartitionStatus.ReadWrite),
            MaxDataPartitionId = partitions.Count == 0 ? 0 : partitions[^1].Id,
            PartitionBytes = volume.PartitionBytes,
            PartitionsWanted = volume.PartitionsWanted,
            IsReady = volume.Stage == VolumeStage.Ready,
            UsedBytes = Used(partitions),
        };
    }

    private static string Text(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);

    private IEnumerable<PartitionRecord> Created(VolumeRecord volume) =>
        state.PartitionsOf(volume.Name).Where(partition => partition.Stage == PartitionStage.Created);

    private ulong Used(IEnumerable<PartitionRecord> partitions) =>
        partitions.Aggregate(0UL, (sum, partition) => sum + StatusRules.UsedBytesOf(partition, live));

    private bool IsWritable(NodeRecord node) => live.IsActive(node.Address, now) && live.Find(node.Address)!.Report.Available > 0;

    // The medium of the nodes; a zone, and so a partition, has one.
    private uint MediaOf(PartitionRecord? partition) => partition is null ? 0 : state.FindNode(partition.Replicas[0].Address)?.MediaType ?? 0;

    private static IEnumerable<PartitionOnDisk> OnDisk(PartitionRecord partition, string address) =>
        from replica in partition.Replicas
        where replica.Address == address && replica.DiskPath.Length > 0
        select new PartitionOnDisk { PartitionId = new PartitionId(partition.Id), Disk = replica.DiskPath };

    private ReplicaInfo Replica(PartitionRecord partition, ReplicaRecord replica)
    {
        var life = live.FindReplica(partition.Id, replica.Address);
        var report = life?.Report ?? new PartitionReport();
        var isLive = live.IsLive(partition.Id, replica.Address, now);
        return new ReplicaInfo
        {
            Addr = replica.Address,
            ReportTime = life?.ReportedAt.ToUnixTimeSeconds() ?? 0,
            FileCount = (uint)Math.Clamp(report.ExtentCount, 0, uint.MaxValue),
            Status = isLive ? (sbyte)Math.Clamp(report.PartitionStatus, PartitionStatus.Unavailable, PartitionStatus.ReadWrite) : PartitionStatus.Unavailable,
            TotalSize = report.Total,
            UsedSize = report.Used,
            IsLeader = isLive && report.IsLeader,
            NeedsToCompare = report.NeedCompare,
            DiskPath = replica.DiskPath,
            DecommissionRepairProgress = report.DecommissionRepairProgress,
            LocalPeers = report.LocalPeers,
            TriggerDiskError = report.TriggerDiskError,
            ForbidWriteOpOfProtoVer0 = report.ForbidWriteOpOfProtoVer0,
            ReadOnlyReasons = report.ReadOnlyReasons,
            IsMissingTinyExtent = report.IsMissingTinyExtent,
            IsRepairing = report.IsRepairing,
        };
    }
}
