using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>Requests on the data path: how long each part of them took, what was refused, and what they hold.</summary>
internal static class RequestMetrics
{
    public static readonly MetricSection Section = new("Requests");

    private static readonly MetricFamily Phases = Section.Histogram(
        "cubeactors_request_phase_seconds", "Time of requests by operation and phase: receive, queue, disk, raft, followers, reply; what a request does not go through is not counted.", "op", "phase");
    private static readonly MetricFamily Refused = Section.Counter("cubeactors_requests_refused_total", "Requests answered with anything but Ok, by operation and result.", "op", "result");
    private static readonly MetricFamily Slow = Section.Counter("cubeactors_slow_requests_total", "Requests that took longer than data-path.slow-request.");
    private static readonly MetricFamily Connections = Section.Gauge("cubeactors_connections", "Connections and smux streams that are open.");
    private static readonly MetricFamily Buffers = Section.Gauge("cubeactors_buffers_out", "Buffers of payload that are in use.");
    private static readonly MetricFamily BufferBytes = Section.Gauge("cubeactors_buffer_bytes_out", "Bytes of them.");
    private static readonly MetricFamily BufferBudget = Section.Gauge("cubeactors_buffer_budget_bytes", "Bytes that buffers may take together; at the budget nothing more is received.");
    private static readonly MetricFamily BufferWaiters = Section.Gauge("cubeactors_buffer_waiters", "Connections that wait for a buffer.");
    private static readonly MetricFamily Mismatches =
        Section.Counter("cubeactors_reply_mismatches_total", "Answers of other nodes that did not match their request. More than none is an alert.");
    private static readonly MetricFamily MismatchesByField = Section.Counter("cubeactors_reply_mismatches_by_field_total", "The same by the first field that was another.", "field");

    public static void Write(IMetricSink sink, NodeFigures figures)
    {
        sink.Begin(Phases);
        foreach (var reading in figures.Phases) sink.Histogram(reading.Latency, reading.Name, RequestPhaseNames.Of(reading.Phase));
        sink.Begin(Refused);
        foreach (var (name, result, count) in figures.Refusals) sink.Sample(count, name, result);
        sink.Single(Slow, figures.SlowRequests);
        sink.Single(Connections, figures.ConnectionsOpen);
        sink.Single(Buffers, figures.BuffersOut);
        sink.Single(BufferBytes, figures.BufferBytesOut);
        sink.Single(BufferBudget, figures.BufferBudgetBytes);
        sink.Single(BufferWaiters, figures.BufferWaiters);
        sink.Single(Mismatches, figures.ReplyMismatches);
        sink.Each(MismatchesByField, ReplyDoubtNames.All.Zip(figures.MismatchesByDoubt), pair => pair.Second, pair => pair.First);
    }
}
