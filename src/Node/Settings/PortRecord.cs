using System.Text.Json;
using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>The constcfg that a CubeFS node keeps in raftDir: the ports under which a replica's peers have stored it.</summary>
/// <remarks>
/// Source: CubeFS datanode/server.go, constcfg. Only compared: it is written after CLUSTER-VERSION, which needs an empty raftDir, and
/// that comes with the raft log. The third name is spelt like this.
/// </remarks>
internal static class PortRecord
{
    private const string FileName = "constcfg";

    /// <exception cref="SettingsException">The record names other ports than the configuration.</exception>
    public static void Check(NodeSettings settings)
    {
        var path = Path.Combine(settings.RaftDirectory, FileName);
        string json;
        try
        {
            if (!File.Exists(path)) return;
            json = File.ReadAllText(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"{settings.File}: raftDir: {path} cannot be read: {failure.Message}", failure);
        }

        if (json.Length > 0) Compare(settings, path, DataNodeFile.Parse(path, json));
    }

    private static void Compare(NodeSettings settings, string path, DataNodeFile record)
    {
        var identity = settings.DataNode.Identity;
        foreach (var (key, name, port) in ((string, string, string)[])
            [("listen", "listen", $"{identity.DataPort}"), ("raftReplica", "raftReplicaPort", identity.RaftReplicaPort),
             ("raftHeartbeat", "raftHeartbetPort", identity.RaftHeartbeatPort)])
        {
            if (record.Text(name, out var recorded) == Found.Good && recorded == port) continue;
            throw SettingsException.BadValue(
                key, settings.File, $"\"{port}\"", $"{record.Describe(name)}, the port that {path} has kept from the first start; peers know the node by it");
        }
    }
}
