namespace CubeActors.Actors;

/// <summary>The limits of a node's disks, to be shown and set by an operator. What is set lasts until the node stops, as in CubeFS.</summary>
/// <remarks>Thread-safe. A limit above 0 that the master's heartbeats name wins again with the next heartbeat that differs from the last.</remarks>
public interface IDiskQos
{
    /// <summary>What is in force: the configuration, changed by the master and by operators.</summary>
    DiskQosSettings Settings { get; }

    /// <summary>The master's EnableDiskQos; false until a heartbeat was heard. Rates of clients count only with it.</summary>
    bool IsEnabledByMaster { get; }

    /// <summary>diskWQueueFactor: this many times the concurrency of writes may wait, then they are refused. At least 1.</summary>
    int WriteQueueFactor { get; set; }

    /// <summary>Every disk of the configuration, in its order.</summary>
    IReadOnlyList<DiskQosFigures> Disks { get; }

    /// <summary>Replaces the settings by what <paramref name="change"/> makes of those in force. Negative limits become 0, which is none.</summary>
    void Change(Func<DiskQosSettings, DiskQosSettings> change);

    /// <summary>Repair of normal extents by this replica: creation and reading of what is missing. Tiny extents are always repaired. CubeFS: /setAutoRepairStatus.</summary>
    bool RepairsNormalExtents { get; set; }

    /// <summary>One repair read at a time and disk, others are told to come again. CubeFS: /setDiskExtentReadLimitStatus.</summary>
    bool OneRepairReadPerDisk { get; set; }

    /// <summary>Frees the token of the one repair read of a disk. CubeFS: /releaseDiskExtentReadLimitToken.</summary>
    /// <returns>False if there is no such disk, or no token is out.</returns>
    bool ReleaseRepairRead(string diskPath);
}

/// <summary>The limits of one disk at one moment.</summary>
/// <param name="Path">The disk's root, as configured.</param>
public sealed record DiskQosFigures(string Path, IoGateFigures Read, IoGateFigures Write, IoGateFigures AsyncRead, IoGateFigures AsyncWrite, IoGateFigures Delete);
