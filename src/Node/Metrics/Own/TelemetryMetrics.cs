namespace CubeActors.Node;

/// <summary>What is sent to those who watch: to consul, to a push gateway, to an OTLP endpoint.</summary>
internal static class TelemetryMetrics
{
    public static readonly MetricSection Section = new("Telemetry");

    private static readonly MetricFamily Sent = Section.Counter("cubeactors_telemetry_sent_total", "Requests to consul, the push gateway or an OTLP endpoint that were answered well.", "target");
    private static readonly MetricFamily Failed = Section.Counter("cubeactors_telemetry_failed_total", "Such requests that failed; all but spans are simply tried again.", "target");
    private static readonly MetricFamily Waiting = Section.Gauge("cubeactors_telemetry_spans_waiting", "Spans that wait to be sent.");
    private static readonly MetricFamily Exported = Section.Counter("cubeactors_telemetry_spans_exported_total", "Spans that an OTLP endpoint has taken.");
    private static readonly MetricFamily Dropped = Section.Counter("cubeactors_telemetry_spans_dropped_total", "Spans that were lost: the queue was full, or the endpoint did not take them.", "reason");

    public static void Write(IMetricSink sink, TelemetryTally tally)
    {
        var targets = tally.Targets;
        sink.Each(Sent, targets, target => target.Sent, target => target.Name);
        sink.Each(Failed, targets, target => target.Failed, target => target.Name);
        if (tally.Spans is not { } spans) return; // no endpoint: there are none
        sink.Single(Waiting, spans.Waiting);
        sink.Single(Exported, spans.Exported);
        OwnMetrics.Reasons(sink, Dropped, spans.Dropped);
    }
}
