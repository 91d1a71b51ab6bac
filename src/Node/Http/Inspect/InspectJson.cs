using System.Text.Json;
using System.Text.Json.Serialization;

namespace CubeActors.Node;

/// <summary>The JSON under /cubeactors that pbm reads: camelCase; what is not known is left out.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(NodeFacts))]
[JsonSerializable(typeof(ConfigReply))]
[JsonSerializable(typeof(RuntimeFacts))]
[JsonSerializable(typeof(ActorReply))]
[JsonSerializable(typeof(ReplicaList))]
[JsonSerializable(typeof(ReplicaFacts))]
[JsonSerializable(typeof(ExtentPage))]
[JsonSerializable(typeof(GroupList))]
[JsonSerializable(typeof(GroupFacts))]
[JsonSerializable(typeof(TransferReply))]
[JsonSerializable(typeof(DiskList))]
[JsonSerializable(typeof(MemberList))]
[JsonSerializable(typeof(LogReply))]
[JsonSerializable(typeof(LevelReply))]
[JsonSerializable(typeof(SlowList))]
[JsonSerializable(typeof(ProfileFile))]
internal sealed partial class InspectJson : JsonSerializerContext;
