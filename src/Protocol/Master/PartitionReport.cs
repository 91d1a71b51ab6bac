using System.Text.Json.Serialization;

namespace CubeActors.Protocol.Master;

/// <summary>What a node says of one of its replicas in a heartbeat.</summary>
public sealed record PartitionReport
{
    public string VolName { get; init => field = value ?? ""; } = "";
    [JsonPropertyName("PartitionID")] public PartitionId PartitionId { get; init; }
    /// <summary>2 read-write, 1 read-only, 0 recovering, -1 unavailable.</summary>
    public long PartitionStatus { get; init; }
    /// <summary>Bytes of the partition, not of the disk.</summary>
    public ulong Total { get; init; }
    public ulong Used { get; init; }
    /// <summary>The disk root, byte for byte as in the configuration: the next start compares it.</summary>
    public string DiskPath { get; init => field = value ?? ""; } = "";
    /// <summary>Raft leader now. A partition that no replica claims is never writable.</summary>
    public bool IsLeader { get; init; }
    public long ExtentCount { get; init; }
    /// <summary>Always true, or the master compares no CRCs.</summary>
    public bool NeedCompare { get; init; }
    /// <summary>0..1; a standstill of two hours ends a decommission.</summary>
    public double DecommissionRepairProgress { get; init; }
    /// <summary>All of them: the master deletes replicas that a partial list leaves out. Empty is "not known yet".</summary>
    public IReadOnlyList<Peer> LocalPeers { get; init => field = value ?? []; } = [];
    public bool TriggerDiskError { get; init; }
    public bool ForbidWriteOpOfProtoVer0 { get; init; }
    /// <summary>Bits of <see cref="Master.ReadOnlyReasons"/>.</summary>
    public uint ReadOnlyReasons { get; init; }
    public bool IsMissingTinyExtent { get; init; }
    public bool IsRepairing { get; init; }
}

/// <summary>Why a replica takes no new extents. The master adds bits of its own from 16 up.</summary>
public static class ReadOnlyReasons
{
    public const uint Full = 1;
    public const uint TooManyExtents = 2;
    public const uint ExtentIdsUsedUp = 4;
    public const uint DiskReadOnly = 8;
}
