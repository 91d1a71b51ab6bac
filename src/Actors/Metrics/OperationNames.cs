using System.Globalization;
using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>The names by which CubeFS's dashboards know operations. Source: CubeFS proto/packet.go GetOpMsg.</summary>
internal static class OperationNames
{
    private static readonly string[] Names = [.. Enumerable.Range(0, 256).Select(value => Name((Opcode)value))];

    public static string Of(Opcode opcode) => Names[(byte)opcode];

    private static string Name(Opcode opcode) => opcode switch
    {
        Opcode.CreateExtent => "OpCreateExtent",
        Opcode.MarkDelete or Opcode.SplitMarkDelete => "OpMarkDelete",
        Opcode.Write => "OpWrite",
        Opcode.SyncWrite => "OpSyncWrite",
        Opcode.BatchDeleteExtent => "OpBatchDeleteExtent",
        Opcode.GcBatchDeleteExtent => "OpGcBatchDeleteExtent",
        Opcode.Read => "Read",
        Opcode.StreamRead => "OpStreamRead",
        Opcode.StreamFollowerRead => "OpStreamFollowerRead",
        Opcode.ExtentRepairRead => "OpExtentRepairRead",
        Opcode.ReadTinyDeleteRecord => "OpReadTinyDeleteRecord",
        Opcode.TinyExtentRepairRead => "OpTinyExtentRepairRead",
        Opcode.SnapshotExtentRepairRead => "OpSnapshotExtentRepairRead",
        Opcode.GetAllWatermarks => "OpGetAllWatermarks",
        Opcode.NotifyReplicasToRepair => "OpNotifyReplicasToRepair",
        Opcode.BroadcastMinAppliedId => "OpBroadcastMinAppliedID",
        Opcode.GetAppliedId => "OpGetAppliedId",
        Opcode.GetPartitionSize => "OpGetPartitionSize",
        Opcode.GetMaxExtentIdAndPartitionSize => "OpGetMaxExtentIDAndPartitionSize",
        Opcode.RandomWrite => "OpRandomWrite",
        Opcode.SyncRandomWrite => "OpSyncRandomWrite",
        Opcode.RandomWriteAppend => "OpRandomWriteAppend",
        Opcode.SyncRandomWriteAppend => "OpSyncRandomWriteAppend",
        Opcode.RandomWriteVersion => "OpRandomWriteVer",
        Opcode.SyncRandomWriteVersion => "OpSyncRandomWriteVer",
        Opcode.TryWriteAppend => "OpTryWriteAppend",
        Opcode.SyncTryWriteAppend => "OpSyncTryWriteAppend",
        Opcode.CreateDataPartition => "OpCreateDataPartition",
        Opcode.DeleteDataPartition => "OpDeleteDataPartition",
        Opcode.LoadDataPartition => "OpLoadDataPartition",
        Opcode.DataNodeHeartbeat => "OpDataNodeHeartbeat",
        Opcode.ReplicateFile => "OpReplicateFile",
        Opcode.DeleteFile => "OpDeleteFile",
        Opcode.DecommissionDataPartition => "OpDecommissionDataPartition",
        Opcode.AddDataPartitionRaftMember => "OpAddDataPartitionRaftMember",
        Opcode.RemoveDataPartitionRaftMember => "OpRemoveDataPartitionRaftMember",
        Opcode.DataPartitionTryToLeader => "OpDataPartitionTryToLeader",
        Opcode.StopDataPartitionRepair => "OpStopDataPartitionRepair",
        Opcode.SetRepairingStatus => "OpSetRepairingStatus",
        Opcode.Ping => "OpPing",
        _ => string.Create(CultureInfo.InvariantCulture, $"op_{(byte)opcode}_not_found"),
    };
}
