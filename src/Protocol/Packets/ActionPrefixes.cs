namespace CubeActors.Protocol;

/// <summary>What an error body begins with: the action that failed and an underscore. Logs of CubeFS filter on some.</summary>
/// <remarks>Source: CubeFS datanode/const.go and datanode/repl/const.go, the Action constants.</remarks>
public static class ActionPrefixes
{
    public const string Prepare = "ActionPreparePkt_";
    public const string CreateExtent = "ActionCreateExtent:_";
    /// <summary>Appends and overwrites.</summary>
    public const string Write = "ActionWrite:_";
    /// <summary>All reads of normal extents, by followers and for repair too.</summary>
    public const string Read = "ActionStreamRead_";
    public const string TinyRepairRead = "ActionStreamReadTinyExtentRepair_";
    public const string TinyDeleteRecordRead = "ActionStreamReadTinyDeleteRecord_";
    /// <summary>Single deletes and batches.</summary>
    public const string Delete = "ActionBatchMarkDelete_";
    public const string Watermarks = "ActionGetAllExtentWatermarks:_";
    public const string Repair = "ActionRepair:_";
    public const string BatchLock = "ActionBatchLockNormalExtent_";
    public const string SendToFollowers = "ActionSendToFollowers_";
    public const string ReceiveFromFollower = "ActionReceiveFromFollower_";
    public const string UnknownOpcode = "unknown opcode_";

    // Tasks of the master.
    /// <summary>Also what CubeFS puts before errors of heartbeats.</summary>
    public const string CreateDataPartition = "ActionCreateDataPartition_";
    public const string DeleteDataPartition = "ActionDeleteDataPartition_";
    public const string LoadDataPartition = "ActionLoadDataPartition_";
    public const string DecommissionPartition = "ActionDecommissionPartition_";
    public const string AddRaftMember = "ActionAddDataPartitionRaftMember_";
    public const string RemoveRaftMember = "ActionRemoveDataPartitionRaftMember_";
    public const string TryToLeader = "ActionDataPartitionTryToLeader_";
    public const string StopRepair = "ActionStopDataPartitionRepair_";
    public const string RecoverReplicaMeta = "ActionRecoverDataReplicaMeta_";
    public const string RecoverBackupReplica = "ActionRecoverBackupDataReplica_";
    public const string RecoverBadDisk = "ActionRecoverBadDisk_";
    public const string QueryBadDiskProgress = "ActionQueryBadDiskRecoverProgress_";
    public const string DeleteBackupDirectories = "ActionDeleteBackupDirectories_";
    public const string DeleteLostDisk = "ActionDeleteLostDisk_";
    public const string ReloadDisk = "ActionReloadDisk_";
    public const string SetRepairingStatus = "ActionSetRepairingStatus_";
    public const string UpdateVersion = "ActionUpdateVersion_";

    /// <summary>The prefix for errors of an admin task; null for other opcodes.</summary>
    public static string? ForTask(Opcode opcode) => opcode switch
    {
        Opcode.CreateDataPartition or Opcode.DataNodeHeartbeat => CreateDataPartition,
        Opcode.DeleteDataPartition => DeleteDataPartition,
        Opcode.LoadDataPartition => LoadDataPartition,
        Opcode.DecommissionDataPartition => DecommissionPartition,
        Opcode.AddDataPartitionRaftMember => AddRaftMember,
        Opcode.RemoveDataPartitionRaftMember => RemoveRaftMember,
        Opcode.DataPartitionTryToLeader => TryToLeader,
        Opcode.StopDataPartitionRepair => StopRepair,
        Opcode.RecoverDataReplicaMeta => RecoverReplicaMeta,
        Opcode.RecoverBackupDataReplica => RecoverBackupReplica,
        Opcode.RecoverBadDisk => RecoverBadDisk,
        Opcode.QueryBadDiskRecoverProgress => QueryBadDiskProgress,
        Opcode.DeleteBackupDirectories => DeleteBackupDirectories,
        Opcode.DeleteLostDisk => DeleteLostDisk,
        Opcode.ReloadDisk => ReloadDisk,
        Opcode.SetRepairingStatus => SetRepairingStatus,
        Opcode.VersionOperation => UpdateVersion,
        _ => null,
    };
}
