using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using Reasons = CubeActors.Protocol.Master.ReadOnlyReasons;

namespace CubeActors.Actors;

/// <summary>What a node says of itself in answer to a heartbeat. Pure: the board and the settings in, the report out.</summary>
/// <remarks>
/// What is still loading or already closing is left out: what is not reported ages at the master, what is reported wrongly is believed.
/// Source: CubeFS datanode/space_manager.go buildHeartBeatResponse and updateMetrics, partition.go statusUpdate.
/// </remarks>
internal static class HeartbeatReport
{
    /// <summary>Status of a disk and of a replica on the wire. Source: CubeFS proto/status.go. 0 is a lost disk, or a replica that is being filled.</summary>
    private const int Unavailable = -1, LostOrRecovering = 0, ReadOnly = 1, ReadWrite = 2;

    /// <summary>From here on a partition takes no new extents. Source: CubeFS datanode/storage/extent_store.go MaxExtentCount.</summary>
    private const int ExtentsMax = 20000;

    /// <param name="startedAt">Unix seconds.</param>
    /// <param name="cpuPercent">How busy the machine's processors were lately.</param>
    /// <param name="operations">What was done in the last minute; null: nothing is said of it.</param>
    public static DataNodeHeartbeatResponse Build(
        IReadOnlyList<DiskFigures> disks, IReadOnlyList<PartitionFigures> partitions, string zone, long startedAt, VolumePolicies volumes, double cpuPercent = 0,
        RecentOperations? operations = null)
    {
        var known = disks.ToDictionary(disk => disk.Path, StringComparer.Ordinal);
        var usable = disks.Where(disk => disk.State != DiskState.Unavailable && !disk.IsLost).ToList();
        var bad = disks.Where(IsBad).ToList();
        var settled = partitions.Where(partition => partition.State is PartitionState.Serving or PartitionState.Unavailable && known.ContainsKey(partition.DiskPath)).ToLookup(partition => partition.DiskPath);
        ulong Allocated(DiskFigures disk) => (ulong)settled[disk.Path].Sum(partition => partition.Size);
        ulong Unallocated(DiskFigures disk) => Allocated(disk) is var allocated && disk.Total > allocated ? disk.Total - allocated : 0;

        return new DataNodeHeartbeatResponse
        {
            Status = (byte)AdminTaskStatus.Succeeded,
            Total = Sum(usable, disk => Math.Max(disk.Total, disk.Used)),
            Used = Sum(usable, disk => disk.Used),
            Available = Sum(usable.Where(disk => !disk.IsDecommissioned), disk => disk.Available),
            TotalPartitionSize = Sum(usable, Allocated),
            RemainingCapacity = Sum(usable, Unallocated),
            MaxCapacity = usable.Count == 0 ? 0 : usable.Max(Unallocated),
            CreatedPartitionCnt = (uint)usable.Sum(disk => settled[disk.Path].Count()),
            StartTime = startedAt,
            ZoneName = zone,
            PartitionReports = [.. settled.SelectMany(ofDisk => ofDisk).OrderBy(partition => partition.Id).Select(partition => Report(partition, known[partition.DiskPath], volumes))],
            AllDisks = [.. disks.Select(disk => disk.Path)],
            DiskStats = [.. disks.Select(disk => new DiskStat
            {
                Status = StatusOf(disk),
                DiskPath = disk.Path,
                Total = disk.Total,
                Used = disk.Used,
                Available = disk.Available,
                IoPercent = Percent(disk.BusyPercent),
                TotalPartitionCnt = settled[disk.Path].Count(),
                DiskErrPartitionList = Failed(disk),
            })],
            BadDisks = [.. bad.Select(disk => disk.Path)],
            BadDiskStats = [.. bad.Select(disk => new BadDiskStat
            {
                DiskPath = disk.Path,
                TotalPartitionCnt = settled[disk.Path].Count(),
                DiskErrPartitionList = Failed(disk),
                FirstReportTime = disk.BadSince ?? DateTimeOffset.FromUnixTimeSeconds(startedAt),
            })],
            LostDisks = [.. disks.Where(disk => disk.IsLost).Select(disk => disk.Path)],
            CpuPercent = Percent(cpuPercent),
            IoPercentByDevice = disks.Where(disk => disk.Device.Length > 0).GroupBy(disk => disk.Device, StringComparer.Ordinal)
                .ToDictionary(device => device.Key, device => device.Max(disk => Percent(disk.BusyPercent)), StringComparer.Ordinal),
            BackupDataPartitions = [.. disks.SelectMany(disk => disk.Backups)],
            DiskOperations = operations?.Disks ?? [],
            PartitionOperations = operations?.Partitions ?? [],
            ReceivedForbidWriteOpOfProtoVer0 = volumes.ClusterWithoutVersion0,
        };
    }

    /// <summary>2 read-write, 1 read-only, 0 lost, -1 unavailable. One that is still being opened takes no new partition, and is not bad.</summary>
    public static int StatusOf(DiskFigures disk) =>
        disk.IsLost ? LostOrRecovering : disk.State == DiskState.Unavailable ? Unavailable : disk.IsWritable ? ReadWrite : ReadOnly;

    /// <summary>2 read-write, 1 read-only, 0 being filled, -1 unavailable.</summary>
    /// <remarks>A replica that is being filled says 0 until it is complete: 1 or 2 would end its decommission too early, -1 would undo it. Only an error of its own disk does.</remarks>
    public static int StatusOf(PartitionFigures partition, DiskFigures disk)
    {
        if (partition.ErrorCount > 0) return Unavailable;
        if (partition.IsBeingRebuilt) return LostOrRecovering;
        if (partition.State == PartitionState.Unavailable || HasLostItsGroup(partition)) return Unavailable;
        return ReasonsOf(partition, disk) != 0 ? ReadOnly : ReadWrite;
    }

    /// <summary>Why a replica takes no new extents, as bits of <see cref="Protocol.Master.ReadOnlyReasons"/>.</summary>
    public static uint ReasonsOf(PartitionFigures partition, DiskFigures disk) =>
        (partition.Used >= partition.Size ? Reasons.Full : 0)
        | (partition.ExtentCount >= ExtentsMax ? Reasons.TooManyExtents : 0)
        | (partition.BaseExtentId > ExtentId.NormalLast ? Reasons.ExtentIdsUsedUp : 0)
        | (disk.IsWritable ? 0 : Reasons.DiskReadOnly);

    /// <summary>It has members and takes no part in their group.</summary>
    private static bool HasLostItsGroup(PartitionFigures partition) => partition.Peers.Count > 0 && partition.Raft() is null;

    private static bool IsBad(DiskFigures disk) => !disk.IsLost && (disk.State == DiskState.Unavailable || disk.FailedPartitions.Count > 0);

    private static PartitionReport Report(PartitionFigures partition, DiskFigures disk, VolumePolicies volumes) => new()
    {
        VolName = partition.Volume,
        PartitionId = partition.Id,
        PartitionStatus = StatusOf(partition, disk),
        Total = (ulong)partition.Size,
        Used = (ulong)partition.Used,
        DiskPath = partition.DiskPath,
        IsLeader = partition.State == PartitionState.Serving && partition.IsLeader,
        ExtentCount = partition.ExtentCount,
        NeedCompare = true,
        DecommissionRepairProgress = double.IsFinite(partition.RepairProgress) ? Math.Clamp(partition.RepairProgress, 0, 1) : 0,
        LocalPeers = partition.Peers,
        TriggerDiskError = partition.ErrorCount > 0,
        ForbidWriteOpOfProtoVer0 = volumes.ClusterWithoutVersion0 || volumes.WithoutVersion0.Contains(partition.Volume),
        ReadOnlyReasons = ReasonsOf(partition, disk),
        IsMissingTinyExtent = partition.LacksTinyExtents,
        IsRepairing = partition.IsRepairing,
    };

    private static IReadOnlyList<PartitionId> Failed(DiskFigures disk) => [.. disk.FailedPartitions.Select(id => new PartitionId(id))];

    /// <summary>One number that JSON has no form for and the master drops the whole report.</summary>
    private static double Percent(double value) => double.IsFinite(value) ? Math.Clamp(value, 0, 100) : 0;

    private static ulong Sum(IEnumerable<DiskFigures> disks, Func<DiskFigures, ulong> value) => disks.Aggregate(0UL, (sum, disk) => sum + value(disk));
}
