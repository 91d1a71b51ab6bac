using System.Text.Json.Serialization;

namespace CubeActors.Protocol;

/// <summary>JSON inside data-plane packets. The codecs beside it are the way in: they bound what they read.</summary>
[JsonSourceGenerationOptions(
    PropertyNameCaseInsensitive = true,
    Converters = [typeof(GoUInt64), typeof(GoInt64), typeof(GoUInt32), typeof(GoInt32), typeof(GoByte), typeof(GoBool)])]
[JsonSerializable(typeof(ExtentKey))]
[JsonSerializable(typeof(DeleteParam))]
[JsonSerializable(typeof(IReadOnlyList<DeleteParam>))]
[JsonSerializable(typeof(IReadOnlyList<ExtentKey>))]
[JsonSerializable(typeof(Watermark))]
[JsonSerializable(typeof(IReadOnlyList<Watermark>))]
[JsonSerializable(typeof(IReadOnlyList<ExtentId>))]
[JsonSerializable(typeof(RepairTask))]
[JsonSerializable(typeof(ExtentLock))]
[JsonSerializable(typeof(ControlCommand))]
internal sealed partial class BodyJson : JsonSerializerContext;
