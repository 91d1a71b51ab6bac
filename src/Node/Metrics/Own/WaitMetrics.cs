using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>Requests that wait for partitions which do not serve yet.</summary>
internal static class WaitMetrics
{
    public static readonly MetricSection Section = new("Waiting for partitions");

    private static readonly MetricFamily Requests = Section.Gauge("cubeactors_parked_requests", "Requests that wait for partitions that are still being loaded.");
    private static readonly MetricFamily Bytes = Section.Gauge("cubeactors_parked_bytes", "Bytes of the buffers that they hold.");
    private static readonly MetricFamily Times = Section.Histogram("cubeactors_parked_seconds", "How long requests waited for their partition, by operation and by how it ended.", "op", "outcome");

    public static void Write(IMetricSink sink, NodeFigures figures)
    {
        sink.Single(Requests, figures.Parked);
        sink.Single(Bytes, figures.ParkedBytes);
        sink.Begin(Times);
        foreach (var wait in figures.Waits) sink.Histogram(wait.Latency, wait.Name, OutcomeName(wait.Outcome));
    }

    private static string OutcomeName(WaitOutcome outcome) => outcome switch
    {
        WaitOutcome.Served => "served",
        WaitOutcome.TimedOut => "timed_out",
        WaitOutcome.Overflow => "overflow",
        WaitOutcome.CallerGone => "caller_gone",
        _ => "refused",
    };
}
