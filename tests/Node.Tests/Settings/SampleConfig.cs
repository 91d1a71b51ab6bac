using System.Text.Json;
using System.Text.Json.Nodes;

namespace CubeActors.Node.Tests;

/// <summary>A complete datanode.json, and the same with one key changed.</summary>
internal static class SampleConfig
{
    public const string FileName = "sample/datanode.json";

    private const string Json =
        """
        { "role": "datanode", "listen": "17310", "prof": "17320", "raftHeartbeat": "17330", "raftReplica": "17340",
          "raftDir": "/data/raft", "localIP": "127.0.0.11", "bindIp": true, "mediaType": 1, "logLevel": "info",
          "masterAddr": ["127.0.0.1:17010"], "disks": ["/data/disk1:10737418240"] }
        """;

    public static NodeSettings Read(string? overlay = null) => Read(Json, overlay);

    /// <param name="value">JSON; null removes the key.</param>
    public static NodeSettings ReadWith(string key, string? value) => Read(With((key, value)), null);

    /// <param name="changes">JSON; null removes the key.</param>
    public static NodeSettings ReadWithAll(params (string Key, string? Value)[] changes) => Read(With(changes), null);

    /// <param name="mounts">What the kernel says is mounted.</param>
    public static NodeSettings ReadMounted(string mounts, params (string Key, string? Value)[] changes) =>
        NodeSettingsReader.Read(DataNodeFile.Parse(FileName, With(changes)), null, () => mounts);

    public static string With(params (string Key, string? Value)[] changes)
    {
        var sample = JsonNode.Parse(Json)!.AsObject();
        foreach (var (key, value) in changes)
        {
            if (value is null) sample.Remove(key);
            else sample[key] = JsonNode.Parse(value);
        }

        return sample.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    private static NodeSettings Read(string json, string? overlay) => NodeSettingsReader.Read(
        DataNodeFile.Parse(FileName, json), overlay is null ? null : HoconFile.ParseOverlay("sample/over.conf", overlay));
}
