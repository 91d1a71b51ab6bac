using CubeActors.Actors;
using CubeActors.Raft;

namespace CubeActors.Node;

/// <summary>Metrics that CubeFS does not have. Pure: figures in, text out.</summary>
internal static class OwnMetrics
{
    /// <param name="figures">Null until the node exists.</param>
    public static void Write(MetricText text, NodeStatus status, NodeFigures? figures, LogTally tally)
    {
        States(text, "cubeactors_phase", "How far the node is: 1 for the phase it is in.", status.Phase);
        text.Family("cubeactors_partitions", "gauge", "Replicas by state.");
        foreach (var state in Enum.GetValues<PartitionState>())
            text.Sample("cubeactors_partitions", status.Partitions.Count(partition => partition.State == state), ("state", state.ToString()));
        text.Family("cubeactors_disk_available_bytes", "gauge", "Bytes that may still be written to a disk.");
        foreach (var disk in status.Disks) text.Sample("cubeactors_disk_available_bytes", disk.Available, ("disk", disk.Path));
        text.Family("cubeactors_disk_usable", "gauge", "1 while a disk can be used.");
        foreach (var disk in status.Disks) text.Sample("cubeactors_disk_usable", disk.State == DiskState.Unavailable ? 0 : 1, ("disk", disk.Path));
        text.Single("cubeactors_log_errors_total", "counter", "Lines of level error: somebody has to look.", tally.Errors);
        text.Single("cubeactors_log_dropped_total", "counter", "Lines that the log could not take.", tally.Dropped);
        if (figures is null) return;
        text.Single("cubeactors_connections", "gauge", "Connections and smux streams that are open.", figures.ConnectionsOpen);
        text.Single("cubeactors_buffers_out", "gauge", "Buffers of payload that are in use.", figures.BuffersOut);
        text.Single("cubeactors_buffer_bytes_out", "gauge", "Bytes of them.", figures.BufferBytesOut);
        text.Single("cubeactors_buffer_waiters", "gauge", "Connections that wait for a buffer.", figures.BufferWaiters);
        text.Single("cubeactors_reply_mismatches_total", "counter", "Answers of other nodes that did not match their request. More than none is an alert.", figures.ReplyMismatches);
        text.Family("cubeactors_reply_mismatches_by_field_total", "counter", "The same by the first field that was another.");
        foreach (var (field, count) in ReplyDoubtNames.All.Zip(figures.MismatchesByDoubt)) text.Sample("cubeactors_reply_mismatches_by_field_total", count, ("field", field));
        text.Family("cubeactors_disk_stalled_loads", "gauge", "Partitions whose loading takes longer than storage.load-patience.");
        foreach (var disk in status.Disks) text.Sample("cubeactors_disk_stalled_loads", disk.StalledLoads, ("disk", disk.Path));
        text.Family("cubeactors_disk_queue", "gauge", "Work that waits for a disk's threads.");
        foreach (var queue in figures.DiskQueues) text.Sample("cubeactors_disk_queue", queue.Depth, ("disk", queue.Path));
        text.Family("cubeactors_raft_log_queue", "gauge", "Writes of raft logs that wait for a disk.");
        foreach (var queue in figures.DiskQueues) text.Sample("cubeactors_raft_log_queue", queue.LogDepth, ("disk", queue.Path));
        text.Family("cubeactors_admin_source_unexpected_total", "counter", "Packets that only masters or data nodes send, from somewhere else. More than none is an alert.");
        foreach (var (opcode, count) in figures.UnexpectedSources) text.Sample("cubeactors_admin_source_unexpected_total", count, ("opcode", opcode));
        Waits(text, figures);
        Raft(text, figures.Raft);
        Repair(text, figures.Repair);
        BudgetMetrics.Write(text, figures.Budgets);
        Operations(text, figures.Operations);
        Integrity(text, figures.Integrity);
    }

    public static void WriteHttp(MetricText text, HttpCounts http) =>
        Reasons(text, "cubeactors_http_refused_total", "Requests and connections that the operators' ports did not carry out. Wrong tokens are an alert.", http.Refused);

    private static void Operations(MetricText text, OperationFigures operations)
    {
        text.Family("cubeactors_operation_alerts_total", "counter", "Alerts of operations by kind, repeats included. More than none calls for somebody.");
        foreach (var alert in operations.Alerts) text.Sample("cubeactors_operation_alerts_total", alert.Raised, ("kind", alert.Kind.ToString()));
        text.Family("cubeactors_operation_alerts_active", "gauge", "Of them, those whose cause is there, or was seen within the hour.");
        foreach (var alert in operations.Alerts) text.Sample("cubeactors_operation_alerts_active", alert.Active, ("kind", alert.Kind.ToString()));
        text.Family("cubeactors_operations_open", "gauge", "Operations that wait or run.");
        foreach (var kind in operations.Kinds) text.Sample("cubeactors_operations_open", kind.Open, ("kind", kind.Kind.ToString()));
        text.Family("cubeactors_operations_total", "counter", "Operations that have ended, by how.");
        foreach (var kind in operations.Kinds)
            foreach (var (state, count) in (ReadOnlySpan<(string, long)>)[("Done", kind.Done), ("Failed", kind.Failed), ("Cancelled", kind.Cancelled), ("Interrupted", kind.Interrupted)])
                text.Sample("cubeactors_operations_total", count, ("kind", kind.Kind.ToString()), ("state", state));
        text.Family("cubeactors_operation_seconds_total", "counter", "Time that they took.");
        foreach (var kind in operations.Kinds) text.Sample("cubeactors_operation_seconds_total", kind.Seconds, ("kind", kind.Kind.ToString()));
        text.Family("cubeactors_comparisons_level_total", "counter", "Comparisons that found nothing.");
        foreach (var kind in operations.Kinds.Where(static kind => kind.IsComparison)) text.Sample("cubeactors_comparisons_level_total", kind.Nothing, ("kind", kind.Kind.ToString()));
        text.Family("cubeactors_operations_excluded_total", "counter", "Operations that did not begin because of another one, by what became of them.");
        foreach (var kind in operations.Kinds)
            foreach (var (verdict, count) in (ReadOnlySpan<(string, long)>)[("dropped", kind.Dropped), ("waited", kind.Waited), ("refused", kind.Refused)])
                text.Sample("cubeactors_operations_excluded_total", count, ("kind", kind.Kind.ToString()), ("verdict", verdict));
        text.Single("cubeactors_ledger_kept", "gauge", "1 while what happens is written to the ledger's file.", operations.IsKept ? 1 : 0);
        text.Single("cubeactors_ledger_entries", "gauge", "Operations that have ended and are kept.", operations.Ended);
        text.Single("cubeactors_ledger_write_failures_total", "counter", "Times that the ledger's file could not be read or written.", operations.WritesFailed);
        text.Single("cubeactors_ledger_unrecorded_total", "counter", "Operations that ran without an entry.", operations.Unrecorded);
        text.Single("cubeactors_operation_progress_ignored_total", "counter", "Values of progress that were below an earlier one, or none.", operations.ProgressIgnored);
    }

    private static void Integrity(MetricText text, IntegrityView integrity)
    {
        var counts = integrity.Counts;
        text.Single("cubeactors_scrub_blocks_total", "counter", "Blocks read by scrubbers.", counts.BlocksScrubbed);
        text.Single("cubeactors_scrub_bytes_total", "counter", "Bytes of them.", counts.BytesScrubbed);
        text.Single("cubeactors_integrity_peer_bytes_total", "counter", "Bytes read from other replicas to be compared.", counts.PeerBytes);
        text.Single("cubeactors_integrity_mismatches_total", "counter", "Blocks that did not match their stored CRC, each time they were read.", counts.Mismatches);
        text.Single("cubeactors_integrity_compared_total", "counter", "Blocks whose comparison has ended.", counts.Compared);
        text.Single("cubeactors_integrity_corrected_total", "counter", "Stored CRCs set right.", counts.Corrected);
        text.Single("cubeactors_integrity_healed_total", "counter", "Blocks replaced by the bytes of most replicas.", counts.Healed);
        text.Single("cubeactors_integrity_reported_total", "counter", "Blocks that nobody could set right. More than none is an alert.", counts.Reported);
        text.Single("cubeactors_integrity_peers_differ_total", "counter", "Blocks that another replica has otherwise than most.", counts.PeersDiffer);
        text.Single("cubeactors_integrity_filled_total", "counter", "Blocks without a stored CRC that got one.", counts.Filled);
        text.Single("cubeactors_integrity_extents_agreed_total", "counter", "Extents whose CRC other replicas list alike.", counts.ExtentsAgreed);
        text.Single("cubeactors_integrity_extents_differed_total", "counter", "Extents whose CRC another replica lists otherwise.", counts.ExtentsDiffered);
        text.Single("cubeactors_integrity_dropped_total", "counter", "Blocks that were not compared because too many waited.", counts.Dropped);
        text.Single("cubeactors_integrity_waiting", "gauge", "Blocks that wait to be compared.", integrity.Waiting);
        text.Family("cubeactors_scrub_rate_bytes", "gauge", "Bytes a second that a disk's scrubber allows itself; 0 while it rests.");
        foreach (var disk in integrity.Disks) text.Sample("cubeactors_scrub_rate_bytes", disk.BytesPerSecond, ("disk", disk.Disk));
        text.Family("cubeactors_scrub_last_full_pass_seconds", "gauge", "Unix time at which a disk was last scrubbed as a whole; 0: never.");
        foreach (var disk in integrity.Disks) text.Sample("cubeactors_scrub_last_full_pass_seconds", disk.LastFullPass?.ToUnixTimeSeconds() ?? 0, ("disk", disk.Disk));
    }

    private static void Repair(MetricText text, RepairFigures repair)
    {
        text.Single("cubeactors_repair_streams", "gauge", "Extents that are being fetched from other replicas.", repair.Streams);
        text.Single("cubeactors_repair_extents_total", "counter", "Extents brought level here.", repair.Extents);
        text.Single("cubeactors_repair_bytes_total", "counter", "Bytes fetched for that.", repair.Bytes);
        text.Single("cubeactors_repair_extents_failed_total", "counter", "Extents given up until the next task.", repair.Failed);
        text.Single("cubeactors_repair_cycles_total", "counter", "Comparisons of all replicas of a partition that this node leads the repair of.", repair.Cycles);
        text.Single("cubeactors_repair_shares_total", "counter", "Other replicas that were told what they lack.", repair.Shares);
        text.Single("cubeactors_repair_shares_failed_total", "counter", "Of them, those that did not answer for all of it.", repair.SharesFailed);
    }

    private static void Waits(MetricText text, NodeFigures figures)
    {
        text.Single("cubeactors_parked_requests", "gauge", "Requests that wait for partitions that are still being loaded.", figures.Parked);
        text.Single("cubeactors_parked_bytes", "gauge", "Bytes of the buffers that they hold.", figures.ParkedBytes);
        text.Family("cubeactors_parked_us", "histogram", "How long requests waited for their partition, in microseconds, by operation and by how it ended.");
        foreach (var wait in figures.Waits) text.Histogram("cubeactors_parked_us", wait.Latency, ("op", wait.Name), ("outcome", OutcomeName(wait.Outcome)));
    }

    private static string OutcomeName(WaitOutcome outcome) => outcome switch
    {
        WaitOutcome.Served => "served",
        WaitOutcome.TimedOut => "timed_out",
        WaitOutcome.Overflow => "overflow",
        WaitOutcome.CallerGone => "caller_gone",
        _ => "refused",
    };

    private static void Raft(MetricText text, RaftFigures raft)
    {
        text.Family("cubeactors_raft_groups", "gauge", "Raft groups by what this node is in them.");
        foreach (var role in Enum.GetValues<RaftRole>()) text.Sample("cubeactors_raft_groups", raft.GroupsByRole.GetValueOrDefault(role), ("raft_role", role.ToString()));
        text.Single("cubeactors_raft_inbound_connections", "gauge", "Connections of peers.", raft.InboundConnections);
        text.Single("cubeactors_raft_snapshots", "gauge", "Snapshots on their way to peers.", raft.SnapshotsUnderWay);
        text.Single("cubeactors_raft_send_queue_bytes", "gauge", "Bytes that wait for peers.", raft.SendQueueBytes);
        text.Single("cubeactors_raft_messages_sent_total", "counter", "Messages queued for peers.", raft.MessagesSent);
        text.Single("cubeactors_raft_bytes_sent_total", "counter", "Bytes of them.", raft.BytesSent);
        text.Single("cubeactors_raft_messages_received_total", "counter", "Messages of peers.", raft.MessagesReceived);
        text.Single("cubeactors_raft_bytes_received_total", "counter", "Bytes of them.", raft.BytesReceived);
        text.Single("cubeactors_raft_dials_total", "counter", "Connections tried.", raft.Dials);
        text.Single("cubeactors_raft_dials_failed_total", "counter", "Of them without success.", raft.DialsFailed);
        Reasons(text, "cubeactors_raft_messages_dropped_total", "Messages that were not sent.", raft.Dropped);
        Reasons(text, "cubeactors_raft_receive_problems_total", "Connections closed and frames skipped.", raft.ReceiveProblems);
        text.Single("cubeactors_raft_messages_overrun_total", "counter", "Messages of peers that groups did not keep up with.", raft.MessagesDropped);
        Reasons(text, "cubeactors_raft_leaderships_given_up_total", "Leaderships given up because this node could not serve as leader.", raft.GivenUp);
        text.Single("cubeactors_raft_proposals_refused_total", "counter", "Overwrites refused because too many bytes were under way in their group.", raft.ProposalsRefused);
    }

    private static void Reasons(MetricText text, string name, string help, IReadOnlyList<(string Reason, long Count)> reasons)
    {
        text.Family(name, "counter", help);
        foreach (var (reason, count) in reasons) text.Sample(name, count, ("reason", reason));
    }

    private static void States<T>(MetricText text, string name, string help, T current) where T : struct, Enum
    {
        text.Family(name, "gauge", help);
        foreach (var value in Enum.GetValues<T>()) text.Sample(name, EqualityComparer<T>.Default.Equals(value, current) ? 1 : 0, ("phase", value.ToString()));
    }
}
