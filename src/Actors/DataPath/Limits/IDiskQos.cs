namespace CubeActors.Actors;

/// <summary>The limits of a node's disks, to be shown and set by an operator. What is set lasts until the node stops, as in CubeFS.</summary>
/// <remarks>Thread-safe. A limit above 0 that the master's heartbeats name wins again with the next change of it.</remarks>
public interface IDiskQos
{
    /// <summary>What is in force: the configuration, changed by the master and by operators.</summary>
    DiskQosSettings Settings { get; }

    /// <summary>The master's EnableDiskQos; false until a heartbeat was heard. Limits of clients count only with it.</summary>
    bool EnabledByMaster { get; }

    /// <summary>Every disk of the configuration, in its order.</summary>
    IReadOnlyList<DiskQosFigures> Disks { get; }

    /// <summary>Replaces the settings, as <paramref name="change"/> makes them of those in force. Negative limits become 0.</summary>
    void Change(Func<DiskQosSettings, DiskQosSettings> change);

    /// <summary>Repair of normal extents by this replica: creation and reading of what is missing. Tiny extents are always repaired. CubeFS: autoRepair.</summary>
    bool RepairsNormalExtents { get; set; }

    /// <summary>Gives back the token of the one repair read that a disk allows, if one is out that nobody returns.</summary>
    /// <returns>False if there is no such disk, or no token is out.</returns>
    bool ReleaseRepairRead(string diskPath);
}

/// <summary>The limits of one disk at one moment.</summary>
public sealed record DiskQosFigures(string Path, IoGateFigures Read, IoGateFigures Write, IoGateFigures AsyncRead, IoGateFigures AsyncWrite, IoGateFigures Delete);
