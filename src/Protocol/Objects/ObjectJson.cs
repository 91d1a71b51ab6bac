using System.Text.Json;
using System.Text.Json.Serialization;

namespace CubeActors.Protocol.Objects;

/// <summary>Source-generated JSON of the object calls: camelCase, names compared without case, missing values refused.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    NumberHandling = JsonNumberHandling.Strict,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(StoredObject))]
[JsonSerializable(typeof(ObjectPage))]
[JsonSerializable(typeof(ObjectEntry))]
[JsonSerializable(typeof(ObjectRemoved))]
[JsonSerializable(typeof(GarbageStatus))]
[JsonSerializable(typeof(OpenIntent))]
[JsonSerializable(typeof(IntentOpened))]
[JsonSerializable(typeof(AddExtents))]
[JsonSerializable(typeof(CommitIntent))]
public sealed partial class ObjectJson : JsonSerializerContext;
