using System.Collections.Immutable;

namespace CubeActors.Node;

/// <summary>Families of metrics that are about the same, in the order in which they were declared. Filled by static initialisers, and not changed afterwards.</summary>
/// <param name="title">A heading of the reference.</param>
internal sealed class MetricSection(string title)
{
    private readonly List<MetricFamily> _families = [];

    public string Title => title;

    public IReadOnlyList<MetricFamily> Families => _families;

    public MetricFamily Counter(string name, string help, params ReadOnlySpan<string> labels) => Add(name, MetricType.Counter, UnitOf(name), help, labels);

    public MetricFamily Gauge(string name, string help, params ReadOnlySpan<string> labels) => Add(name, MetricType.Gauge, UnitOf(name), help, labels);

    /// <summary>Of durations in seconds.</summary>
    public MetricFamily Histogram(string name, string help, params ReadOnlySpan<string> labels) => Add(name, MetricType.Histogram, MetricUnit.Seconds, help, labels);

    public MetricFamily Add(string name, MetricType type, string unit, string help, params ReadOnlySpan<string> labels)
    {
        var family = new MetricFamily(name, type, unit, help, [.. labels]);
        _families.Add(family);
        return family;
    }

    /// <summary>Our names end in their unit, before <c>_total</c> where that is there. Source: prometheus.io, metric and label naming.</summary>
    private static string UnitOf(string name)
    {
        var stem = name.EndsWith("_total", StringComparison.Ordinal) ? name.AsSpan(0, name.Length - "_total".Length) : name;
        return stem.EndsWith("_bytes") || stem.EndsWith("_bytes_out") ? MetricUnit.Bytes : stem.EndsWith("_seconds") ? MetricUnit.Seconds : MetricUnit.Count;
    }
}
