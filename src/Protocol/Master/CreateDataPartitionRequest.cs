namespace CubeActors.Protocol.Master;

/// <summary>Request of task 0x60. The same request again is a success, the order of <see cref="Hosts"/> included.</summary>
public sealed record CreateDataPartitionRequest
{
    /// <summary>0, the only accepted value. The spelling is CubeFS's.</summary>
    public long PartitionTyp { get; init; }
    public PartitionId PartitionId { get; init; }
    /// <summary>Bytes; part of the directory's name.</summary>
    public long PartitionSize { get; init; }
    public long ReplicaNum { get; init; }
    /// <summary>The volume's name.</summary>
    public string VolumeId { get; init => field = value ?? ""; } = "";
    public bool IsRandomWrite { get; init; }
    /// <summary>The whole raft group, this node included.</summary>
    public IReadOnlyList<Peer> Members { get; init => field = value ?? []; } = [];
    /// <summary>In order: the first is chain leader.</summary>
    public IReadOnlyList<string> Hosts { get; init => field = value ?? []; } = [];
    /// <summary>0 a new partition; 1 a replica that is repaired first and joins raft then.</summary>
    public long CreateType { get; init; }
    /// <summary>Bytes to expect from the repair.</summary>
    public long LeaderSize { get; init; }
    public IReadOnlyList<string> DecommissionedDisks { get; init => field = value ?? []; } = [];
    public bool IsMultiVer { get; init; }
    public ulong VerSeq { get; init; }
}
