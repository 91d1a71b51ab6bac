using System.Net;
using CubeActors.Runtime.Files;
using CubeActors.Storage;
using Serilog.Events;

namespace CubeActors.Node;

/// <summary>Judges what belongs to the node as a whole: configuration, ports, identity, limits of the machine. Pure, except for reading constcfg.</summary>
internal static class NodeRules
{
    /// <summary>As the kernel names the process that binds the ports of socket units.</summary>
    private const string ServiceManager = "systemd";

    public static IEnumerable<Finding> JudgeConfig(NodeSettings settings) =>
        settings.Notes.Where(note => note.Level >= LogEventLevel.Warning).Select(note => Finding.Warning(
            "config", settings.File, note.Text.StartsWith($"{settings.File}: ", StringComparison.Ordinal) ? note.Text[(settings.File.Length + 2)..] : note.Text, ""));

    public static IEnumerable<Finding> JudgePorts(NodeSettings settings, MachineFacts machine)
    {
        var identity = settings.DataNode.Identity;
        var raft = identity.LocalAddress ?? IPAddress.Any; // the raft ports bind the local address, whatever bindIp says
        var ports = new List<(string Key, IPEndPoint EndPoint)>
        {
            ("listen", new(identity.BindAddress, identity.DataPort)), ("listen + smuxPortShift", new(identity.BindAddress, identity.SmuxPort)),
            ("raftHeartbeat", new(raft, int.Parse(identity.RaftHeartbeatPort, System.Globalization.CultureInfo.InvariantCulture))),
            ("raftReplica", new(raft, int.Parse(identity.RaftReplicaPort, System.Globalization.CultureInfo.InvariantCulture))),
        };
        if (settings.Http is { } http) ports.Add(("prof", http.EndPoint));
        foreach (var (key, endPoint) in ports)
        {
            foreach (var taken in machine.Listeners.Where(listener => Collide(listener.EndPoint, endPoint)).Take(1))
            {
                yield return JudgePort(key, endPoint, taken, machine.RunningNode);
            }
        }
    }

    public static IEnumerable<Finding> JudgeIdentity(NodeSettings settings, IFileSystem files)
    {
        Finding? wrong = null;
        try
        {
            FirstStartPorts.Check(settings, files);
        }
        catch (SettingsException failure)
        {
            wrong = Finding.Problem("identity", settings.RaftDirectory, failure.Message, "give the node the ports it had, or register it as a new one with another raftDir");
        }

        if (wrong is not null) yield return wrong;
        else if (files.Stat(settings.RaftDirectory) is not { } raftDirectory) yield return Finding.Note("identity", settings.RaftDirectory, "does not exist; it is made when a master has answered");
        else if (!raftDirectory.IsDirectory) yield return Finding.Problem("identity", settings.RaftDirectory, "raftDir is a file", "name a directory");
        else if (files.Stat($"{settings.RaftDirectory}/{PortRecord.Name}") is null) yield return Finding.Note("identity", $"{settings.RaftDirectory}/{PortRecord.Name}", "is missing: this raftDir has no node yet");
    }

    /// <summary>The record of who the node was, which stands in for a master that does not answer.</summary>
    /// <param name="cluster">The name that a master gives; null while none has answered.</param>
    public static IEnumerable<Finding> JudgeRecord(NodeSettings settings, IFileSystem files, string? cluster)
    {
        var directory = $"{settings.RaftDirectory.TrimEnd('/')}/{RaftDirectory.StateDirectoryName}";
        var path = $"{directory}/{NodeRecord.Name}";
        NodeRecord? record = null;
        Finding? wrong = null;
        try
        {
            if (files.Stat(directory) is { IsDirectory: true }) record = NodeRecord.Load(files, directory);
        }
        catch (StorageCorruptException damage)
        {
            wrong = Finding.Problem("identity", path, damage.Problem, damage.Remedy);
        }

        if (wrong is not null) yield return wrong;
        if (record is null) yield break;
        var identity = settings.DataNode.Identity;
        if (cluster is not null && record.Cluster != cluster)
            yield return Finding.Warning("identity", path, $"is of the cluster {record.Cluster}, and the masters are those of {cluster}", "check masterAddr and raftDir: this node may belong elsewhere");
        else if (record.RaftHeartbeatPort != identity.RaftHeartbeatPort || record.RaftReplicaPort != identity.RaftReplicaPort
            || (identity.LocalAddress is { } local && record.Address != $"{local}:{identity.DataPort}"))
            yield return Finding.Warning("identity", path, $"is of {record.Address}, which is not this configuration's node; without a master it would not start its raft groups", "check localIP, listen and the raft ports");
        else yield return Finding.Note("identity", path, $"says that this is node {record.NodeId} of the cluster {record.Cluster}");
    }

    /// <summary>Descriptors that a node of this size needs: at the least while it serves, and when every partition has all the extents open that it may.</summary>
    public static IEnumerable<Finding> JudgeLimits(NodeSettings settings, MachineFacts machine, int partitions)
    {
        const int filesOfPartition = 6; // EXTENT_CRC, EXTENT_META, the two delete logs, META and the last file of the raft log
        const int ownFiles = 256; // the runtime's, listeners, logs
        var least = ownFiles + (long)partitions * filesOfPartition + settings.DataNode.DataPath.ConnectionsMax / 8;
        var most = ownFiles + (long)partitions * (filesOfPartition + settings.DataNode.Storage.OpenExtentsPerPartition) + settings.DataNode.DataPath.ConnectionsMax;
        const string raise = "raise it (LimitNOFILE of the systemd unit, or ulimit -Hn)";
        if (machine.OpenFilesMax < least)
            yield return Finding.Problem("limits", "open files", $"at most {machine.OpenFilesMax} are allowed, and {partitions} partitions need {least} at the least", raise);
        else if (machine.OpenFilesMax < most)
            yield return Finding.Warning("limits", "open files", $"at most {machine.OpenFilesMax} are allowed; {partitions} partitions with cacheCap {settings.DataNode.Storage.OpenExtentsPerPartition} and all connections may need {most}", $"{raise}, or lower cacheCap");
        if (!machine.SawAllProcesses)
            yield return Finding.Note("limits", "processes", "some could not be looked into: whether they use a disk or a port is not known", "run this as root to see all");
    }

    /// <param name="node">The node of this configuration, if it runs.</param>
    private static Finding JudgePort(string key, IPEndPoint wanted, Listening taken, ProcessName? node)
    {
        if (node is { } running && taken.Owners.Contains(running)) return Finding.Note("port", key, $"port {wanted.Port} belongs to the running node ({running})");
        // A service manager that has bound the port for a unit hands the socket over; whose unit that is cannot be seen from here.
        if (taken.Owners.FirstOrDefault(owner => owner.Name == ServiceManager) is { Name: not null } manager && taken.Owners.Count == 1)
            return Finding.Note("port", key, $"port {wanted.Port} is held by {manager}, on {taken.EndPoint}: for this node, if \"systemctl list-sockets\" shows its socket unit, which hands it over");
        var who = taken.Owners.Count == 0 ? "a process that cannot be seen" : string.Join(" and ", taken.Owners);
        return Finding.Problem("port", key, $"port {wanted.Port} is in use by {who}, on {taken.EndPoint}", "stop it, or choose another port");
    }

    private static bool Collide(IPEndPoint taken, IPEndPoint wanted) =>
        taken.Port == wanted.Port && (IsAny(taken.Address) || IsAny(wanted.Address) || taken.Address.Equals(wanted.Address));

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}
