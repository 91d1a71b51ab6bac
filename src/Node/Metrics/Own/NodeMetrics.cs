using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>The node as a whole: its phase, its partitions, its log, a drain, and the masters.</summary>
internal static class NodeMetrics
{
    public static readonly MetricSection Section = new("Node");

    private static readonly MetricFamily Phase = Section.Gauge("cubeactors_phase", "How far the node is: 1 for the phase it is in.", "phase");
    private static readonly MetricFamily Partitions = Section.Gauge("cubeactors_partitions", "Replicas by state.", "state");
    private static readonly MetricFamily LogErrors = Section.Counter("cubeactors_log_errors_total", "Lines of level error: somebody has to look.");
    private static readonly MetricFamily LogDropped = Section.Counter("cubeactors_log_dropped_total", "Lines that the log could not take.");
    private static readonly MetricFamily Draining = Section.Gauge("cubeactors_draining", "1 while the node gives leadership away and takes none.");
    private static readonly MetricFamily DrainAge = Section.Gauge("cubeactors_drain_seconds", "How long a drain has been under way; 0 where none is.");
    private static readonly MetricFamily DrainLed = Section.Gauge("cubeactors_drain_groups", "Raft groups that a drain has not handed over yet.");
    private static readonly MetricFamily Registered = Section.Gauge("cubeactors_registered", "1 once a master knows the node.");
    private static readonly MetricFamily MasterSilence =
        Section.Gauge("cubeactors_master_silence_seconds", "Time since a master last answered a question of this node; there from its first answer on.");
    private static readonly MetricFamily HeartbeatSilence =
        Section.Gauge("cubeactors_master_heartbeat_silence_seconds", "Time since a master last sent a heartbeat; there from the first one on.");
    private static readonly MetricFamily UnexpectedSources =
        Section.Counter("cubeactors_admin_source_unexpected_total", "Packets that only masters or data nodes send, from somewhere else. More than none is an alert.", "opcode");
    private static readonly MetricFamily HttpRefused =
        Section.Counter("cubeactors_http_refused_total", "Requests and connections that the operators' ports did not carry out. Wrong tokens are an alert.", "reason");

    public static void Write(IMetricSink sink, NodeStatus status, LogTally tally)
    {
        sink.Each(Phase, Enum.GetValues<NodePhase>(), phase => phase == status.Phase ? 1 : 0, phase => phase.ToString());
        var states = status.Partitions.CountBy(partition => partition.State).ToDictionary();
        sink.Each(Partitions, Enum.GetValues<PartitionState>(), state => states.GetValueOrDefault(state), state => state.ToString());
        sink.Single(LogErrors, tally.Errors);
        sink.Single(LogDropped, tally.Dropped);
        sink.Single(Registered, status.NodeId != 0 ? 1 : 0);
    }

    public static void WriteDrain(IMetricSink sink, DrainStatus drain, DateTimeOffset now)
    {
        sink.Single(Draining, drain.IsDraining ? 1 : 0);
        sink.Single(DrainAge, drain is { IsDraining: true, Since: { } since } ? Age(since, now) : 0);
        sink.Single(DrainLed, drain.StillLed);
    }

    public static void WriteMaster(IMetricSink sink, NodeFigures figures, DateTimeOffset now)
    {
        if (figures.MasterAnsweredAt is { } answered) sink.Single(MasterSilence, Age(answered, now));
        if (figures.HeartbeatAt is { } heartbeat) sink.Single(HeartbeatSilence, Age(heartbeat, now));
    }

    public static void WriteSources(IMetricSink sink, NodeFigures figures) => sink.Each(UnexpectedSources, figures.UnexpectedSources, source => source.Count, source => source.Opcode);

    public static void WriteHttp(IMetricSink sink, HttpCounts http) => OwnMetrics.Reasons(sink, HttpRefused, http.Refused);

    /// <summary>The clock of a machine may be set back.</summary>
    private static double Age(DateTimeOffset since, DateTimeOffset now) => Math.Max(0, (now - since).TotalSeconds);
}
