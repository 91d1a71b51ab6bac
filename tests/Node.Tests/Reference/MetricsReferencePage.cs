namespace CubeActors.Node.Tests;

/// <summary>docs/reference/metrics.md, of <see cref="MetricCatalog"/>, from which the page of metrics is written too.</summary>
internal static class MetricsReferencePage
{
    public static string Write()
    {
        var page = new ReferencePage("Metrics", "`MetricCatalog` in `src/Node/Metrics/Catalog`")
            .Line("`/metrics` in the text format of Prometheus, on `prof` and on `exporterPort`; the same by OTLP where `cubeactors.telemetry.endpoint` is set. `{op}` in a name is an operation by CubeFS's name")
            .Line("(`OpWrite`, `OpStreamFollowerRead`, ...), `{cluster}` the name that the masters gave. A histogram has `_bucket`, `_sum` and `_count`; labels by partition (`partid`) are filled with `enablePid`")
            .Line("only. Where a row speaks of *them*, it means those of the row above. [What to watch](../operators/watching.md#metrics) says which of them matter, [Alerts](../alerts.md) which call for somebody.")
            .Line();
        foreach (var section in MetricCatalog.Sections)
        {
            page.Line($"## {section.Title}").Line();
            page.Table(
                ["Metric", "Type", "Unit", "Labels", "Is"],
                section.Families.Select(IReadOnlyList<string> (family) =>
                    [$"`{family.Name}`", family.Type.ToString().ToLowerInvariant(), family.Unit, string.Join(", ", family.Labels.Select(label => $"`{label}`")), family.Help]));
        }

        return page.ToString();
    }
}
