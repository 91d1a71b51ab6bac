using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace CubeActors.Pbm;

/// <summary>The shapes that nodes answer in and that <c>--json</c> prints. Names are only ever added: scripts rely on them.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(NodeShape))]
[JsonSerializable(typeof(VersionShape))]
[JsonSerializable(typeof(ConfigShape))]
[JsonSerializable(typeof(DrainShape))]
[JsonSerializable(typeof(RuntimeShape))]
[JsonSerializable(typeof(FileShape))]
[JsonSerializable(typeof(ActorReplyShape))]
[JsonSerializable(typeof(PartitionListShape))]
[JsonSerializable(typeof(ExtentListShape))]
[JsonSerializable(typeof(GroupListShape))]
[JsonSerializable(typeof(TransferShape))]
[JsonSerializable(typeof(DiskListShape))]
[JsonSerializable(typeof(MemberListShape))]
[JsonSerializable(typeof(PartitionShape))]
[JsonSerializable(typeof(GroupShape))]
[JsonSerializable(typeof(OperationShape))]
[JsonSerializable(typeof(OperationListShape))]
[JsonSerializable(typeof(AlertListShape))]
[JsonSerializable(typeof(LogShape))]
[JsonSerializable(typeof(LevelShape))]
[JsonSerializable(typeof(SlowListShape))]
internal sealed partial class PbmJson : JsonSerializerContext
{
    /// <summary>For people and files.</summary>
    private static readonly PbmJson Indented = new(With(isIndented: true));

    /// <summary>One line each.</summary>
    private static readonly PbmJson Compact = new(With(isIndented: false));

    public static string Write<T>(T value, JsonTypeInfo<T> shape, bool isIndented) =>
        JsonSerializer.Serialize(value, (JsonTypeInfo<T>)(isIndented ? Indented : Compact).GetTypeInfo(shape.Type)!);

    private static JsonSerializerOptions With(bool isIndented) => new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        WriteIndented = isIndented,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // to a terminal or a file, never into a page
    };
}
