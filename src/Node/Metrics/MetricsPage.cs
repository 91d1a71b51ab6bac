using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>All metrics of a node. Collected each time that somebody asks; nothing is kept.</summary>
/// <param name="status">Asked each time, as is the next.</param>
/// <param name="surface">Null until the node exists.</param>
/// <param name="tally">What the log has counted.</param>
internal sealed class MetricsPage(Func<NodeStatus> status, Func<NodeSurface?> surface, LogTally tally, TimeProvider time)
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly DateTimeOffset _startedAt = time.GetUtcNow();

    /// <summary>What the operators' ports did not carry out; null where nobody counts it.</summary>
    public HttpCounts? Http { get; init; }

    /// <summary>What was sent to those who watch.</summary>
    public TelemetryTally Telemetry { get; init; } = new();

    /// <summary>As a page of Prometheus.</summary>
    /// <returns>The caller disposes it.</returns>
    public MetricText Write()
    {
        var text = new MetricText();
        Write(text);
        return text;
    }

    public void Write(IMetricSink sink)
    {
        var node = surface();
        var figures = node?.Figures();
        var now = time.GetUtcNow();
        CubeFsMetrics.Write(sink, node?.Meters.Read(), figures?.Cluster ?? "");
        CubeFsMetrics.WriteNode(sink, node?.Report(), figures, tally.Errors, _startedAt, now, ProgramVersion.Current);
        OwnMetrics.Write(sink, status(), figures, node?.Drain.Status, tally, now);
        if (Http is { } http) NodeMetrics.WriteHttp(sink, http);
        TelemetryMetrics.Write(sink, Telemetry);
        ProcessMetrics.Write(sink);
    }
}
