using System.Net;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Runtime.Files;
using CubeActors.Storage;
using CubeActors.TestKit;

namespace CubeActors.Node.Tests;

public sealed class MasterRulesTests
{
    private const string Address = "127.0.0.11:17310";
    private static readonly NodeSettings Settings = SampleConfig.Read();
    private static readonly SurveyedMaster Good = new("127.0.0.1:17010", [IPAddress.Loopback], null), Silent = new("127.0.0.2:17010", [], "Connection refused");
    private static readonly ClusterInfo Cluster = new() { Cluster = "c", Ip = "127.0.0.11" };

    private static readonly DataNodeInfo Known = new()
    {
        Addr = Address,
        Zone = "default",
        MediaType = 1,
        RaftHeartbeatPort = "17330",
        RaftReplicaPort = "17340",
        AllDisks = ["/data/disk1"],
    };

    [Fact]
    public void A_node_as_the_master_knows_it_has_no_finding() => Assert.Empty(Judge(Known));

    [Fact]
    public void Masters_that_are_silent_are_a_problem_only_if_none_answers()
    {
        Assert.Equal(Severity.Warning, Assert.Single(MasterRules.Judge(new MasterFacts([Good, Silent], Cluster, Address, Known, null), Settings)).Severity);
        Assert.Equal(Severity.Problem, Assert.Single(MasterRules.Judge(new MasterFacts([Silent], null, null, null, null), Settings)).Severity);
    }

    [Fact]
    public void A_node_that_the_master_does_not_know_is_new() => Assert.Contains("is new to the cluster c", Assert.Single(Judge(null)).Text, StringComparison.Ordinal);

    [Fact]
    public void A_master_that_cannot_say_is_asked_again_later() =>
        Assert.Equal(Severity.Warning, Assert.Single(MasterRules.Judge(new MasterFacts([Good], Cluster, Address, null, "no leader"), Settings)).Severity);

    [Fact]
    public void Another_zone_or_media_is_a_problem_because_the_master_refuses()
    {
        Assert.Equal((Severity.Problem, "zoneName"), Kind(Judge(Known with { Zone = "z2" })));
        Assert.Equal((Severity.Problem, "mediaType"), Kind(Judge(Known with { MediaType = 2 })));
    }

    [Fact]
    public void Raft_ports_that_the_master_keeps_are_told()
    {
        Assert.Equal((Severity.Warning, "raftHeartbeat"), Kind(Judge(Known with { RaftHeartbeatPort = "1" })));
        Assert.Equal((Severity.Warning, "raftReplica"), Kind(Judge(Known with { RaftReplicaPort = "1" })));
    }

    [Fact]
    public void Disks_that_are_missing_here_or_were_bad_are_told()
    {
        Assert.Equal((Severity.Warning, "/data/disk1/"), Kind(Judge(Known with { AllDisks = ["/data/disk1", "/data/disk1/"] })));
        Assert.Equal((Severity.Warning, "/data/disk1"), Kind(Judge(Known with { BadDisks = ["/data/disk1"] })));
    }

    [Fact]
    public void An_address_that_the_master_sees_otherwise_is_a_note() =>
        Assert.Equal((Severity.Note, "localIP"), Kind(MasterRules.Judge(new MasterFacts([Good], Cluster with { Ip = "10.9.9.9" }, Address, Known, null), Settings)));

    [Fact]
    public void A_cluster_with_snapshots_is_a_problem() =>
        Assert.Equal((Severity.Problem, "c"), Kind(MasterRules.Judge(new MasterFacts([Good], Cluster with { ClusterEnableSnapshot = true }, Address, Known, null), Settings)));

    [Fact]
    public void What_the_start_would_rename_is_told()
    {
        var roster = Roster((7, "/data/disk1"), (8, "/data/disk2"));
        Assert.Empty(MasterRules.JudgeRoster(Roster((7, "/data/disk1")), [Disk("/data/disk1", 7)]));
        var findings = MasterRules.JudgeRoster(roster, [Disk("/data/disk1", 7, 8, 9)]).ToList();
        Assert.Contains(findings, finding => finding.Subject == "/data/disk1/datapartition_8_1" && finding.Text.Contains("renames it to backup_", StringComparison.Ordinal));
        Assert.Contains(findings, finding => finding.Subject == "/data/disk1/datapartition_9_1" && finding.Text.Contains("renames it to expired_", StringComparison.Ordinal));
        Assert.Equal(2, findings.Count);
    }

    [Fact]
    public void A_replica_that_was_never_reported_from_a_disk_is_left_alone() =>
        Assert.Empty(MasterRules.JudgeRoster(Roster((7, "")), [Disk("/data/disk1", 7)]));

    [Fact]
    public void An_empty_list_renames_nothing_and_is_told() =>
        Assert.Contains("nothing is renamed", Assert.Single(MasterRules.JudgeRoster(Known, [Disk("/data/disk1", 7)])).Text, StringComparison.Ordinal);

    [Fact]
    public void Partitions_that_are_nowhere_are_told() =>
        Assert.Contains("lacks 1 partitions that the master has here: 8", Assert.Single(MasterRules.JudgeRoster(Roster((7, "/data/disk1"), (8, "")), [Disk("/data/disk1", 7)])).Text, StringComparison.Ordinal);

    [Fact]
    public void An_empty_disk_that_should_have_partitions_is_a_problem() => Assert.Contains(
        MasterRules.JudgeRoster(Roster((7, "/data/disk1")), [Disk("/data/disk1")]), finding => finding.Severity == Severity.Problem && finding.Text.Contains("not the disk it should be", StringComparison.Ordinal));

    [Fact]
    public void A_directory_of_another_cluster_is_a_problem_where_the_cluster_asks()
    {
        var files = new SimulatedFileSystem();
        files.MakeDirectories("/data/disk1/datapartition_7_1");
        var asking = Cluster with { ClusterUuidEnable = true, ClusterUuid = "u" };
        Assert.Equal((Severity.Problem, "/data/disk1"), Kind(MasterRules.JudgeClusterVersion(asking, Settings, [Disk("/data/disk1", 7)], files)));
        Assert.Empty(MasterRules.JudgeClusterVersion(Cluster, Settings, [Disk("/data/disk1", 7)], files));
    }

    private static (Severity, string) Kind(IEnumerable<Finding> findings)
    {
        var finding = Assert.Single(findings);
        return (finding.Severity, finding.Subject);
    }

    private static List<Finding> Judge(DataNodeInfo? node) => [.. MasterRules.Judge(new MasterFacts([Good], Cluster, Address, node, null), Settings)];

    private static DataNodeInfo Roster(params (ulong Id, string Disk)[] partitions) => Known with
    {
        PersistenceDataPartitions = [.. partitions.Select(partition => new PartitionId(partition.Id))],
        PersistenceDataPartitionsWithDiskPath = [.. partitions.Where(partition => partition.Disk.Length > 0).Select(partition => new PartitionOnDisk { PartitionId = new PartitionId(partition.Id), Disk = partition.Disk })],
    };

    private static SurveyedDisk Disk(string path, params ulong[] partitions) => new(
        new DiskFacts(path, null, default(FileSystemSpace), 1, [.. partitions.Select(id => RootEntry.Classify($"datapartition_{id}_1"))], true, false, null, null, BootVerdict.CleanStop, null), [],
        ExaminationDepth.Log, null);
}
