using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>All metrics of a node as one page. Collected at each scrape; nothing is kept.</summary>
/// <param name="status">Asked at every scrape, as is the next.</param>
/// <param name="surface">Null until the node exists.</param>
/// <param name="tally">What the log has counted.</param>
internal sealed class MetricsPage(Func<NodeStatus> status, Func<NodeSurface?> surface, LogTally tally, TimeProvider time)
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>What the operators' ports did not carry out; null where nobody counts it.</summary>
    public HttpCounts? Http { get; init; }

    private readonly DateTimeOffset _startedAt = time.GetUtcNow();

    public byte[] Write()
    {
        var text = new MetricText();
        var node = surface();
        var figures = node?.Figures();
        CubeFsMetrics.Write(text, node?.Meters.Read(), figures?.Cluster ?? "");
        CubeFsMetrics.WriteNode(text, node?.Report(), figures, tally.Errors, _startedAt, time.GetUtcNow(), ProgramVersion.Current);
        OwnMetrics.Write(text, status(), figures, tally);
        if (Http is { } http) OwnMetrics.WriteHttp(text, http);
        ProcessMetrics.Write(text);
        return text.ToBytes();
    }
}
