using System.Text.Json;
using System.Text.Json.Serialization;

namespace CubeActors.Node;

/// <summary>Answer to a probe. The first three names are those of CubeFS; the rest is ours.</summary>
/// <param name="Time">RFC 3339.</param>
/// <param name="Reasons">Why the probe is not answered with 200; absent where it is.</param>
/// <param name="Disks">With <c>?verbose</c> only.</param>
/// <param name="Partitions">With <c>?verbose</c> only: how many are in which state.</param>
internal sealed record ProbeReply(
    string Status, string Message, string Time, string? Phase = null, IReadOnlyList<string>? Reasons = null, IReadOnlyList<ProbeDisk>? Disks = null,
    IReadOnlyDictionary<string, int>? Partitions = null);

internal sealed record ProbeDisk(string Path, ulong Total, ulong Available, string State, string? Reason);

/// <summary>The JSON of the HTTP port: camelCase, absent values left out.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ProbeReply))]
internal sealed partial class HttpJson : JsonSerializerContext;
