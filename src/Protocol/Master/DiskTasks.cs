namespace CubeActors.Protocol.Master;

/// <summary>Request of the disk tasks 0x6E, 0x6F, 0x80, 0x8A and 0x8B.</summary>
public sealed record DiskRequest
{
    public string DiskPath { get; init => field = value ?? ""; } = "";
}

/// <summary>Data of the reply to 0x6F; the master reads it strictly.</summary>
public sealed record BadDiskRecoverProgress
{
    public long TotalPartitionsNum { get; init; }
    public IReadOnlyList<PartitionId> BadDataPartitions { get; init => field = value ?? []; } = [];
    public long BadDataPartitionsNum { get; init; }
    /// <summary>Recovering, ReadOnly, ReadWrite or Unavailable.</summary>
    public string Status { get; init => field = value ?? ""; } = "";
}
