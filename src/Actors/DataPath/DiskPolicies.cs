using System.Collections.Frozen;

namespace CubeActors.Actors;

/// <summary>The master's rules for disks, as of the last heartbeat.</summary>
/// <remarks>Source: CubeFS proto/admin_proto.go HeartBeatRequest, datanode/wrap_operator.go handleHeartbeatPacket.</remarks>
public sealed record DiskPolicies
{
    /// <summary>How long a directory that was set aside is kept at least. Source: CubeFS proto/admin_proto.go DefaultDataPartitionBackupTimeOut, 7 days.</summary>
    public static readonly TimeSpan BackupTimeoutMin = TimeSpan.FromHours(168);

    public static readonly DiskPolicies None = new();

    /// <summary>Waiting on the path of clients happens only with this and with diskQosEnable of the configuration. False until a master says so.</summary>
    public bool QosEnabled { get; init; }

    /// <summary>Limits of each disk. A value above 0 takes the place of the configured one; 0: no master has named one yet.</summary>
    public DiskRates Rates { get; init; }

    /// <summary>Paths of all disks of this node that are decommissioned, as the master knows them.</summary>
    public FrozenSet<string> Decommissioned { get; init; } = FrozenSet<string>.Empty;

    /// <summary>How long a directory that was set aside is kept, never below <see cref="BackupTimeoutMin"/>.</summary>
    public TimeSpan BackupTimeout { get; init; } = BackupTimeoutMin;

    /// <summary>A heartbeat has been heard. Before, nothing that was set aside is removed: the time it is kept for is not known.</summary>
    public bool IsHeard { get; init; }
}

/// <summary>Limits of one disk a second; 0 is none.</summary>
/// <param name="ReadBytes">Of clients, as are the others.</param>
public readonly record struct DiskRates(ulong ReadBytes, ulong WriteBytes, ulong ReadOperations, ulong WriteOperations);
