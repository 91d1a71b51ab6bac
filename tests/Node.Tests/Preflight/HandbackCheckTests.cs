namespace CubeActors.Node.Tests;

/// <summary>Goal: each finding of <c>node handback-check</c> is made. Method: a node in memory, stopped cleanly, with one thing that a CubeFS node would stumble over.</summary>
public sealed class HandbackCheckTests
{
    private static readonly ProcessName Other = new(4711, "cfs-server");
    private readonly BuiltNode _node = new();

    [Fact]
    public async Task A_node_that_was_stopped_cleanly_may_be_handed_back()
    {
        var report = await _node.CheckHandbackAsync();
        Assert.Equal((0, 0), (report.Count(Severity.Problem), report.Count(Severity.Warning)));
        Assert.Equal(2, report.Findings.Count(finding => finding.Text.Contains("was stopped cleanly", StringComparison.Ordinal)));
        Assert.Equal(2, report.Findings.Count(finding => finding.Subject.EndsWith("/.cubeactors", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_running_node_has_to_be_stopped_first()
    {
        _node.UsedBy(BuiltNode.Disk, new ProcessName(12, "CubeActors.Node"));
        await Finds(Severity.Problem, BuiltNode.Disk, "running node (CubeActors.Node, pid 12)");
    }

    [Fact]
    public async Task Files_that_somebody_has_open_are_a_problem()
    {
        _node.UsedBy(BuiltNode.Disk, null, Other);
        await Finds(Severity.Problem, BuiltNode.Disk, "cfs-server, pid 4711");
    }

    [Fact]
    public async Task A_missing_disk_is_told_because_CubeFS_would_not()
    {
        _node.Keys.Add(("disks", "[\"/nowhere:0\"]"));
        await Finds(Severity.Warning, "/nowhere", "without a word");
    }

    [Fact]
    public async Task A_disk_that_fails_is_a_problem()
    {
        _node.Files.Fault = call => call.Operation == TestKit.DiskOperation.List && call.Path == BuiltNode.Partition ? new TestKit.DiskFault(5) : null;
        await Finds(Severity.Problem, BuiltNode.Disk, "could not be read to the end");
    }

    [Fact]
    public async Task A_kill_is_a_warning_while_the_kernel_runs()
    {
        _node.Use(BuiltNode.Disk, clean: false, make: []);
        await Finds(Severity.Warning, BuiltNode.Disk, "in the kernel's memory");
    }

    [Fact]
    public async Task A_power_cut_is_a_problem()
    {
        _node.Use(BuiltNode.Disk, clean: false, make: [], bootId: "boot before");
        await Finds(Severity.Problem, BuiltNode.Disk, "a CubeFS node would vote with them");
    }

    [Fact]
    public async Task A_record_of_a_later_version_is_told()
    {
        _node.Write($"{BuiltNode.Disk}/.cubeactors", """{"format":99,"bootId":"b","cleanStop":true,"blockCrcsAreHints":false,"process":"p"}""");
        await Finds(Severity.Warning, BuiltNode.Disk, "a later version");
    }

    [Fact]
    public async Task A_disk_that_this_program_never_used_is_a_note()
    {
        _node.Files.DeleteFile($"{BuiltNode.Disk}/.cubeactors");
        _node.Files.DeleteFile($"{BuiltNode.Disk}/.diskStatus");
        await Finds(Severity.Note, BuiltNode.Disk, "has never used it");
    }

    [Fact]
    public async Task A_disk_that_CubeFS_used_since_is_not_called_stopped_by_us()
    {
        _node.WaitAMinute();
        _node.ChangeMeta("\"ApplyID\":0", "\"ApplyID\":0"); // as its stop saves META, and no boot record
        await Finds(Severity.Note, BuiltNode.Disk, "was used by a CubeFS node since");
    }

    [Fact]
    public async Task A_directory_that_was_being_deleted_is_told()
    {
        var name = ".cubeactors-deleting-datapartition_1_5";
        _node.Files.MakeDirectories($"{BuiltNode.Disk}/{name}");
        await Finds(Severity.Warning, $"{BuiltNode.Disk}/{name}", "leaves it there for ever");
    }

    [Fact]
    public async Task A_partition_on_two_disks_is_a_problem()
    {
        _node.Use(BuiltNode.OtherDisk, clean: true, make: [7]);
        await Finds(Severity.Problem, $"{BuiltNode.Partition}, {BuiltNode.OtherDisk}/datapartition_7_1024", "are both partition 7");
    }

    [Fact]
    public void A_low_reserve_is_told()
    {
        var settings = NodeSettingsReader.Read(DataNodeFile.Parse("f", SampleConfig.With()), HoconFile.ParseOverlay("o", "cubeactors.storage.reserve-floor = 1 GiB"));
        var finding = Assert.Single(HandbackRules.JudgeNode(settings), finding => finding.Severity == Severity.Warning);
        Assert.Contains("keeps 5 GiB free", finding.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", Severity.Problem, "leaves the partition out")]
    [InlineData(null, Severity.Warning, "creation that was cut short")]
    public async Task A_META_that_CubeFS_cannot_load_is_told(string? content, object severity, string text)
    {
        if (content is null) _node.Files.DeleteFile($"{BuiltNode.Partition}/META");
        else _node.Write($"{BuiltNode.Partition}/META", content);
        await Finds((Severity)severity, content is null ? BuiltNode.Partition : $"{BuiltNode.Partition}/META", text);
    }

    [Fact]
    public async Task A_temporary_of_META_is_a_problem()
    {
        _node.Write($"{BuiltNode.Partition}/.meta", "{}");
        await Finds(Severity.Problem, $"{BuiltNode.Partition}/.meta", "can spoil META");
    }

    [Theory]
    [InlineData("\"Novel\":1", Severity.Note, "has the key Novel")]
    [InlineData("\"CopiedUpTo\":40", Severity.Problem, "has the key CopiedUpTo 40, and applied is 0")]
    [InlineData("\"CopiedUpTo\":0", Severity.Note, "has the key CopiedUpTo")]
    public async Task A_key_that_CubeFS_loses_is_a_problem_only_while_it_counts(string key, object severity, string text)
    {
        _node.ChangeMeta("\"IsRepairing\":false", $"\"IsRepairing\":false,{key}");
        await Finds((Severity)severity, $"{BuiltNode.Partition}/META", text);
    }

    [Fact]
    public async Task An_unreadable_APPLY_is_a_problem()
    {
        _node.Write($"{BuiltNode.Partition}/APPLY", "");
        await Finds(Severity.Problem, $"{BuiltNode.Partition}/APPLY", "leaves the partition out");
    }

    [Theory]
    [InlineData("0001030", "x", Severity.Problem, "refuses the whole partition")]
    [InlineData("NORMALEXTENT_DELETE", "abc", Severity.Warning, "goes on behind it")]
    [InlineData("TINYEXTENT_DELETE", "abc", Severity.Note, "fills up with zeros")]
    [InlineData("EXTENT_META", "abc", Severity.Note, "takes the last id from the extents")]
    [InlineData("READDIR_HINT_V2", "abc", Severity.Problem, "is cut short")]
    public async Task A_file_of_the_store_that_CubeFS_reads_otherwise_is_told(string name, string content, object severity, string text)
    {
        _node.Write($"{BuiltNode.Partition}/{name}", content);
        await Finds((Severity)severity, $"{BuiltNode.Partition}/{name}", text);
    }

    [Fact]
    public async Task A_missing_file_of_the_store_is_a_problem()
    {
        _node.Files.DeleteFile($"{BuiltNode.Partition}/EXTENT_CRC");
        await Finds(Severity.Problem, $"{BuiltNode.Partition}/EXTENT_CRC", "leaves the partition out");
    }

    [Theory]
    [InlineData(64, false, Severity.Note, "nothing has changed since")]
    [InlineData(63, false, Severity.Problem, "lists 63 of 64 extents")]
    [InlineData(64, true, Severity.Problem, "older than the files of the store")]
    public void A_list_of_extents_is_believed_by_CubeFS_so_that_a_wrong_one_is_a_problem(int records, bool isOlder, object severity, string text)
    {
        var facts = Facts(new Storage.ExtentHint(records, 0, isOlder), log: null);
        var finding = Assert.Single(HandbackRules.Judge(facts));
        Assert.Equal((Severity)severity, finding.Severity);
        Assert.Contains(text, finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_whose_META_was_cut_short_is_a_problem()
    {
        _node.Write($"{BuiltNode.Log}/META", "short");
        await Finds(Severity.Problem, BuiltNode.Log, "no complete META");
    }

    [Theory]
    [InlineData("LOSS", "", Severity.Problem, "/LOSS", "would vote and lead all the same")] // CubeFS does not look at it
    [InlineData("1-2.log.tmp", "", Severity.Problem, "/1-2.log.tmp", "takes it for one")]
    [InlineData("0000000000000001-0000000000000001.log", "torn", Severity.Note, "", "cuts them off as this program does")]
    public async Task A_file_among_those_of_the_log_that_CubeFS_would_misread_is_told(string name, string content, object severity, string subject, string text)
    {
        _node.WriteLogMeta(1, 0, 0, 0, 0);
        _node.Write($"{BuiltNode.Log}/{name}", content);
        await Finds((Severity)severity, BuiltNode.Log + subject, text);
    }

    [Fact]
    public async Task Files_that_do_not_continue_the_log_are_a_problem()
    {
        _node.WriteLogMeta(1, 0, 0, 0, 0);
        _node.Write($"{BuiltNode.Log}/0000000000000001-0000000000000001.log", "");
        _node.Write($"{BuiltNode.Log}/0000000000000005-0000000000000064.log", "");
        await Finds(Severity.Problem, BuiltNode.Log, "1 that do not belong to it");
    }

    [Theory]
    [InlineData(10, 50, BuiltNode.Log + "/META", "commit index 10, below the truncation point 50")]
    [InlineData(50, 49, BuiltNode.Partition + "/APPLY", "below the truncation point 50")]
    public async Task An_index_below_the_truncation_point_is_a_problem(ulong committed, ulong applied, string subject, string text)
    {
        _node.WriteLogMeta(1, committed, 0, 50, 1);
        _node.Write($"{BuiltNode.Partition}/APPLY", $"{applied}");
        await Finds(Severity.Problem, subject, text);
    }

    [Fact]
    public async Task META_ahead_of_the_log_is_told()
    {
        _node.WriteLogMeta(1, 50, 0, 50, 1);
        _node.Write($"{BuiltNode.Partition}/APPLY", "50");
        _node.ChangeMeta("\"ApplyID\":0", "\"ApplyID\":60");
        await Finds(Severity.Warning, $"{BuiltNode.Partition}/META", "skips what a leader sends");
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(10, false)]
    [InlineData(24, true)]
    [InlineData(39, false)]
    [InlineData(40, true)]
    public void META_of_a_log_has_one_of_three_lengths(long bytes, bool fits)
    {
        var log = new Storage.RaftLogFacts(true, null, default, default, default, Storage.RaftLogLoss.None, false, bytes, [], [], 0, 0, 0);
        Assert.Equal(fits, !HandbackRules.Judge(Facts(hint: null, log)).Any());
    }

    private static Storage.PartitionFacts Facts(Storage.ExtentHint? hint, Storage.RaftLogFacts? log) => new(
        default, BuiltNode.Partition, new Storage.PartitionMeta { Volume = "v", Partition = new(7), PartitionBytes = 1 }, null, [], 0, null,
        new Storage.ExtentFacts([], 64, 0, 0, [], 0, false, 0, 0, 0, hint), log, []);

    /// <summary>The one finding besides what every node has: its own files that CubeFS does not look at, and the clean stops.</summary>
    private async Task Finds(Severity severity, string subject, string text)
    {
        var usual = (await new BuiltNode().CheckHandbackAsync()).Findings;
        var finding = Assert.Single((await _node.CheckHandbackAsync()).Findings, finding => !usual.Contains(finding));
        Assert.Equal((severity, subject), (finding.Severity, finding.Subject));
        Assert.Contains(text, finding.Text, StringComparison.Ordinal);
    }
}
