using CubeActors.Storage;
using CubeActors.TestKit;

namespace CubeActors.Node.Tests;

/// <summary>Goal: each finding of <c>node check</c> is made. Method: a sound node in memory with one thing broken.</summary>
public sealed class NodeCheckTests
{
    private static readonly ProcessName Other = new(4711, "cfs-server");
    private static readonly ProcessName Manager = new(1, "systemd");
    private readonly BuiltNode _node = new();

    [Fact]
    public async Task A_sound_node_has_no_finding()
    {
        var report = await _node.CheckAsync();
        Assert.Empty(report.Findings);
        Assert.Equal("no problems, no warnings, no notes: 2 disks and 1 partition looked at, no master asked", report.Summary());
    }

    [Theory]
    [InlineData("disks", "[\"/nowhere:0\"]", Severity.Problem, "disk", "/nowhere", "does not exist")]
    [InlineData("disks", "[\"/data/file:0\"]", Severity.Problem, "disk", "/data/file", "is not a directory")]
    [InlineData("raftDir", "\"/data/none\"", Severity.Note, "identity", "/data/none", "does not exist")]
    [InlineData("raftDir", "\"/data/file\"", Severity.Problem, "identity", "/data/file", "is a file")]
    public async Task A_path_that_is_missing_or_a_file_is_told(string key, string value, object severity, string check, string path, string text)
    {
        _node.Write("/data/file", "x");
        _node.Keys.Add((key, value));
        await Finds((Severity)severity, check, path, text);
    }

    [Fact]
    public async Task A_disk_that_fails_is_a_problem_with_its_error()
    {
        _node.Files.Fault = call => call.Operation == DiskOperation.List && call.Path == BuiltNode.OtherDisk ? new DiskFault(5) : null;
        await Finds(Severity.Problem, "disk", BuiltNode.OtherDisk, "cannot be read");
    }

    [Fact]
    public async Task A_disk_that_fails_below_a_partition_is_a_problem_and_hides_no_other_disk()
    {
        _node.Files.Fault = call => call.Operation == DiskOperation.List && call.Path == BuiltNode.Partition ? new DiskFault(5) : null;
        await Finds(Severity.Problem, "disk", BuiltNode.Disk, "could not be read to the end");
    }

    [Fact]
    public async Task A_disk_of_a_running_node_is_a_note_and_its_raft_logs_are_left_alone()
    {
        _node.UsedBy(BuiltNode.Disk, lockHolder: new ProcessName(12, "CubeActors.Node"));
        _node.Write($"{BuiltNode.Log}/META", "short"); // as if it was being written
        await Finds(Severity.Note, "disk", BuiltNode.Disk, "running node (CubeActors.Node, pid 12)");
    }

    [Fact]
    public async Task A_disk_that_a_CubeFS_node_has_open_is_a_problem_with_its_name()
    {
        _node.UsedBy(BuiltNode.Disk, lockHolder: null, Other);
        await Finds(Severity.Problem, "disk", BuiltNode.Disk, "cfs-server, pid 4711");
    }

    [Fact]
    public async Task A_disk_that_may_not_be_written_is_a_problem()
    {
        _node.Machine = _node.Machine with { Uses = new Dictionary<string, DiskUse> { [BuiltNode.Disk] = new(null, [], IsWritable: false) } };
        await Finds(Severity.Problem, "disk", BuiltNode.Disk, "not writable");
    }

    [Theory]
    [InlineData("/data/disk1", "ext4", "ro", Severity.Problem, "mounted read-only (/dev/sdb1)")]
    [InlineData("/data/disk1", "btrfs", "rw", Severity.Warning, "is btrfs")]
    [InlineData("/", "ext4", "rw", Severity.Warning, "root file system")]
    public async Task A_mount_that_is_not_as_it_should_be_is_told(string mounted, string fileSystem, string option, object severity, string text)
    {
        _node.Machine = _node.Machine with
        {
            Mounts = [new MountPoint("/dev/sdb1", mounted, fileSystem, [option]), new MountPoint("/dev/sdc1", BuiltNode.OtherDisk, "ext4", ["rw"])],
        };
        await Finds((Severity)severity, "disk", BuiltNode.Disk, text);
    }

    [Theory]
    [InlineData(8, Severity.Problem, "8 GiB in all, and 10 GiB are reserved")]
    [InlineData(10, Severity.Problem, "10 GiB in all")]
    public async Task A_disk_without_room_is_a_problem(int gibibytes, object severity, string text)
    {
        _node.Files.CapacityBytes = (long)gibibytes << 30;
        Assert.Contains((await _node.CheckAsync()).Findings, finding => finding.Severity == (Severity)severity && finding.Text.Contains(text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_disk_below_its_reserve_starts_read_only_if_it_has_partitions_and_not_at_all_without()
    {
        _node.Files.CapacityBytes = (10L << 30) + 4096;
        var findings = (await _node.CheckAsync()).Findings;
        Assert.Contains(findings, finding => finding.Subject == BuiltNode.Disk && finding.Severity == Severity.Warning && finding.Text.Contains("starts read-only", StringComparison.Ordinal));
        Assert.Contains(findings, finding => finding.Subject == BuiltNode.OtherDisk && finding.Severity == Severity.Problem && finding.Text.Contains("nothing fits", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_disk_below_diskRdonlySpace_takes_no_new_partitions()
    {
        _node.Keys.Add(("diskRdonlySpace", $"{200L << 30}"));
        Assert.Contains((await _node.CheckAsync()).Findings, finding => finding.Severity == Severity.Warning && finding.Text.Contains("less than diskRdonlySpace", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_record_of_a_later_version_is_a_problem()
    {
        _node.Write($"{BuiltNode.OtherDisk}/.cubeactors", """{"format":99,"bootId":"b","cleanStop":true,"blockCrcsAreHints":false,"process":"p"}""");
        await Finds(Severity.Problem, "disk", BuiltNode.OtherDisk, "a later version");
    }

    [Fact]
    public async Task A_power_cut_under_a_running_node_is_told()
    {
        _node.Use(BuiltNode.Disk, clean: false, make: [], bootId: "boot before");
        await Finds(Severity.Warning, "disk", BuiltNode.Disk, "not stopped cleanly before the machine restarted");
    }

    [Fact]
    public async Task A_disk_marked_as_decommissioned_is_told()
    {
        _node.Write($"{BuiltNode.Disk}/{DiskFacts.DecommissionMark}", "");
        await Finds(Severity.Warning, "disk", $"{BuiltNode.Disk}/{DiskFacts.DecommissionMark}", "decommissioned");
    }

    [Theory]
    [InlineData("expired_datapartition_1_5", "unknown to the master")]
    [InlineData("backup_datapartition_1_5-20260101000000", "as backups")]
    [InlineData(".cubeactors-deleting-datapartition_1_5", "being deleted")]
    public async Task Directories_that_were_set_aside_are_counted(string name, string text)
    {
        _node.Files.MakeDirectories($"{BuiltNode.Disk}/{name}");
        await Finds(Severity.Note, "disk", BuiltNode.Disk, text);
    }

    [Fact]
    public async Task Two_disks_on_one_file_system_are_told()
    {
        _node.Files.DeviceOf = _ => 1;
        await Finds(Severity.Warning, "disk", $"{BuiltNode.Disk}, {BuiltNode.OtherDisk}", "lie on one file system");
    }

    [Fact]
    public async Task A_partition_on_two_disks_is_a_problem_with_both_places()
    {
        _node.Use(BuiltNode.OtherDisk, clean: true, make: [7]);
        await Finds(Severity.Problem, "disk", $"{BuiltNode.Partition}, {BuiltNode.OtherDisk}/datapartition_7_1024", "are both partition 7");
    }

    [Theory]
    [InlineData("{", "not the JSON object expected")]
    [InlineData("", "the file is empty")]
    public async Task A_damaged_META_is_a_problem(string content, string text)
    {
        _node.Write($"{BuiltNode.Partition}/META", content);
        await Finds(Severity.Problem, "meta", $"{BuiltNode.Partition}/META", text);
    }

    [Fact]
    public async Task A_directory_without_META_and_data_is_a_creation_that_was_cut_short()
    {
        _node.Files.DeleteFile($"{BuiltNode.Partition}/META");
        await Finds(Severity.Note, "meta", BuiltNode.Partition, "cut short");
    }

    [Fact]
    public async Task Extents_without_META_are_a_problem()
    {
        _node.Files.DeleteFile($"{BuiltNode.Partition}/META");
        _node.Write($"{BuiltNode.Partition}/1025", "data");
        await Finds(Severity.Problem, "meta", $"{BuiltNode.Partition}/META", "1 extents are there");
    }

    [Theory]
    [InlineData("\"DiskErrCnt\":0", "\"DiskErrCnt\":2", Severity.Warning, "2 disk errors")]
    [InlineData("\"VerList\":null", "\"VerList\":[{\"Ver\":1,\"DelTime\":0,\"Status\":1}]", Severity.Problem, "snapshot volume")]
    [InlineData("\"DataPartitionCreateType\":0", "\"DataPartitionCreateType\":1", Severity.Note, "still being rebuilt")]
    [InlineData("\"IsRepairing\":false", "\"IsRepairing\":true", Severity.Note, "being repaired")]
    [InlineData("10.0.0.5:17310", "10.0.0.6:17310", Severity.Warning, "names the hosts 10.0.0.6:17310, not 10.0.0.5:17310")]
    public async Task What_META_says_of_a_replica_in_trouble_is_told(string from, string to, object severity, string text)
    {
        _node.ChangeMeta(from, to);
        await Finds((Severity)severity, "meta", $"{BuiltNode.Partition}/META", text);
    }

    [Theory]
    [InlineData(null, "missing")]
    [InlineData("", "not a decimal number")]
    [InlineData("12x", "not a decimal number")]
    public async Task An_unreadable_APPLY_is_a_problem(string? content, string text)
    {
        if (content is null) _node.Files.DeleteFile($"{BuiltNode.Partition}/APPLY");
        else _node.Write($"{BuiltNode.Partition}/APPLY", content);
        await Finds(Severity.Problem, "apply", $"{BuiltNode.Partition}/APPLY", text);
    }

    [Theory]
    [InlineData("EXTENT_META")]
    [InlineData("EXTENT_CRC")]
    [InlineData("TINYEXTENT_DELETE")]
    [InlineData("NORMALEXTENT_DELETE")]
    public async Task A_missing_file_of_the_store_is_a_problem(string name)
    {
        _node.Files.DeleteFile($"{BuiltNode.Partition}/{name}");
        await Finds(Severity.Problem, "extents", $"{BuiltNode.Partition}/{name}", "is missing");
    }

    [Theory]
    [InlineData("0001030", "abc", Severity.Warning, "not the name of an extent")]
    [InlineData("EXTENT_META", "abc", Severity.Note, "is damaged")]
    [InlineData("EXTENT_CRC", "abc", Severity.Warning, "has 3 bytes")]
    [InlineData("TINYEXTENT_DELETE", "abc", Severity.Note, "ends within a record")]
    [InlineData("NORMALEXTENT_DELETE", "abc", Severity.Note, "ends within a record")]
    [InlineData("READDIR_HINT_V2", "abc", Severity.Note, "is not read, and deleted")]
    public async Task A_file_of_the_store_that_is_odd_is_told(string name, string content, object severity, string text)
    {
        _node.Write($"{BuiltNode.Partition}/{name}", content);
        await Finds((Severity)severity, "extents", $"{BuiltNode.Partition}/{name}", text);
    }

    [Fact]
    public async Task Checksums_behind_the_last_extent_are_told()
    {
        _node.Write($"{BuiltNode.Partition}/EXTENT_CRC", new byte[4096 * 4]);
        await Finds(Severity.Warning, "extents", $"{BuiltNode.Partition}/EXTENT_CRC", "which do not fit a last extent 0");
    }

    [Fact]
    public async Task An_extent_id_beyond_the_limit_is_told()
    {
        _node.Write($"{BuiltNode.Partition}/1073741825", "data");
        await Finds(Severity.Warning, "extents", $"{BuiltNode.Partition}/EXTENT_META", "read-only");
    }

    [Fact]
    public void A_partition_full_of_extents_is_told()
    {
        var extents = new ExtentFacts([], 64, ExtentLimits.ReadOnlyExtentCount, 0, [], 0, false, 0, 0, 0, null);
        var facts = new PartitionFacts(default, BuiltNode.Partition, new PartitionMeta { Volume = "v", Partition = new(7), PartitionBytes = 1 }, null, [], 0, null, extents, null, []);
        Assert.Contains("20064 extents", Assert.Single(PartitionRules.Judge(facts, null)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_raft_log_is_a_problem()
    {
        _node.Write($"{BuiltNode.Log}/META", "short");
        await Finds(Severity.Problem, "log", BuiltNode.Log, "no complete META");
    }

    [Fact]
    public async Task The_mark_of_a_loss_is_told()
    {
        _node.WriteLogMeta(1, 0, 0, 0, 0);
        _node.Write($"{BuiltNode.Log}/LOSS", "");
        await Finds(Severity.Warning, "log", BuiltNode.Log, "an earlier start found it");
    }

    [Fact]
    public async Task A_log_that_ends_before_what_was_applied_is_told()
    {
        _node.WriteLogMeta(1, 0, 0, 0, 0);
        _node.Write($"{BuiltNode.Partition}/APPLY", "9");
        await Finds(Severity.Warning, "log", BuiltNode.Log, "BehindApplied");
    }

    [Fact]
    public async Task A_name_that_CubeFS_takes_for_a_log_file_is_told()
    {
        _node.WriteLogMeta(1, 0, 0, 0, 0);
        _node.Write($"{BuiltNode.Log}/1-2.log.tmp", "");
        var findings = (await _node.CheckAsync()).Findings;
        Assert.Contains(findings, finding => finding.Severity == Severity.Warning && finding.Subject == $"{BuiltNode.Log}/1-2.log.tmp");
    }

    [Fact]
    public async Task What_the_start_heals_is_a_note()
    {
        _node.WriteLogMeta(1, 0, 0, 0, 0);
        _node.Write($"{BuiltNode.Log}/0000000000000001-0000000000000001.log", "torn");
        await Finds(Severity.Note, "log", BuiltNode.Log, "is healed at the start");
    }

    [Fact]
    public async Task META_ahead_of_the_log_is_told()
    {
        _node.WriteLogMeta(1, 50, 0, 50, 1);
        _node.ChangeMeta("\"ApplyID\":0", "\"ApplyID\":60");
        _node.Write($"{BuiltNode.Partition}/APPLY", "50");
        await Finds(Severity.Warning, "apply", $"{BuiltNode.Partition}/META", "up to 60 are applied, and the log ends at 50");
    }

    [Theory]
    [InlineData("listen", 17310, "10.0.0.5")]
    [InlineData("listen + smuxPortShift", 17810, "0.0.0.0")]
    [InlineData("raftHeartbeat", 17330, "::")]
    [InlineData("raftReplica", 17340, "10.0.0.5")]
    [InlineData("prof", 17320, "10.0.0.5")]
    public async Task A_port_in_use_is_a_problem_with_the_one_who_has_it(string key, int port, string address)
    {
        _node.ListenedOn(address, port, Other);
        await Finds(Severity.Problem, "port", key, "cfs-server, pid 4711");
    }

    [Fact]
    public async Task A_port_of_another_address_is_free()
    {
        _node.ListenedOn("10.0.0.6", 17310, Other);
        Assert.Empty((await _node.CheckAsync()).Findings);
    }

    [Fact]
    public async Task Ports_of_the_running_node_are_no_problem()
    {
        _node.UsedBy(BuiltNode.Disk, Other);
        _node.ListenedOn("10.0.0.5", 17310, Other);
        var report = await _node.CheckAsync();
        Assert.False(report.HasProblem);
        Assert.Contains(report.Findings, finding => finding is { Check: "port", Severity: Severity.Note });
    }

    [Fact]
    public async Task A_port_that_systemd_holds_for_the_node_is_no_problem()
    {
        _node.ListenedOn("0.0.0.0", 17310, Manager);
        await Finds(Severity.Note, "port", "listen", "held by systemd, pid 1");
    }

    [Fact]
    public async Task A_port_that_systemd_has_handed_to_the_running_node_is_no_problem()
    {
        _node.UsedBy(BuiltNode.Disk, Other);
        _node.ListenedOn("0.0.0.0", 17310, Manager, Other); // it is still open in the manager
        var report = await _node.CheckAsync();
        Assert.False(report.HasProblem);
        Assert.Contains(report.Findings, finding => finding is { Check: "port", Severity: Severity.Note } && finding.Text.Contains("belongs to the running node", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_port_that_systemd_has_handed_to_another_program_is_a_problem()
    {
        _node.ListenedOn("0.0.0.0", 17310, Manager, Other);
        await Finds(Severity.Problem, "port", "listen", "cfs-server, pid 4711");
    }

    [Fact]
    public async Task Other_ports_than_those_of_the_first_start_are_a_problem()
    {
        _node.Write("/data/raft/constcfg", """{"listen":"17999","raftReplicaPort":"17340","raftHeartbetPort":"17330"}""");
        await Finds(Severity.Problem, "identity", "/data/raft", "\"17999\"");
    }

    [Fact]
    public async Task A_raftDir_without_the_ports_of_a_first_start_is_told()
    {
        _node.Files.DeleteFile("/data/raft/constcfg");
        await Finds(Severity.Note, "identity", "/data/raft/constcfg", "no node yet");
    }

    [Theory]
    [InlineData("10.0.0.5:17310", "17330", Severity.Note, "node 3 of the cluster c")]
    [InlineData("10.0.0.9:17310", "17330", Severity.Warning, "is of 10.0.0.9:17310")]
    [InlineData("10.0.0.5:17310", "17999", Severity.Warning, "not this configuration's node")]
    public async Task Who_the_node_was_is_compared_with_the_configuration(string address, string heartbeat, object severity, string text)
    {
        _node.Write("/data/raft/cubeactors/node.json", $$"""{"format":1,"nodeId":3,"cluster":"c","address":"{{address}}","raftHeartbeatPort":"{{heartbeat}}","raftReplicaPort":"17340"}""");
        await Finds((Severity)severity, "identity", "/data/raft/cubeactors/node.json", text);
    }

    [Fact]
    public async Task A_node_record_of_a_later_version_is_a_problem()
    {
        _node.Write("/data/raft/cubeactors/node.json", """{"format":99,"nodeId":3,"cluster":"c","address":"a","raftHeartbeatPort":"1","raftReplicaPort":"2"}""");
        await Finds(Severity.Problem, "identity", "/data/raft/cubeactors/node.json", "a later version");
    }

    [Theory]
    [InlineData(1000, Severity.Problem, "need 1286 at the least")]
    [InlineData(4096, Severity.Warning, "may need")]
    public async Task A_limit_of_open_files_that_does_not_do_is_told(int limit, object severity, string text)
    {
        _node.Machine = _node.Machine with { OpenFilesMax = limit };
        await Finds((Severity)severity, "limits", "open files", text);
    }

    [Fact]
    public async Task Processes_that_cannot_be_seen_are_said()
    {
        _node.Machine = _node.Machine with { SawAllProcesses = false };
        await Finds(Severity.Note, "limits", "processes", "could not be looked into");
    }

    [Fact]
    public async Task Warnings_of_the_configuration_are_findings()
    {
        _node.Keys.Add(("zonename", "\"x\""));
        await Finds(Severity.Warning, "config", SampleConfig.FileName, "did you mean zoneName?");
    }

    [Fact]
    public async Task A_stop_ends_a_check()
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        var preflight = new Preflight(_node.Files, null!, TimeProvider.System, (_, cancel) => _node.Machine, _ => { });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => preflight.CheckAsync(_node.Settings(), offline: true, stop.Token));
    }

    /// <summary>The one finding there is.</summary>
    private async Task Finds(Severity severity, string check, string subject, string text)
    {
        var finding = Assert.Single((await _node.CheckAsync()).Findings);
        Assert.Equal((severity, check, subject), (finding.Severity, finding.Check, finding.Subject));
        Assert.Contains(text, finding.Text, StringComparison.Ordinal);
    }
}
