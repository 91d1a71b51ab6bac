namespace CubeActors.Actors;

/// <summary>How often a disk is looked after. Fixed as in CubeFS; no setting of it has them.</summary>
internal static class DiskPeriods
{
    /// <summary>Whether .diskStatus is there, both ways. Source: CubeFS datanode/space_manager.go StartCheckDiskLost.</summary>
    public static readonly TimeSpan Presence = TimeSpan.FromMinutes(5);

    /// <summary>Whether something that was set aside is due. Source: CubeFS datanode/disk.go, backup cleanup.</summary>
    public static readonly TimeSpan Cleanup = TimeSpan.FromMinutes(5);

    /// <summary>Between two probes of one partition, a random time in between. Source: CubeFS datanode/partition.go, .dpStatus.</summary>
    public static readonly TimeSpan PartitionProbeMin = TimeSpan.FromSeconds(5400), PartitionProbeMax = TimeSpan.FromSeconds(9000);

    /// <summary>Files and directories removed in one go on a thread of the disk, which then gets to other work.</summary>
    public const int RemovedAtOnce = 256;
}
