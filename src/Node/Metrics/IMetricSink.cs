using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>Takes metrics, family after family: the page of Prometheus, or a request of OTLP.</summary>
internal interface IMetricSink
{
    /// <summary>All samples that follow are of this family, until the next one begins. Each family is begun once.</summary>
    void Begin(MetricFamily family);

    /// <param name="labels">Values, in the order of the family's labels.</param>
    void Sample(double value, params ReadOnlySpan<string> labels);

    /// <inheritdoc cref="Sample"/>
    void Histogram(LatencySnapshot latency, params ReadOnlySpan<string> labels);
}

/// <summary>Short forms.</summary>
internal static class MetricSinks
{
    /// <summary>A family of one value without labels.</summary>
    public static void Single(this IMetricSink sink, MetricFamily family, double value)
    {
        sink.Begin(family);
        sink.Sample(value);
    }

    /// <summary>A family with one value for each of some things, by one label.</summary>
    public static void Each<T>(this IMetricSink sink, MetricFamily family, IEnumerable<T> things, Func<T, double> value, Func<T, string> label)
    {
        sink.Begin(family);
        foreach (var thing in things) sink.Sample(value(thing), label(thing));
    }
}
