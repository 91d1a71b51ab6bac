using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>Operations, their alerts, and the ledger that keeps them.</summary>
internal static class OperationMetrics
{
    public static readonly MetricSection Section = new("Operations");

    private static readonly MetricFamily Alerts = Section.Counter("cubeactors_operation_alerts_total", "Alerts of operations by kind, repeats included. More than none calls for somebody.", "kind");
    private static readonly MetricFamily AlertsActive = Section.Gauge("cubeactors_operation_alerts_active", "Of them, those whose cause is there, or was seen within the hour.", "kind");
    private static readonly MetricFamily Open = Section.Gauge("cubeactors_operations_open", "Operations that wait or run.", "kind");
    private static readonly MetricFamily Ended = Section.Counter("cubeactors_operations_total", "Operations that have ended, by how.", "kind", "state");
    private static readonly MetricFamily Seconds = Section.Counter("cubeactors_operation_seconds_total", "Time that they took.", "kind");
    private static readonly MetricFamily Level = Section.Counter("cubeactors_comparisons_level_total", "Comparisons that found nothing.", "kind");
    private static readonly MetricFamily Excluded =
        Section.Counter("cubeactors_operations_excluded_total", "Operations that did not begin because of another one, by what became of them.", "kind", "verdict");
    private static readonly MetricFamily Kept = Section.Gauge("cubeactors_ledger_kept", "1 while what happens is written to the ledger's file.");
    private static readonly MetricFamily Entries = Section.Gauge("cubeactors_ledger_entries", "Operations that have ended and are kept.");
    private static readonly MetricFamily WriteFailures = Section.Counter("cubeactors_ledger_write_failures_total", "Times that the ledger's file could not be read or written.");
    private static readonly MetricFamily Unrecorded = Section.Counter("cubeactors_ledger_unrecorded_total", "Operations that ran without an entry.");
    private static readonly MetricFamily ProgressIgnored = Section.Counter("cubeactors_operation_progress_ignored_total", "Values of progress that were below an earlier one, or none.");

    public static void Write(IMetricSink sink, OperationFigures operations)
    {
        sink.Each(Alerts, operations.Alerts, alert => alert.Raised, alert => alert.Kind.ToString());
        sink.Each(AlertsActive, operations.Alerts, alert => alert.Active, alert => alert.Kind.ToString());
        sink.Each(Open, operations.Kinds, kind => kind.Open, kind => kind.Kind.ToString());
        sink.Begin(Ended);
        foreach (var kind in operations.Kinds)
            foreach (var (state, count) in (ReadOnlySpan<(OperationState, long)>)
                [(OperationState.Done, kind.Done), (OperationState.Failed, kind.Failed), (OperationState.Cancelled, kind.Cancelled), (OperationState.Interrupted, kind.Interrupted)])
                sink.Sample(count, kind.Kind.ToString(), state.ToString());
        sink.Each(Seconds, operations.Kinds, kind => kind.Seconds, kind => kind.Kind.ToString());
        sink.Each(Level, operations.Kinds.Where(static kind => kind.IsComparison), kind => kind.Nothing, kind => kind.Kind.ToString());
        sink.Begin(Excluded);
        foreach (var kind in operations.Kinds)
            foreach (var (verdict, count) in (ReadOnlySpan<(string, long)>)[("dropped", kind.Dropped), ("waited", kind.Waited), ("refused", kind.Refused)])
                sink.Sample(count, kind.Kind.ToString(), verdict);
        sink.Single(Kept, operations.IsKept ? 1 : 0);
        sink.Single(Entries, operations.Ended);
        sink.Single(WriteFailures, operations.WritesFailed);
        sink.Single(Unrecorded, operations.Unrecorded);
        sink.Single(ProgressIgnored, operations.ProgressIgnored);
    }
}
