using CubeActors.Actors;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Runtime.Files;
using CubeActors.Storage;

namespace CubeActors.Node;

/// <summary>Judges what the masters say of this node against its configuration and its disks. Pure.</summary>
internal static class MasterRules
{
    private const string Check = "master";

    public static IEnumerable<Finding> Judge(MasterFacts facts, NodeSettings settings)
    {
        var silent = facts.Masters.Where(master => master.Trouble is not null).ToList();
        foreach (var master in silent)
        {
            yield return silent.Count == facts.Masters.Count
                ? Finding.Problem(Check, master.Address, master.Trouble!, "correct masterAddr or the network; the node starts without a master, but serves no new partition until one answers")
                : Finding.Warning(Check, master.Address, master.Trouble!, "correct masterAddr or look at that master; the others answer");
        }

        if (facts.Cluster is not { } cluster) yield break;
        var identity = settings.DataNode.Identity;
        if (cluster.ClusterEnableSnapshot) yield return Finding.Problem(Check, cluster.Cluster, "the cluster has snapshots switched on", "keep this node out of it: snapshots are not supported");
        if (identity.LocalAddress is { } local && cluster.Ip.Length > 0 && cluster.Ip != local.ToString())
            yield return Finding.Note(Check, "localIP", $"is {local}, and the master sees {cluster.Ip}; peers must reach the node by the first");
        if (facts.NodeTrouble is { } trouble) yield return Finding.Warning(Check, facts.NodeAddress!, $"what the master knows of it could not be asked: {trouble}", "ask again when the master has a leader");
        else if (facts.Node is not { } node) yield return Finding.Note(Check, facts.NodeAddress!, $"is new to the cluster {cluster.Cluster}; its first start registers it");
        else foreach (var finding in JudgeRegistration(node, identity, settings)) yield return finding;
    }

    private static IEnumerable<Finding> JudgeRegistration(DataNodeInfo node, NodeIdentity identity, NodeSettings settings)
    {
        if (node.Zone.Length > 0 && node.Zone != identity.ZoneName)
            yield return Finding.Problem(Check, "zoneName", $"is {identity.ZoneName}, and the master has this node in {node.Zone}: it refuses the registration", $"set zoneName to {node.Zone}");
        if (node.MediaType is 1 or 2 && node.MediaType != identity.MediaType)
            yield return Finding.Problem(Check, "mediaType", $"is {identity.MediaType}, and the master has {node.MediaType}: it refuses the registration", $"set mediaType to {node.MediaType}");
        foreach (var (key, known, configured) in ((string, string, string)[])
            [("raftHeartbeat", node.RaftHeartbeatPort, identity.RaftHeartbeatPort), ("raftReplica", node.RaftReplicaPort, identity.RaftReplicaPort)])
        {
            if (known.Length > 0 && known != configured) yield return Finding.Warning(Check, key, $"is {configured}, and the master has {known} and keeps it", $"set {key} to {known}");
        }

        foreach (var disk in node.AllDisks.Where(disk => settings.DataNode.Disks.All(known => known.Path != disk)))
            yield return Finding.Warning(Check, disk, "is a disk of this node to the master, and not in the configuration", "add it, or decommission it at the master; paths are compared byte by byte");
        foreach (var disk in node.BadDisks) yield return Finding.Warning(Check, disk, "was last reported as bad", "check the disk before it takes data again");
    }

    /// <summary>What a start does to directories by the master's list: the rules of the node itself, asked beforehand.</summary>
    public static IEnumerable<Finding> JudgeRoster(DataNodeInfo node, IReadOnlyList<SurveyedDisk> disks)
    {
        var roster = RosterAnswer.From(node);
        var found = new HashSet<PartitionId>();
        foreach (var disk in disks)
        {
            var path = disk.Root.Path;
            if (disk.Root.Trouble is null && RosterComparison.IsWrongDisk(path, disk.Root.Partitions.Count(), roster))
                yield return Finding.Problem("roster", path, $"has no partition, and the master has {roster.OnDisks.Count(known => known.Disk == path)} there: it is not the disk it should be, or not mounted", "mount the right disk");
            foreach (var entry in disk.Root.Partitions)
            {
                found.Add(entry.Partition);
                var directory = $"{path.TrimEnd('/')}/{entry.Name}";
                switch (RosterComparison.Judge(entry.Partition, path, roster))
                {
                    case RosterVerdict.Expire:
                        yield return Finding.Warning("roster", directory, "is unknown to the master on this node: the next start renames it to expired_... and deletes it after 7 days", "compare with cfs-cli datapartition info before the start, if it should be here");
                        break;
                    case RosterVerdict.SetAside:
                        var elsewhere = roster.OnDisks.Where(known => known.PartitionId == entry.Partition && known.Disk.Length > 0).Select(known => known.Disk);
                        yield return Finding.Warning("roster", directory, $"is on {string.Join(", ", elsewhere)} to the master: the next start renames it to backup_...", "check that the disks are mounted where they were");
                        break;
                }
            }
        }

        if (roster.IsEmpty && found.Count > 0)
            yield return Finding.Warning("roster", node.Addr, $"has {found.Count} partitions on its disks and none to the master: nothing is renamed for that", "if the node was removed from the cluster, empty its disks by hand; else look at the master");
        var lacking = RosterComparison.Lacking(roster, found).Select(partition => partition.Value).ToList();
        if (lacking.Count > 0)
            yield return Finding.Warning("roster", node.Addr, $"lacks {lacking.Count} partitions that the master has here: {Few(lacking)}", "see that all disks are mounted; what is lost, the master has to rebuild");
    }

    public static IEnumerable<Finding> JudgeClusterVersion(ClusterInfo cluster, NodeSettings settings, IReadOnlyList<SurveyedDisk> disks, IFileSystem files)
    {
        if (!cluster.ClusterUuidEnable) yield break;
        foreach (var directory in (string[])[settings.RaftDirectory, .. disks.Where(disk => disk.Root.Trouble is null).Select(disk => disk.Root.Path)])
        {
            var verdict = ClusterVersionFile.Inspect(files, directory, cluster.ClusterUuid);
            if (ClusterVersionFile.Explain(verdict, directory, ClusterVersionFile.Load(files, directory), cluster.ClusterUuid) is { } problem)
                yield return Finding.Problem("identity", directory, problem, "the node does not serve its disks before this is settled");
        }
    }

    private static string Few(IReadOnlyList<ulong> ids)
    {
        const int shown = 10;
        return string.Join(", ", ids.Take(shown)) + (ids.Count > shown ? ", ..." : "");
    }
}
