using System.Text.Json;
using System.Text.Json.Serialization;

namespace CubeActors.Protocol.Master;

/// <summary>JSON between data node and master, both ways. Read with <see cref="GoJson"/>, which keeps the rules of Go's decoder.</summary>
/// <remarks>
/// Names are exactly those on the wire, whatever their spelling. Every field is written, lists as <c>[]</c> and never as <c>null</c>:
/// the master compares some of them with the previous report and would persist the node again for the difference.
/// Source: CubeFS proto/admin_proto.go, proto/model.go, proto/admin_task.go.
/// </remarks>
[JsonSourceGenerationOptions(
    PropertyNameCaseInsensitive = true,
    Converters = [typeof(GoUInt64), typeof(GoInt64), typeof(GoUInt32), typeof(GoInt32), typeof(GoByte), typeof(GoSByte),
        typeof(GoDouble), typeof(GoBool), typeof(GoTime), typeof(RawElement)])]
[JsonSerializable(typeof(AdminTask))]
[JsonSerializable(typeof(DataNodeHeartbeatRequest))]
[JsonSerializable(typeof(DataNodeHeartbeatResponse))]
[JsonSerializable(typeof(CreateDataPartitionRequest))]
[JsonSerializable(typeof(DeleteDataPartitionRequest))]
[JsonSerializable(typeof(DeleteDataPartitionResponse))]
[JsonSerializable(typeof(LoadDataPartitionRequest))]
[JsonSerializable(typeof(LoadDataPartitionResponse))]
[JsonSerializable(typeof(DecommissionDataPartitionRequest))]
[JsonSerializable(typeof(AddRaftMemberRequest))]
[JsonSerializable(typeof(RemoveRaftMemberRequest))]
[JsonSerializable(typeof(SetRepairingStatusRequest))]
[JsonSerializable(typeof(StopPartitionRepairRequest))]
[JsonSerializable(typeof(RecoverReplicaMetaRequest))]
[JsonSerializable(typeof(RecoverBackupReplicaRequest))]
[JsonSerializable(typeof(DiskRequest))]
[JsonSerializable(typeof(BadDiskRecoverProgress))]
[JsonSerializable(typeof(VersionOperationRequest))]
[JsonSerializable(typeof(VersionOperationResponse))]
[JsonSerializable(typeof(MasterReply<JsonElement?>), TypeInfoPropertyName = "RawReply")]
[JsonSerializable(typeof(MasterReply<ulong>), TypeInfoPropertyName = "NumberReply")]
[JsonSerializable(typeof(MasterReply<string>), TypeInfoPropertyName = "TextReply")]
[JsonSerializable(typeof(MasterReply<ClusterInfo>), TypeInfoPropertyName = "ClusterInfoReply")]
[JsonSerializable(typeof(MasterReply<UpgradeCompatibleSettings>), TypeInfoPropertyName = "UpgradeCompatibleSettingsReply")]
[JsonSerializable(typeof(MasterReply<DataNodeInfo>), TypeInfoPropertyName = "DataNodeInfoReply")]
[JsonSerializable(typeof(MasterReply<IReadOnlyList<DataNodeEntry>>), TypeInfoPropertyName = "DataNodeEntriesReply")]
[JsonSerializable(typeof(MasterReply<DataPartitionInfo>), TypeInfoPropertyName = "DataPartitionInfoReply")]
[JsonSerializable(typeof(MasterReply<DataPartitionsView>), TypeInfoPropertyName = "DataPartitionsViewReply")]
public sealed partial class MasterJson : JsonSerializerContext;
