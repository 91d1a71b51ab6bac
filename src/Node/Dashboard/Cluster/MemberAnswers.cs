using System.Text.Json;

namespace CubeActors.Node;

/// <summary>Reads what other members answer. They may be of another version, another program, or anything that has their address by now: nothing is believed to be there. Pure.</summary>
internal static class MemberAnswers
{
    /// <summary>Of any text that is taken over.</summary>
    private const int TextMax = 200;

    private const int ReasonsMax = 3, DisksMax = 1000;

    /// <returns>Null if it is no answer of a CubeActors node to <c>/cubeactors/node</c>.</returns>
    public static MemberNode? ReadNode(ReadOnlyMemory<byte> body) => Read(body, static data =>
    {
        if (Text(data, "phase") is not { } phase || Text(data, "version") is not { } version) return null;
        var partitions = new Dictionary<string, long>(StringComparer.Ordinal);
        if (Object(data, "partitions") is { } states)
        {
            foreach (var state in states.EnumerateObject())
                if (partitions.Count < 8 && state.Value.ValueKind == JsonValueKind.Number && state.Value.TryGetInt64(out var count) && count >= 0) partitions[Cut(state.Name)] = count;
        }

        List<string> reasons = [];
        if (data.TryGetProperty("notReady", out var why) && why.ValueKind == JsonValueKind.Array)
            reasons.AddRange(why.EnumerateArray().Where(reason => reason.ValueKind == JsonValueKind.String).Take(ReasonsMax).Select(reason => Cut(reason.GetString()!)));
        return new MemberNode(phase, version, Text(data, "cluster"), Number(data, "uptimeSeconds"), reasons, partitions, (long?)Number(data, "groupsLed"), Number(data, "leftSeconds"));
    });

    /// <returns>Null if it is no answer of a data node to <c>/disks</c>. Source of the shape: CubeFS datanode/server_handler.go getDiskAPI.</returns>
    public static MemberDisks? ReadDisks(ReadOnlyMemory<byte> body) => Read(body, static data =>
    {
        if (!data.TryGetProperty("disks", out var disks) || disks.ValueKind != JsonValueKind.Array || disks.GetArrayLength() > DisksMax) return null;
        var (total, used, partitions, bad) = (0.0, 0.0, 0.0, 0);
        foreach (var disk in disks.EnumerateArray())
        {
            if (disk.ValueKind != JsonValueKind.Object || Number(disk, "total") is not >= 0 || Number(disk, "used") is not >= 0) return null;
            total += Number(disk, "total")!.Value;
            used += Number(disk, "used")!.Value;
            partitions += Math.Max(0, Number(disk, "partitions") ?? 0);
            if (Number(disk, "status") is <= 0) bad++; // 0 lost, -1 unavailable. Source: CubeFS proto/status.go
        }

        return new MemberDisks(disks.GetArrayLength(), bad, total, used, partitions);
    });

    /// <summary>The envelope <c>{code, msg, data}</c> and what is in it.</summary>
    private static T? Read<T>(ReadOnlyMemory<byte> body, Func<JsonElement, T?> read)
        where T : class
    {
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 16 });
            return document.RootElement.ValueKind == JsonValueKind.Object && Object(document.RootElement, "data") is { } data ? read(data) : null;
        }
        catch (JsonException)
        {
            return null; // no JSON: whoever answers there is no data node
        }
    }

    private static JsonElement? Object(JsonElement element, string name) => element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value : null;

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? Cut(text) : null;

    private static double? Number(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number) ? number : null;

    private static string Cut(string text) => text.Length <= TextMax ? text : text[..TextMax];
}

/// <summary>What a CubeActors node says of itself.</summary>
/// <param name="NotReady">The first reasons.</param>
/// <param name="Partitions">By state.</param>
internal sealed record MemberNode(
    string Phase, string Version, string? Cluster, double? UptimeSeconds, IReadOnlyList<string> NotReady, IReadOnlyDictionary<string, long> Partitions, long? GroupsLed, double? LeftSeconds);

/// <summary>The disks of any data node, added up.</summary>
/// <param name="Bad">Lost or unavailable.</param>
internal sealed record MemberDisks(int Count, int Bad, double TotalBytes, double UsedBytes, double Partitions);
