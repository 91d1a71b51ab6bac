namespace CubeActors.Protocol.Master;

/// <summary>Request of task 0x67; the same JSON is the context of the raft log entry.</summary>
public sealed record AddRaftMemberRequest
{
    public PartitionId PartitionId { get; init; }
    public Peer AddPeer { get; init => field = value ?? new(); } = new();
    /// <summary>What the partition's repairing flag becomes when the change is applied.</summary>
    public bool RepairingStatus { get; init; }
}

/// <summary>Request of task 0x68; the same JSON is the context of the raft log entry.</summary>
public sealed record RemoveRaftMemberRequest
{
    public PartitionId PartitionId { get; init; }
    public Peer RemovePeer { get; init => field = value ?? new(); } = new();
    public bool RepairingStatus { get; init; }
    /// <summary>Change the group here and now, without consensus.</summary>
    public bool Force { get; init; }
    /// <summary>Skip the test that enough members remain.</summary>
    public bool AutoRemove { get; init; }
}

/// <summary>Request of task 0x66, from old masters only: one member for another.</summary>
public sealed record DecommissionDataPartitionRequest
{
    public PartitionId PartitionId { get; init; }
    public Peer RemovePeer { get; init => field = value ?? new(); } = new();
    public Peer AddPeer { get; init => field = value ?? new(); } = new();
}
