using System.Text.Json;
using System.Text.Json.Serialization;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

/// <summary><c>node.json</c> in the state directory: who this node was when a master last said so. Losing it is harmless; see docs/formats/node-state.md.</summary>
/// <param name="NodeId">As the masters gave it; never 0.</param>
/// <param name="Cluster">The name of the cluster that gave it.</param>
/// <param name="Address"><c>ip:port</c> that it was given to.</param>
/// <param name="RaftHeartbeatPort">As text, like in the configuration.</param>
public sealed record NodeRecord(
    [property: JsonPropertyName("format")] int Format, [property: JsonPropertyName("nodeId")] ulong NodeId, [property: JsonPropertyName("cluster")] string Cluster,
    [property: JsonPropertyName("address")] string Address, [property: JsonPropertyName("raftHeartbeatPort")] string RaftHeartbeatPort,
    [property: JsonPropertyName("raftReplicaPort")] string RaftReplicaPort)
{
    public const string Name = "node.json";
    public const string TemporaryName = "node.json.new";
    public const int CurrentFormat = 1;

    /// <returns>Null if there is none, or none that can be read: the node then waits for a master to tell it who it is.</returns>
    /// <exception cref="StorageCorruptException">A later version of this program wrote it.</exception>
    public static NodeRecord? Load(IFileSystem files, string directory)
    {
        if (files.Stat(directory) is not { IsDirectory: true } || DurableFile.Read(files, directory, Name) is not { } content) return null;
        NodeRecord? record;
        try
        {
            record = JsonSerializer.Deserialize(content, NodeRecordContext.Default.NodeRecord);
        }
        catch (JsonException)
        {
            return null; // the same as none: nothing is taken from it
        }

        if (record is null || record.Format < 1) return null;
        if (record.Format > CurrentFormat)
        {
            throw new StorageCorruptException($"{directory}/{Name}", $"a later version of this program wrote it (format {record.Format}, known is {CurrentFormat})",
                "Start that version, or delete the file: a master then tells the node anew who it is");
        }

        return record is { NodeId: > 0, Cluster: not null, Address: not null, RaftHeartbeatPort: not null, RaftReplicaPort: not null } ? record : null;
    }

    /// <summary>Creates the directory if it is missing; its parent must exist. Durable on return.</summary>
    public void Save(IFileSystem files, string directory)
    {
        if (files.CreateDirectory(directory)) files.SyncDirectory(Path.GetDirectoryName(directory)!);
        DurableFile.Replace(files, directory, Name, TemporaryName, FilePermission.Data, JsonSerializer.SerializeToUtf8Bytes(this, NodeRecordContext.Default.NodeRecord));
    }
}

[JsonSerializable(typeof(NodeRecord))]
internal sealed partial class NodeRecordContext : JsonSerializerContext;
