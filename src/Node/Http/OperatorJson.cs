using System.Text.Json;
using System.Text.Json.Serialization;

namespace CubeActors.Node;

/// <summary>The JSON of operators' paths: camelCase where a type does not say otherwise, and nothing left out.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(bool))]
[JsonSerializable(typeof(ulong[]))]
[JsonSerializable(typeof(DiskInspection))]
[JsonSerializable(typeof(PartitionList))]
[JsonSerializable(typeof(PartitionDetail))]
[JsonSerializable(typeof(InspectedExtent))]
[JsonSerializable(typeof(InspectedBlock[]))]
[JsonSerializable(typeof(InspectedDelete[]))]
[JsonSerializable(typeof(GcExtent[]))]
[JsonSerializable(typeof(RaftStatusView))]
[JsonSerializable(typeof(OperationLogItem[]))]
[JsonSerializable(typeof(QosList))]
[JsonSerializable(typeof(BudgetView))]
[JsonSerializable(typeof(DrainReply))]
[JsonSerializable(typeof(OperationList))]
[JsonSerializable(typeof(AlertList))]
[JsonSerializable(typeof(IntegrityReply))]
[JsonSerializable(typeof(ReadLimitList))]
internal sealed partial class OperatorJson : JsonSerializerContext;
