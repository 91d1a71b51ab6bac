using System.Text.Json.Serialization;

namespace CubeActors.Protocol.Master;

/// <summary>Response of task 0x63, posted: one field of a wrong kind and the master drops the whole report without a word.</summary>
public sealed record DataNodeHeartbeatResponse
{
    /// <summary>Bytes of the disks that are not unavailable.</summary>
    public ulong Total { get; init; }
    public ulong Used { get; init; }
    /// <summary>Bytes, without decommissioned disks.</summary>
    public ulong Available { get; init; }
    public ulong TotalPartitionSize { get; init; }
    public ulong RemainingCapacity { get; init; }
    public uint CreatedPartitionCnt { get; init; }
    public ulong MaxCapacity { get; init; }
    /// <summary>Unix seconds of the process start.</summary>
    public long StartTime { get; init; }
    public string ZoneName { get; init => field = value ?? ""; } = "";
    public IReadOnlyList<PartitionReport> PartitionReports { get; init => field = value ?? []; } = [];
    /// <summary>1, an <see cref="AdminTaskStatus"/>; anything else and the report is ignored.</summary>
    public byte Status { get; init; }
    public string Result { get; init => field = value ?? ""; } = "";
    /// <summary>Paths as configured, with broken and lost disks.</summary>
    public IReadOnlyList<string> AllDisks { get; init => field = value ?? []; } = [];
    public IReadOnlyList<DiskStat> DiskStats { get; init => field = value ?? []; } = [];
    public IReadOnlyList<string> BadDisks { get; init => field = value ?? []; } = [];
    public IReadOnlyList<BadDiskStat> BadDiskStats { get; init => field = value ?? []; } = [];
    public IReadOnlyList<string> LostDisks { get; init => field = value ?? []; } = [];
    [JsonPropertyName("cpuUtil")] public double CpuPercent { get; init; }
    [JsonPropertyName("ioUtil")] public IReadOnlyDictionary<string, double> IoPercentByDevice { get; init => field = value ?? EmptyMap<double>.Instance; } = EmptyMap<double>.Instance;
    public IReadOnlyList<BackupPartition> BackupDataPartitions { get; init => field = value ?? []; } = [];
    /// <summary>Named by disk path.</summary>
    [JsonPropertyName("DiskOpLog")] public IReadOnlyList<OperationCount> DiskOperations { get; init => field = value ?? []; } = [];
    /// <summary>Named <c>dp_&lt;id&gt;_&lt;op&gt;</c>: the master splits there without a bounds check.</summary>
    [JsonPropertyName("DpOpLog")] public IReadOnlyList<OperationCount> PartitionOperations { get; init => field = value ?? []; } = [];
    /// <summary>The flag now in force, this heartbeat included.</summary>
    public bool ReceivedForbidWriteOpOfProtoVer0 { get; init; }
}

/// <summary>Status of a disk as reported: 2 read-write, 1 read-only, -1 unavailable, 0 lost.</summary>
public sealed record DiskStat
{
    public long Status { get; init; }
    public string DiskPath { get; init => field = value ?? ""; } = "";
    public ulong Total { get; init; }
    public ulong Used { get; init; }
    public ulong Available { get; init; }
    /// <summary>Percent.</summary>
    [JsonPropertyName("IOUtil")] public double IoPercent { get; init; }
    public long TotalPartitionCnt { get; init; }
    public IReadOnlyList<PartitionId> DiskErrPartitionList { get; init => field = value ?? []; } = [];
}

/// <summary>A disk with errors: what the master's automatic decommission acts on.</summary>
public sealed record BadDiskStat
{
    public string DiskPath { get; init => field = value ?? ""; } = "";
    public long TotalPartitionCnt { get; init; }
    /// <summary>0 stands for an error that belongs to no partition.</summary>
    public IReadOnlyList<PartitionId> DiskErrPartitionList { get; init => field = value ?? []; } = [];
    /// <summary>When this process first reported the disk.</summary>
    public DateTimeOffset FirstReportTime { get; init; }
}

/// <summary>A replica's directory that was set aside.</summary>
public sealed record BackupPartition
{
    public string Addr { get; init => field = value ?? ""; } = "";
    public string Disk { get; init => field = value ?? ""; } = "";
    [JsonPropertyName("PartitionID")] public PartitionId PartitionId { get; init; }
}

/// <summary>How often an operation ran in the last minute.</summary>
public sealed record OperationCount
{
    public string Name { get; init => field = value ?? ""; } = "";
    public string Op { get; init => field = value ?? ""; } = "";
    public int Count { get; init; }
}
