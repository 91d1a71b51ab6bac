using System.Text.Json.Serialization;

namespace CubeActors.Protocol.Master;

/// <summary>Request of task 0x61. Success also if nothing is found: it is sent again and again.</summary>
public sealed record DeleteDataPartitionRequest
{
    public string DataPartitionType { get; init => field = value ?? ""; } = "";
    public PartitionId PartitionId { get; init; }
    public long PartitionSize { get; init; }
    /// <summary>Keep the directory under a backup name instead of removing it.</summary>
    public bool Force { get; init; }
    public uint DecommissionType { get; init; }
}

/// <summary>Optional answer to 0x61 by POST.</summary>
public sealed record DeleteDataPartitionResponse
{
    public byte Status { get; init; }
    public string Result { get; init => field = value ?? ""; } = "";
    public PartitionId PartitionId { get; init; }
}

/// <summary>Request of task 0x62: list the extents for a comparison with the other replicas.</summary>
public sealed record LoadDataPartitionRequest
{
    public PartitionId PartitionId { get; init; }
}

/// <summary>Response of task 0x62, posted.</summary>
public sealed record LoadDataPartitionResponse
{
    public PartitionId PartitionId { get; init; }
    public ulong Used { get; init; }
    public IReadOnlyList<ExtentSnapshot> PartitionSnapshot { get; init => field = value ?? []; } = [];
    /// <summary>1 or 2, an <see cref="AdminTaskStatus"/>.</summary>
    public byte Status { get; init; }
    public long PartitionStatus { get; init; }
    public string Result { get; init => field = value ?? ""; } = "";
    public string VolName { get; init => field = value ?? ""; } = "";
}

/// <summary>One extent of a <see cref="LoadDataPartitionResponse"/>.</summary>
public sealed record ExtentSnapshot
{
    /// <summary>The extent id in decimal.</summary>
    public string Name { get; init => field = value ?? ""; } = "";
    /// <summary>0 for tiny extents and where none is computed: not compared.</summary>
    public uint Crc { get; init; }
    public uint Size { get; init; }
    /// <summary>Unix seconds.</summary>
    public long Modified { get; init; }
    [JsonPropertyName("ApplyID")] public ulong ApplyId { get; init; }
}

/// <summary>Request of task 0x8C, carried through the raft log.</summary>
public sealed record SetRepairingStatusRequest
{
    public PartitionId PartitionId { get; init; }
    /// <summary>While true, appends and batch deletes are refused.</summary>
    public bool RepairingStatus { get; init; }
}

/// <summary>Request of task 0x6B: pauses or resumes the repair that precedes raft.</summary>
public sealed record StopPartitionRepairRequest
{
    public PartitionId PartitionId { get; init; }
    public bool Stop { get; init; }
}

/// <summary>Request of task 0x6C: overwrites the replica's members and reloads it.</summary>
public sealed record RecoverReplicaMetaRequest
{
    public PartitionId PartitionId { get; init; }
    public IReadOnlyList<Peer> Peers { get; init => field = value ?? []; } = [];
    public IReadOnlyList<string> Hosts { get; init => field = value ?? []; } = [];
}

/// <summary>Request of task 0x6D: brings back the newest directory that was set aside.</summary>
public sealed record RecoverBackupReplicaRequest
{
    public PartitionId PartitionId { get; init; }
    public string Disk { get; init => field = value ?? ""; } = "";
}
