using System.Text.Json.Nodes;

namespace CubeActors.Protocol.Tests;

/// <summary>Compares our JSON with that of a CubeFS node: same names in the same case, same values; their null may be our empty list or map.</summary>
internal static class JsonComparison
{
    public static IReadOnlyList<string> Differences(string theirs, string ours)
    {
        var differences = new List<string>();
        Compare("$", JsonNode.Parse(theirs), JsonNode.Parse(ours), differences);
        return differences;
    }

    private static void Compare(string path, JsonNode? theirs, JsonNode? ours, List<string> differences)
    {
        if (theirs is null && ours is null or JsonArray { Count: 0 } or JsonObject { Count: 0 }) return;
        if (theirs is JsonObject theirObject && ours is JsonObject ourObject)
        {
            foreach (var name in theirObject.Select(pair => pair.Key).Union(ourObject.Select(pair => pair.Key)))
            {
                if (!theirObject.ContainsKey(name)) differences.Add($"{path}.{name} is ours only");
                else if (!ourObject.ContainsKey(name)) differences.Add($"{path}.{name} is theirs only");
                else Compare($"{path}.{name}", theirObject[name], ourObject[name], differences);
            }
        }
        else if (theirs is JsonArray theirArray && ours is JsonArray ourArray && theirArray.Count == ourArray.Count)
        {
            for (var i = 0; i < theirArray.Count; i++) Compare($"{path}[{i}]", theirArray[i], ourArray[i], differences);
        }
        else if (theirs?.ToJsonString() != ours?.ToJsonString())
        {
            differences.Add($"{path}: {theirs?.ToJsonString() ?? "null"} became {ours?.ToJsonString() ?? "null"}");
        }
    }
}
