namespace CubeActors.Protocol;

/// <summary>Groups of opcodes that the protocol treats alike.</summary>
public static class Opcodes
{
    /// <summary>Requests whose Size is the bytes wanted, so that no Data follows. Source: data-plane framing of CubeFS proto/packet.go IsReadOperation.</summary>
    public static bool IsRead(Opcode opcode) => opcode is Opcode.Read or Opcode.StreamRead or Opcode.StreamFollowerRead
        or Opcode.ExtentRepairRead or Opcode.ReadTinyDeleteRecord or Opcode.TinyExtentRepairRead
        or Opcode.SnapshotExtentRepairRead or Opcode.BackupRead;

    /// <summary>Append writes whose CRC every replica checks on arrival.</summary>
    public static bool IsAppend(Opcode opcode) => opcode is Opcode.Write or Opcode.SyncWrite;

    /// <summary>Writes that go through the raft log.</summary>
    public static bool IsRandomWrite(Opcode opcode) => opcode is Opcode.RandomWrite or Opcode.SyncRandomWrite
        or Opcode.RandomWriteAppend or Opcode.SyncRandomWriteAppend or Opcode.RandomWriteVersion
        or Opcode.SyncRandomWriteVersion or Opcode.TryWriteAppend or Opcode.SyncTryWriteAppend;

    /// <summary>Tasks of the master that skip the partition, CRC and space checks. Source: CubeFS datanode/repl/packet.go IsMasterCommand.</summary>
    /// <remarks>0x6B, 0x6C and 0x8C are not among them: their partition must exist, or the answer is TryOtherAddress.</remarks>
    public static bool IsMasterCommand(Opcode opcode) => opcode is Opcode.CreateDataPartition or Opcode.DeleteDataPartition
        or Opcode.LoadDataPartition or Opcode.DataNodeHeartbeat or Opcode.DecommissionDataPartition
        or Opcode.AddDataPartitionRaftMember or Opcode.RemoveDataPartitionRaftMember or Opcode.DataPartitionTryToLeader
        or Opcode.RecoverBackupDataReplica or Opcode.RecoverBadDisk or Opcode.QueryBadDiskRecoverProgress
        or Opcode.DeleteBackupDirectories or Opcode.DeleteLostDisk or Opcode.ReloadDisk or Opcode.VersionOperation;

    /// <summary>Every opcode whose Data is an admin task of the master.</summary>
    public static bool IsAdmin(Opcode opcode) => IsMasterCommand(opcode)
        || opcode is Opcode.StopDataPartitionRepair or Opcode.RecoverDataReplicaMeta or Opcode.SetRepairingStatus;

    /// <summary>The chain waits 120 s instead of 5 s for a follower's answer to these. Source: CubeFS proto/packet.go BatchDeleteExtentReadDeadLineTime.</summary>
    public static bool IsSlowInChain(Opcode opcode) => opcode is Opcode.BatchDeleteExtent or Opcode.GcBatchDeleteExtent
        or Opcode.BatchLockNormalExtent or Opcode.BatchUnlockNormalExtent;
}
