using CubeActors.Actors;
using CubeActors.Raft;

namespace CubeActors.Node;

/// <summary>Raft groups and what goes between them.</summary>
internal static class RaftMetrics
{
    public static readonly MetricSection Section = new("Raft");

    private static readonly MetricFamily Leaderless = Section.Gauge("cubeactors_raft_groups_without_leader", "Raft groups of partitions that serve here, of which this replica knows no leader now.");
    private static readonly MetricFamily SilentMembers = Section.Gauge("cubeactors_raft_members_silent", "Members of groups led here that have not been heard lately.");
    private static readonly MetricFamily Lag = Section.Gauge("cubeactors_raft_apply_lag_max", "Entries that are committed and not applied yet, of the replica here that is furthest behind.");
    private static readonly MetricFamily Groups = Section.Gauge("cubeactors_raft_groups", "Raft groups by what this node is in them.", "raft_role");
    private static readonly MetricFamily Inbound = Section.Gauge("cubeactors_raft_inbound_connections", "Connections of peers.");
    private static readonly MetricFamily Snapshots = Section.Gauge("cubeactors_raft_snapshots", "Snapshots on their way to peers.");
    private static readonly MetricFamily SendQueue = Section.Gauge("cubeactors_raft_send_queue_bytes", "Bytes that wait for peers.");
    private static readonly MetricFamily MessagesSent = Section.Counter("cubeactors_raft_messages_sent_total", "Messages queued for peers.");
    private static readonly MetricFamily BytesSent = Section.Counter("cubeactors_raft_sent_bytes_total", "Bytes of them.");
    private static readonly MetricFamily MessagesReceived = Section.Counter("cubeactors_raft_messages_received_total", "Messages of peers.");
    private static readonly MetricFamily BytesReceived = Section.Counter("cubeactors_raft_received_bytes_total", "Bytes of them.");
    private static readonly MetricFamily Dials = Section.Counter("cubeactors_raft_dials_total", "Connections tried.");
    private static readonly MetricFamily DialsFailed = Section.Counter("cubeactors_raft_dials_failed_total", "Of them without success.");
    private static readonly MetricFamily Dropped = Section.Counter("cubeactors_raft_messages_dropped_total", "Messages that were not sent.", "reason");
    private static readonly MetricFamily Problems = Section.Counter("cubeactors_raft_receive_problems_total", "Connections closed and frames skipped.", "reason");
    private static readonly MetricFamily Overrun = Section.Counter("cubeactors_raft_messages_overrun_total", "Messages of peers that groups did not keep up with.");
    private static readonly MetricFamily GivenUp = Section.Counter("cubeactors_raft_leaderships_given_up_total", "Leaderships given up because this node could not serve as leader.", "reason");
    private static readonly MetricFamily ProposalsRefused = Section.Counter("cubeactors_raft_proposals_refused_total", "Overwrites refused because too many bytes were under way in their group.");

    /// <summary>What is seen of the groups from the partitions that serve.</summary>
    public static void WriteGroups(IMetricSink sink, IReadOnlyList<PartitionFigures> partitions)
    {
        var (leaderless, silent, lag) = (0, 0, 0UL);
        foreach (var partition in partitions)
        {
            if (partition.State != PartitionState.Serving || partition.Raft() is not { } group) continue;
            if (group.Leader == default) leaderless++;
            if (group.Role == RaftRole.Leader) silent += group.Members.Count(member => !member.IsActive);
            if (group.Commit > group.Applied) lag = Math.Max(lag, group.Commit - group.Applied);
        }

        sink.Single(Leaderless, leaderless);
        sink.Single(SilentMembers, silent);
        sink.Single(Lag, lag);
    }

    public static void Write(IMetricSink sink, RaftFigures raft)
    {
        sink.Each(Groups, Enum.GetValues<RaftRole>(), role => raft.GroupsByRole.GetValueOrDefault(role), role => role.ToString());
        sink.Single(Inbound, raft.InboundConnections);
        sink.Single(Snapshots, raft.SnapshotsUnderWay);
        sink.Single(SendQueue, raft.SendQueueBytes);
        sink.Single(MessagesSent, raft.MessagesSent);
        sink.Single(BytesSent, raft.BytesSent);
        sink.Single(MessagesReceived, raft.MessagesReceived);
        sink.Single(BytesReceived, raft.BytesReceived);
        sink.Single(Dials, raft.Dials);
        sink.Single(DialsFailed, raft.DialsFailed);
        OwnMetrics.Reasons(sink, Dropped, raft.Dropped);
        OwnMetrics.Reasons(sink, Problems, raft.ReceiveProblems);
        sink.Single(Overrun, raft.MessagesDropped);
        OwnMetrics.Reasons(sink, GivenUp, raft.GivenUp);
        sink.Single(ProposalsRefused, raft.ProposalsRefused);
    }
}
