using System.Text.RegularExpressions;
using CubeActors.Actors;

namespace CubeActors.Node.Tests;

/// <summary>The text format of Prometheus, and CubeFS's names in it.</summary>
public sealed partial class MetricTextTests
{
    private static readonly LatencySnapshot Latency = new(LatencyBounds.Operations, [1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 6_000_300.5, 4096);

    private const string Buckets =
        """
        N_bucket{L,le="1"} 1
        N_bucket{L,le="50"} 1
        N_bucket{L,le="250"} 3
        N_bucket{L,le="500"} 3
        N_bucket{L,le="2500"} 3
        N_bucket{L,le="5000"} 3
        N_bucket{L,le="25000"} 3
        N_bucket{L,le="50000"} 3
        N_bucket{L,le="250000"} 3
        N_bucket{L,le="500000"} 3
        N_bucket{L,le="2500000"} 3
        N_bucket{L,le="5000000"} 3
        N_bucket{L,le="+Inf"} 4
        N_sum{L} 6000300.5
        N_count{L} 4

        """;

    [Fact]
    public void An_operation_is_a_counter_and_a_histogram_in_microseconds()
    {
        var text = Write(new MeterReading([new OperationReading("OpWrite", new OperationLabels("photos", "", ""), Latency)], [], [], [], [], Empty));
        const string Labels = "vol=\"photos\",op=\"OpWrite\",partid=\"\",disk=\"\"";
        Assert.StartsWith(
            $$"""
            # HELP cfs_dataNode_OpWrite_count Requests answered.
            # TYPE cfs_dataNode_OpWrite_count counter
            cfs_dataNode_OpWrite_count{{{Labels}}} 4
            # HELP cfs_dataNode_OpWrite_hist Time of requests, microseconds.
            # TYPE cfs_dataNode_OpWrite_hist histogram

            """ + Histogram("cfs_dataNode_OpWrite_hist", Labels),
            text, StringComparison.Ordinal);
    }

    [Fact]
    public void Tasks_of_the_master_have_all_labels_and_all_are_empty() => Assert.Contains(
        "\ncfs_dataNode_OpCreateDataPartition_count{vol=\"\",op=\"\",partid=\"\",disk=\"\"} 4\n",
        Write(new MeterReading([new OperationReading("OpCreateDataPartition", null, Latency)], [], [], [], [], Empty)), StringComparison.Ordinal);

    [Fact]
    public void Forwarded_replicated_and_repair_families_have_a_prefix_and_no_labels()
    {
        var text = Write(new MeterReading([], [new("OpWrite", null, Latency)], [new("OpRandomWrite", null, Latency)], [new("OpExtentRepairRead", null, Latency)], [], Empty));
        Assert.Contains("\ncfs_dataNode_PrimaryBackUp_OpWrite_count 4\n", text, StringComparison.Ordinal);
        Assert.Contains("\ncfs_dataNode_PrimaryBackUp_OpWrite_hist_bucket{le=\"250\"} 3\n", text, StringComparison.Ordinal);
        Assert.Contains("\ncfs_dataNode_Raft_OpRandomWrite_hist_sum 6000300.5\n", text, StringComparison.Ordinal);
        Assert.Contains("\ncfs_dataNode_Repair_OpExtentRepairRead_count 4\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "vol=\"photos\",type=\"write\",disk=\"/data/disk1\"")]
    [InlineData("7", "vol=\"photos\",type=\"write\",disk=\"/data/disk1\",partid=\"7\"")]
    public void Data_is_counted_by_volume_type_and_disk(string partition, string labels)
    {
        var text = Write(new MeterReading([], [], [], [], [new TransferReading(new TransferLabels("photos", "/data/disk1", partition), "write", Latency)], Empty));
        Assert.Contains($"\ncfs_dataNode_dataPartitionIO_count{{{labels}}} 4\n", text, StringComparison.Ordinal);
        Assert.Contains(Histogram("cfs_dataNode_dataPartitionIO_hist", labels), text, StringComparison.Ordinal);
        Assert.Contains($"\ncfs_dataNode_dataPartitionIOBytes{{{labels}}} 4096\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Reads_are_also_in_the_family_of_all_requests()
    {
        var text = Write(new MeterReading([], [], [], [], [], new LatencySnapshot(LatencyBounds.Requests, [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0], 70, 0)));
        Assert.Contains("\nrequest_const_us_bucket{cluster=\"spark\",api=\"data_read_cost\",le=\"50\"} 0\n", text, StringComparison.Ordinal);
        Assert.Contains("\nrequest_const_us_bucket{cluster=\"spark\",api=\"data_read_cost\",le=\"100\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("\nrequest_const_us_count{cluster=\"spark\",api=\"data_read_cost\"} 1\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_family_stands_once_whatever_the_number_of_volumes()
    {
        var text = Write(new MeterReading(
            [new("OpWrite", new OperationLabels("a", "", ""), Latency), new("OpCreateExtent", new OperationLabels("a", "", ""), Latency), new("OpWrite", new OperationLabels("b", "", ""), Latency)],
            [], [], [], [], Empty));
        Assert.Equal(text.Split('\n').Where(line => line.StartsWith("# TYPE", StringComparison.Ordinal)).Distinct().Count(), text.Split('\n').Count(line => line.StartsWith("# TYPE", StringComparison.Ordinal)));
    }

    [Fact]
    public void Capacity_counts_and_version_have_the_names_of_CubeFS()
    {
        using var text = new MetricText();
        var started = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        CubeFsMetrics.WriteNode(
            text,
            new Protocol.Master.DataNodeHeartbeatResponse { Total = 100, Used = 30, Available = 60, RemainingCapacity = 40, MaxCapacity = 20, CreatedPartitionCnt = 5, TotalPartitionSize = 70 },
            new NodeFigures("my-cluster", 3, 0, 0, 0, 0, [], NoRaft) { LackInMemory = 1, LackOnDisk = 2 }, errors: 4, started, started.AddMinutes(2.5), "1.2.3");
        foreach (var line in (string[])
            [
                "cfs_dataNode_start_time 1767225600000",
                $"cfs_dataNode_version{{version=\"1.2.3\",branch=\"\",build=\"{Environment.Version}\"}} 2",
                "cfs_dataNode_capacity{type=\"total\"} 100", "cfs_dataNode_capacity{type=\"used\"} 30", "cfs_dataNode_capacity{type=\"available\"} 60",
                "cfs_dataNode_capacityToCreateDp{type=\"remaining\"} 40", "cfs_dataNode_capacityToCreateDp{type=\"max\"} 20",
                "cfs_dataNode_lackDataPartitionCount{type=\"inMemory\"} 1", "cfs_dataNode_lackDataPartitionCount{type=\"inDisk\"} 2",
                "cfs_dataNode_connectionCnt 3", "cfs_dataNode_dataPartitionCount 5", "cfs_dataNode_totalDpSize 70", "cfs_dataNode_my_cluster_dataNode_warning 4",
            ])
            Assert.Contains($"\n{line}\n", text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Values_of_labels_are_escaped_and_names_replaced()
    {
        using var text = new MetricText();
        text.Begin(new MetricFamily("m", MetricType.Gauge, MetricUnit.Count, "M.", ["path"]));
        text.Sample(1, "a\\b\"c\nd");
        Assert.EndsWith("\nm{path=\"a\\\\b\\\"c\\nd\"} 1\n", text.ToString(), StringComparison.Ordinal);
        Assert.Equal("a_b_c_d_e_f", MetricText.Name("a-b.c d,e:f"));
    }

    [Theory]
    [InlineData(0.1, "0.1")]
    [InlineData(1767225600000, "1767225600000")]
    [InlineData(-1.2345678901234567e-300, "-1.2345678901234568E-300")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    [InlineData(double.NaN, "NaN")]
    public void Numbers_are_written_so_that_none_of_them_is_lost(double value, string expected)
    {
        using var text = new MetricText();
        text.Begin(new MetricFamily("m", MetricType.Gauge, MetricUnit.Count, "M.", []));
        text.Sample(value);
        Assert.Equal($"# HELP m M.\n# TYPE m gauge\nm {expected}\n", text.ToString());
    }

    [Fact]
    public void A_page_grows_with_what_is_written_and_loses_nothing()
    {
        using var text = new MetricText();
        var family = new MetricFamily("m", MetricType.Gauge, MetricUnit.Count, "M.", ["path"]);
        text.Begin(family);
        var expected = new System.Text.StringBuilder("# HELP m M.\n# TYPE m gauge\n");
        for (var i = 0; i < 20_000; i++)
        {
            text.Sample(i, $"/disk/ü{i}");
            expected.Append(System.Globalization.CultureInfo.InvariantCulture, $"m{{path=\"/disk/ü{i}\"}} {i}\n");
        }

        Assert.Equal(expected.ToString(), text.ToString());
    }

    [Fact]
    public void Samples_and_histograms_allocate_nothing_once_the_page_has_its_size()
    {
        using var text = new MetricText();
        var family = new MetricFamily("m", MetricType.Histogram, MetricUnit.Seconds, "M.", ["op", "phase"]);
        text.Begin(family);
        var before = 0L;
        for (var round = 0; round < 11; round++)
        {
            if (round == 1) before = GC.GetAllocatedBytesForCurrentThread(); // the first round has made what is made once
            text.Begin(family);
            text.Histogram(Latency, "OpWrite", "queue");
            text.Sample(0.25, "a", "b");
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.InRange(text.Page.Length, 1, 64 * 1024); // the size that it begins with
    }

    [Fact]
    public void Our_own_metrics_tell_phases_queues_and_raft()
    {
        using var text = new MetricText();
        var tally = new LogTally();
        tally.CountDropped();
        OwnMetrics.Write(
            text, new NodeStatus(NodePhase.Loading, [], 0, "", [], [ScriptedInspection.Figures]),
            new NodeFigures("c", 1, 2, 8192, 3, 4, [new DiskQueue("/data/disk1", 5, 6)], NoRaft)
            {
                Repair = new RepairFigures(7, 8, 9, 10, 11, 12, 13),
                Operations = new OperationFigures(
                    [new OperationKindFigures(OperationKind.RepairTask, 1, 20, 10, 4, 3, 2, 0, 1.5, 6, 7, 8), new OperationKindFigures(OperationKind.Cycle, 0, 9, 9, 0, 0, 0, 5, 0, 0, 0, 0)],
                    [new OperationAlertFigures(OperationAlertKind.ReplyMismatch, 3, 1)], IsKept: true, "", Ended: 11, ProgressIgnored: 12, LateCalls: 13, Unrecorded: 14, WritesFailed: 15),
                Integrity = new IntegrityView(
                    new IntegrityCounts(21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33), 34,
                    [new ScrubFigures("/data/disk1", true, 7, 1, 2, 4096, null, DateTimeOffset.FromUnixTimeSeconds(1_800_000_000))], []),
                Budgets = new BudgetFigures(
                    20000, 1,
                    [new DiskBudgetFigures("/data/disk1", 3, 0.25, 4, 5, [new TrafficFigures(TrafficClass.Repair, 8, 6, 7, 8, 9, 10, TimeSpan.FromSeconds(11.5), TimeSpan.FromSeconds(12.5), 13)])],
                    [new PeerFigures("192.0.2.7", 1, 2, 3, 4, 5, 6)]),
                Parked = 7,
                ParkedBytes = 28672,
                Waits = [new WaitReading("OpWrite", WaitOutcome.TimedOut, new LatencySnapshot(LatencyBounds.Requests, new long[11], 0, 0)), new WaitReading("OpWrite", WaitOutcome.Served, Latency)],
                Phases = [new PhaseReading("OpWrite", RequestPhase.Disk, Latency)],
                Refusals = [new RefusalReading("OpWrite", "TryOtherAddress", 35)],
                SlowRequests = 36,
                BufferBudgetBytes = 37,
                MasterAnsweredAt = Now.AddSeconds(-38),
                HeartbeatAt = Now.AddSeconds(-39),
            },
            new DrainStatus(true, false, false, Now.AddSeconds(-40), TimeSpan.Zero, [new GroupDrain(new Protocol.PartitionId(7), DrainStep.Led, "", "nobody is heard")], 0, 0), tally, Now);
        foreach (var line in (string[])
            [
                "cubeactors_phase{phase=\"Loading\"} 1", "cubeactors_phase{phase=\"Ready\"} 0", "cubeactors_partitions{state=\"Serving\"} 1", "cubeactors_buffers_out 2",
                "cubeactors_buffer_waiters 3", "cubeactors_reply_mismatches_total 4", "cubeactors_disk_queue{disk=\"/data/disk1\"} 5", "cubeactors_raft_log_queue{disk=\"/data/disk1\"} 6",
                "cubeactors_parked_requests 7", "cubeactors_parked_bytes 28672", "cubeactors_parked_seconds_count{op=\"OpWrite\",outcome=\"timed_out\"} 0",
                $"cubeactors_parked_seconds_count{{op=\"OpWrite\",outcome=\"served\"}} {Latency.Count}",
                "cubeactors_request_phase_seconds_bucket{op=\"OpWrite\",phase=\"disk\",le=\"0.00025\"} 3", "cubeactors_request_phase_seconds_sum{op=\"OpWrite\",phase=\"disk\"} 6.0003005",
                "cubeactors_requests_refused_total{op=\"OpWrite\",result=\"TryOtherAddress\"} 35", "cubeactors_slow_requests_total 36", "cubeactors_buffer_budget_bytes 37",
                "cubeactors_master_silence_seconds 38", "cubeactors_master_heartbeat_silence_seconds 39", "cubeactors_draining 1", "cubeactors_drain_seconds 40", "cubeactors_drain_groups 1",
                "cubeactors_raft_groups{raft_role=\"Leader\"} 2", "cubeactors_raft_messages_dropped_total{reason=\"lost\"} 9", "cubeactors_log_dropped_total 1",
                "cubeactors_repair_streams 7", "cubeactors_repair_extents_total 8", "cubeactors_repair_bytes_total 9", "cubeactors_repair_extents_failed_total 10",
                "cubeactors_operation_alerts_total{kind=\"ReplyMismatch\"} 3", "cubeactors_operation_alerts_active{kind=\"ReplyMismatch\"} 1",
                "cubeactors_operations_open{kind=\"RepairTask\"} 1", "cubeactors_operations_total{kind=\"RepairTask\",state=\"Failed\"} 4",
                "cubeactors_operations_total{kind=\"RepairTask\",state=\"Interrupted\"} 2", "cubeactors_operation_seconds_total{kind=\"RepairTask\"} 1.5",
                "cubeactors_comparisons_level_total{kind=\"Cycle\"} 5", "cubeactors_operations_excluded_total{kind=\"RepairTask\",verdict=\"dropped\"} 6", "cubeactors_ledger_kept 1",
                "cubeactors_ledger_entries 11", "cubeactors_operation_progress_ignored_total 12", "cubeactors_ledger_unrecorded_total 14", "cubeactors_ledger_write_failures_total 15",
                "cubeactors_budget_pressure{disk=\"/data/disk1\"} 0.25", "cubeactors_budget_step{disk=\"/data/disk1\"} 3",
                "cubeactors_budget_running{class=\"repair\",disk=\"/data/disk1\"} 6", "cubeactors_budget_waited_seconds_total{class=\"repair\",disk=\"/data/disk1\"} 11.5",
                "cubeactors_budget_serves_refused_total{disk=\"/data/disk1\"} 5", "cubeactors_budget_peer_served_bytes_total{peer=\"192.0.2.7\"} 5",
                "cubeactors_repair_cycles_total 11", "cubeactors_repair_shares_total 12", "cubeactors_repair_shares_failed_total 13",
                "cubeactors_scrub_blocks_total 21", "cubeactors_scrub_bytes_total 22", "cubeactors_integrity_peer_bytes_total 23", "cubeactors_integrity_mismatches_total 24",
                "cubeactors_integrity_compared_total 25", "cubeactors_integrity_corrected_total 26", "cubeactors_integrity_healed_total 27", "cubeactors_integrity_reported_total 28",
                "cubeactors_integrity_peers_differ_total 29", "cubeactors_integrity_filled_total 30", "cubeactors_integrity_extents_agreed_total 31",
                "cubeactors_integrity_extents_differed_total 32", "cubeactors_integrity_dropped_total 33", "cubeactors_integrity_waiting 34",
                "cubeactors_scrub_rate_bytes{disk=\"/data/disk1\"} 4096", "cubeactors_scrub_last_full_pass_seconds{disk=\"/data/disk1\"} 1800000000",
            ])
            Assert.Contains($"\n{line}\n", text.ToString(), StringComparison.Ordinal);

        // A push gateway puts its grouping over labels of the same name: samples that differ in nothing else would collide, and it refuses the page.
        var grouping = new PushOrigin("", "", 0, "", "", "").Grouping().Select(pair => pair.Name).ToHashSet();
        Assert.DoesNotContain(LabelName().Matches(text.ToString()).Select(match => match.Groups[1].Value), grouping.Contains);
    }

    [Fact]
    public void The_process_tells_processor_memory_and_files()
    {
        using var text = new MetricText();
        ProcessMetrics.Write(text);
        foreach (var name in (string[])["process_cpu_seconds_total", "process_resident_memory_bytes", "process_start_time_seconds", "process_open_fds", "process_max_fds", "dotnet_gc_heap_bytes"])
            Assert.Matches($"(?m)^{name} [0-9.E+]+$", text.ToString());
    }

    [GeneratedRegex("[{,]([a-z_]+)=\"")]
    private static partial Regex LabelName();

    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static LatencySnapshot Empty { get; } = new(LatencyBounds.Requests, new long[11], 0, 0);

    private static RaftFigures NoRaft { get; } = new(
        new Dictionary<CubeActors.Raft.RaftRole, int> { [CubeActors.Raft.RaftRole.Leader] = 2 }, 0, 0, 0, 0, 0, 0, 0, 0, 0, [("lost", 9)], [], 0, 0);

    private static string Histogram(string name, string labels) =>
        Buckets.ReplaceLineEndings("\n").Replace("N_", $"{name}_", StringComparison.Ordinal).Replace("L,", $"{labels},", StringComparison.Ordinal).Replace("{L}", $"{{{labels}}}", StringComparison.Ordinal);

    private static string Write(MeterReading reading)
    {
        using var text = new MetricText();
        CubeFsMetrics.Write(text, reading, "spark");
        return text.ToString();
    }
}
