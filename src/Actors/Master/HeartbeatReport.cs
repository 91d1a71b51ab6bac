using System.Collections.Frozen;
using CubeActors.Protocol.Master;

namespace CubeActors.Actors;

/// <summary>What a node says of itself in answer to a heartbeat. Pure: the board and the settings in, the report out.</summary>
internal static class HeartbeatReport
{
    /// <summary>Replica status on the wire. Source: CubeFS proto/status.go.</summary>
    private const int Unavailable = -1, ReadOnly = 1, ReadWrite = 2;

    /// <summary>Reasons for read-only. Source: CubeFS proto/status.go.</summary>
    private const uint OverCapacity = 1, TooManyExtents = 2, BaseIdTooHigh = 4, DiskReadOnly = 8;

    /// <summary>From here on a partition takes no new extents. Source: CubeFS datanode/storage/extent_store.go MaxExtentCount.</summary>
    private const int ExtentsMax = 20000;

    /// <param name="startedAt">Unix seconds.</param>
    public static DataNodeHeartbeatResponse Build(IReadOnlyList<DiskFigures> disks, IReadOnlyList<PartitionFigures> partitions, string zone, long startedAt, VolumePolicies volumes)
    {
        var usable = disks.Where(disk => disk.State != DiskState.Unavailable).ToList();
        var bad = disks.Where(disk => disk.State == DiskState.Unavailable).ToList();
        // Still loading ones are left out: what is not reported ages at the master, what is reported wrongly is believed.
        var settled = partitions.Where(partition => partition.State is PartitionState.Serving or PartitionState.Unavailable).ToList();
        var allocated = disks.ToDictionary(disk => disk.Path, disk => (ulong)settled.Where(partition => partition.DiskPath == disk.Path).Sum(partition => partition.Size));
        ulong Unallocated(DiskFigures disk) => disk.Total > allocated[disk.Path] ? disk.Total - allocated[disk.Path] : 0;

        return new DataNodeHeartbeatResponse
        {
            Status = (byte)AdminTaskStatus.Succeeded,
            Total = usable.Aggregate(0UL, (sum, disk) => sum + Math.Max(disk.Total, disk.Used)),
            Used = usable.Aggregate(0UL, (sum, disk) => sum + disk.Used),
            Available = usable.Aggregate(0UL, (sum, disk) => sum + disk.Available),
            TotalPartitionSize = (ulong)settled.Sum(partition => partition.Size),
            RemainingCapacity = usable.Aggregate(0UL, (sum, disk) => sum + Unallocated(disk)),
            MaxCapacity = usable.Count == 0 ? 0 : usable.Max(Unallocated),
            CreatedPartitionCnt = (uint)settled.Count,
            StartTime = startedAt,
            ZoneName = zone,
            PartitionReports = [.. settled.Select(partition => Report(partition, disks.First(disk => disk.Path == partition.DiskPath), volumes))],
            AllDisks = [.. disks.Select(disk => disk.Path)],
            DiskStats = [.. disks.Select(disk => new DiskStat
            {
                Status = disk.State == DiskState.Unavailable ? Unavailable : disk.IsWritable ? ReadWrite : ReadOnly,
                DiskPath = disk.Path,
                Total = disk.Total,
                Used = disk.Used,
                Available = disk.Available,
                TotalPartitionCnt = Math.Max(0, disk.PartitionsFound),
            })],
            BadDisks = [.. bad.Select(disk => disk.Path)],
            ReceivedForbidWriteOpOfProtoVer0 = volumes.ClusterWithoutVersion0,
        };
    }

    private static PartitionReport Report(PartitionFigures partition, DiskFigures disk, VolumePolicies volumes)
    {
        var reasons = (partition.Used >= partition.Size ? OverCapacity : 0)
            | (partition.ExtentCount >= ExtentsMax ? TooManyExtents : 0)
            | (partition.BaseExtentId > Protocol.ExtentId.NormalLast ? BaseIdTooHigh : 0)
            | (disk.IsWritable ? 0 : DiskReadOnly);
        return new PartitionReport
        {
            VolName = partition.Volume,
            PartitionId = partition.Id,
            PartitionStatus = partition.State == PartitionState.Unavailable ? Unavailable : reasons != 0 ? ReadOnly : ReadWrite,
            Total = (ulong)partition.Size,
            Used = (ulong)partition.Used,
            DiskPath = partition.DiskPath,
            IsLeader = partition.State == PartitionState.Serving && partition.IsLeader,
            ExtentCount = partition.ExtentCount,
            NeedCompare = true,
            LocalPeers = partition.Peers,
            TriggerDiskError = partition.State == PartitionState.Unavailable,
            ForbidWriteOpOfProtoVer0 = volumes.ClusterWithoutVersion0 || volumes.WithoutVersion0.Contains(partition.Volume),
            ReadOnlyReasons = reasons,
        };
    }

    /// <summary>The rules in a heartbeat, as the data path keeps them. Every list replaces the one before, an empty one clears it.</summary>
    public static VolumePolicies Policies(DataNodeHeartbeatRequest request) => new(
        request.ForbiddenVols.ToFrozenSet(StringComparer.Ordinal),
        request.VolsForbidWriteOpOfProtoVer0.ToFrozenSet(StringComparer.Ordinal),
        request.NotifyForbidWriteOpOfProtoVer0,
        request.IgnoreTinyRecoverVols.ToFrozenSet(StringComparer.Ordinal));
}
