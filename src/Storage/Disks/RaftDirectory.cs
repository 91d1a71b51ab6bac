using System.Text.Json;
using System.Text.Json.Serialization;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

/// <summary>The ports that peers know a node by, as text: equal text is asked for.</summary>
/// <remarks>Source: CubeFS util/config/config.go ConstConfig; the third name is spelt like this.</remarks>
public sealed record PortRecord(
    [property: JsonPropertyName("listen")] string Listen, [property: JsonPropertyName("raftReplicaPort")] string RaftReplica,
    [property: JsonPropertyName("raftHeartbetPort")] string RaftHeartbeat)
{
    public const string Name = "constcfg";
    internal const string TemporaryName = ".constcfg.new";

    /// <summary>What differs between the record and the configuration. Pure.</summary>
    /// <param name="recorded">Null if there is none yet.</param>
    /// <returns>Null if a node with this configuration may start; else the key of datanode.json, and what it was at the first start.</returns>
    public (string Key, string Configured, string Recorded)? DifferenceFrom(PortRecord? recorded)
    {
        if (recorded is null) return null;
        foreach (var (key, configured, found) in ((string, string, string?)[])
            [("listen", Listen, recorded.Listen), ("raftReplica", RaftReplica, recorded.RaftReplica), ("raftHeartbeat", RaftHeartbeat, recorded.RaftHeartbeat)])
        {
            if (found != configured) return (key, configured, found ?? "");
        }

        return null;
    }
}

/// <summary>raftDir: who the node is, beside its disks. It holds no raft log; those lie with their partitions.</summary>
/// <remarks>The order matters: CLUSTER-VERSION is written into an empty directory only, so that constcfg and our own state come after it.</remarks>
public static class RaftDirectory
{
    /// <summary>Our own state in raftDir. A CubeFS node does not look at it.</summary>
    public const string StateDirectoryName = "cubeactors";

    /// <summary>The path of that directory.</summary>
    public static string StateDirectoryOf(string raftDirectory) => $"{raftDirectory.TrimEnd('/')}/{StateDirectoryName}";

    /// <returns>The record of the first start; null if there is none, or an empty file.</returns>
    /// <exception cref="StorageCorruptException">The file is no such record: whoever has damaged it should look before peers are confused.</exception>
    /// <exception cref="DiskFaultException">The directory cannot be read.</exception>
    public static PortRecord? LoadPorts(IFileSystem files, string raftDirectory)
    {
        if (files.Stat(raftDirectory) is not { IsDirectory: true } || DurableFile.Read(files, raftDirectory, PortRecord.Name) is not { Length: > 0 } content) return null;
        try
        {
            return JsonSerializer.Deserialize(content, PortRecordContext.Default.PortRecord) ?? throw Damaged(raftDirectory, null);
        }
        catch (JsonException failure)
        {
            throw Damaged(raftDirectory, failure);
        }
    }

    /// <summary>Makes a node's identity durable, once its master has answered: raftDir, CLUSTER-VERSION where the cluster wants it, constcfg.</summary>
    /// <param name="diskRoots">The disks that can be used.</param>
    /// <param name="clusterUuid">Null where the master does not say ClusterUuidEnable.</param>
    /// <returns>Null, or one sentence that says what is wrong and what to do: the node must not go on.</returns>
    /// <exception cref="DiskFaultException">A directory cannot be read or written.</exception>
    /// <exception cref="StorageCorruptException">constcfg is damaged.</exception>
    /// <remarks>Blocks. Does nothing to directories that are in order, so that every registration may call it.</remarks>
    public static string? Settle(IFileSystem files, string raftDirectory, PortRecord ports, IReadOnlyList<string> diskRoots, string? clusterUuid)
    {
        var recorded = LoadPorts(files, raftDirectory);
        if (ports.DifferenceFrom(recorded) is { } difference)
            return $"{difference.Key} is {difference.Configured}, and {raftDirectory}/{PortRecord.Name} has kept {difference.Recorded} since the first start; peers know the node by it";
        CreateAll(files, raftDirectory);
        if (clusterUuid is not null && ClusterVersionFile.Check(files, [raftDirectory, .. diskRoots], clusterUuid) is { } problem) return problem;
        if (recorded is null)
            DurableFile.Replace(files, raftDirectory, PortRecord.Name, PortRecord.TemporaryName, FilePermission.Marker, JsonSerializer.SerializeToUtf8Bytes(ports, PortRecordContext.Default.PortRecord));
        return null;
    }

    /// <summary>Creates a directory and those above it, durably.</summary>
    private static void CreateAll(IFileSystem files, string path)
    {
        path = path.Length > 1 ? path.TrimEnd('/') : path;
        if (files.Stat(path) is { } found)
        {
            if (!found.IsDirectory) throw new StorageCorruptException(path, "raftDir is a file", "Name a directory");
            return;
        }

        var above = path[..Math.Max(1, path.LastIndexOf('/'))];
        CreateAll(files, above);
        files.CreateDirectory(path);
        files.SyncDirectory(above);
    }

    private static StorageCorruptException Damaged(string raftDirectory, Exception? cause) => new(
        $"{raftDirectory}/{PortRecord.Name}", "it is not the JSON object with the ports of the first start", "Restore it from the ports that the master knows, or empty it if no peer knows this node", cause);
}

[JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(PortRecord))]
internal sealed partial class PortRecordContext : JsonSerializerContext;
