using System.Text.RegularExpressions;

namespace CubeActors.Node.Tests;

/// <summary>docs/reference/metrics.md, of a page of metrics: what a scraper is told of each family.</summary>
internal static partial class MetricsReferencePage
{
    private sealed record Family(string Name, string Type, string Help)
    {
        public SortedSet<string> Labels { get; } = new(StringComparer.Ordinal);
    }

    public static string Write()
    {
        var families = Parse(MetricSample.Write());
        var page = new ReferencePage("Metrics", "a page of `/metrics`, which `src/Node/Metrics` writes")
            .Line("`/metrics` in the text format of Prometheus, on `prof` and on `exporterPort`. `<op>` is an operation by CubeFS's name (`OpWrite`, `OpStreamFollowerRead`, ...), `<cluster>` the name that")
            .Line("the masters gave. A histogram has `_bucket`, `_sum` and `_count`; labels by partition (`partid`) are filled with `enablePid` only. [What to watch](../operators/watching.md#metrics) says which of")
            .Line("them matter, [Alerts](../alerts.md) which of them call for somebody.")
            .Line();
        Section(page, "Ours", families.Where(family => family.Name.StartsWith("cubeactors_", StringComparison.Ordinal)));
        Section(page, "Under CubeFS's names", families.Where(family => !family.Name.StartsWith("cubeactors_", StringComparison.Ordinal) && !IsOfProcess(family)));
        Section(page, "Of the process", families.Where(IsOfProcess));
        return page.ToString();
    }

    private static bool IsOfProcess(Family family) => family.Name.StartsWith("process_", StringComparison.Ordinal) || family.Name.StartsWith("dotnet_", StringComparison.Ordinal);

    private static void Section(ReferencePage page, string title, IEnumerable<Family> families)
    {
        page.Line($"## {title}").Line();
        page.Table(
            ["Metric", "Type", "Labels", "Is"],
            families.OrderBy(family => family.Name, StringComparer.Ordinal).Select(IReadOnlyList<string> (family) => [$"`{Shown(family.Name)}`", family.Type, string.Join(", ", family.Labels.Select(label => $"`{label}`")), family.Help]));
    }

    private static string Shown(string name) => name.Replace(MetricSample.Operation, "<op>", StringComparison.Ordinal).Replace(MetricSample.Cluster, "<cluster>", StringComparison.Ordinal);

    private static List<Family> Parse(string text)
    {
        var families = new List<Family>();
        var help = "";
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                help = line.Split(' ', 4)[3];
            }
            else if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                var parts = line.Split(' ');
                families.Add(new Family(parts[2], parts[3], help));
            }
            else
            {
                families[^1].Labels.UnionWith(Label().Matches(line).Select(match => match.Groups[1].Value).Where(label => label != "le"));
            }
        }

        return families;
    }

    [GeneratedRegex("[{,]([a-z_]+)=\"")]
    private static partial Regex Label();
}
