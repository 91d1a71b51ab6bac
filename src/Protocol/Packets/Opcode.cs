namespace CubeActors.Protocol;

/// <summary>What a packet asks for. Any other byte is answered with <see cref="ResultCode.ArgMismatch"/>, "unknown opcode".</summary>
/// <remarks>Source: CubeFS proto/packet.go, the Op constants that a data node can meet. Result codes reuse some of the numbers.</remarks>
public enum Opcode : byte
{
    // Through the append chain: the chain leader forwards them to the followers named in Arg.
    CreateExtent = 0x01,
    /// <summary>Older metanodes: deletes one normal extent or punches one tiny slot.</summary>
    MarkDelete = 0x02,
    Write = 0x03,
    SyncWrite = 0x13,
    BatchLockNormalExtent = 0x57,
    BatchUnlockNormalExtent = 0x58,
    BackupWrite = 0x5A,
    /// <summary>What metanodes send, through smux: a JSON list of extents and slots.</summary>
    BatchDeleteExtent = 0x75,
    /// <summary>The same from fsck, for locked extents only.</summary>
    GcBatchDeleteExtent = 0x76,
    SplitMarkDelete = 0xD6,

    // Reads, answered from the local replica with a stream of packets.
    /// <summary>In the tables of CubeFS, but no one sends or serves it.</summary>
    Read = 0x04,
    /// <summary>Answered by the raft leader only.</summary>
    StreamRead = 0x05,
    StreamFollowerRead = 0x06,
    ExtentRepairRead = 0x09,
    ReadTinyDeleteRecord = 0x14,
    TinyExtentRepairRead = 0x15,
    SnapshotExtentRepairRead = 0x17,
    BackupRead = 0x59,

    // Replies that carry another opcode than their request.
    SnapshotExtentRepairReply = 0x18,
    /// <summary>A successful 0xB3 or 0xB4 is answered with this opcode.</summary>
    SyncRandomWriteVersionReply = 0xB5,
    /// <summary>Data packets that answer <see cref="ReadTinyDeleteRecord"/>.</summary>
    TinyDeleteRecordReply = 0xF0,

    // Replica health, between data nodes; the SDK asks for the applied id too.
    GetAllWatermarks = 0x07,
    NotifyReplicasToRepair = 0x08,
    BroadcastMinAppliedId = 0x0A,
    GetAppliedId = 0x10,
    GetPartitionSize = 0x11,
    GetMaxExtentIdAndPartitionSize = 0x16,

    // Through the raft log.
    RandomWrite = 0x0F,
    SyncRandomWrite = 0x12,
    RandomWriteAppend = 0xB1,
    SyncRandomWriteAppend = 0xB2,
    RandomWriteVersion = 0xB3,
    /// <summary>Every overwrite of a sync mount, also without snapshots.</summary>
    SyncRandomWriteVersion = 0xB4,
    TryWriteAppend = 0xB6,
    SyncTryWriteAppend = 0xB7,
    /// <summary>Only inside the raft log, never in a packet.</summary>
    VersionLogEntry = 0xB8,

    // From the master: Data is an AdminTask.
    CreateDataPartition = 0x60,
    DeleteDataPartition = 0x61,
    LoadDataPartition = 0x62,
    DataNodeHeartbeat = 0x63,
    ReplicateFile = 0x64,
    DeleteFile = 0x65,
    DecommissionDataPartition = 0x66,
    AddDataPartitionRaftMember = 0x67,
    RemoveDataPartitionRaftMember = 0x68,
    DataPartitionTryToLeader = 0x69,
    Qos = 0x6A,
    StopDataPartitionRepair = 0x6B,
    RecoverDataReplicaMeta = 0x6C,
    RecoverBackupDataReplica = 0x6D,
    RecoverBadDisk = 0x6E,
    QueryBadDiskRecoverProgress = 0x6F,
    DeleteBackupDirectories = 0x80,
    DeleteLostDisk = 0x8A,
    ReloadDisk = 0x8B,
    SetRepairingStatus = 0x8C,
    VersionOperation = 0xD5,

    /// <summary>Unknown to data nodes; nobody sends it to them.</summary>
    Ping = 0xFF,
}
