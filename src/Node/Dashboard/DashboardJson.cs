using System.Text.Json;
using System.Text.Json.Serialization;

namespace CubeActors.Node;

/// <summary>The JSON of the dashboard's events: camelCase; what is not known is left out.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(NodeEvent))]
[JsonSerializable(typeof(HistoryEvent))]
[JsonSerializable(typeof(ClusterEvent))]
internal sealed partial class DashboardJson : JsonSerializerContext;
