namespace CubeActors.Node;

/// <summary>Every metric that a node has, by section: what the page of metrics and its reference are made from. A metric is declared once, beside the code that reads it.</summary>
internal static class MetricCatalog
{
    public static IReadOnlyList<MetricSection> Sections { get; } =
    [
        NodeMetrics.Section, DiskMetrics.Section, RequestMetrics.Section, WaitMetrics.Section, RaftMetrics.Section, RepairMetrics.Section, BudgetMetrics.Section,
        OperationMetrics.Section, IntegrityMetrics.Section, TelemetryMetrics.Section, ProcessMetrics.Section, CubeFsMetrics.Section,
    ];

    public static IEnumerable<MetricFamily> Families => Sections.SelectMany(section => section.Families);
}
