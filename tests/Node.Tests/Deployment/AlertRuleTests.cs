using System.Text.Json;
using System.Text.RegularExpressions;
using CubeActors.TestKit.Metrics;

namespace CubeActors.Node.Tests;

/// <summary>Goal: no rule and no panel asks for what no node tells. Method: the names in their expressions against the catalog that the page of metrics is written from; that a real
/// page has them is a matter of the end-to-end tests.</summary>
public sealed partial class AlertRuleTests
{
    private const string Rules = "prometheus/cubeactors.rules.yml", Recording = "prometheus/cubeactors.recording.yml", Dashboard = "grafana/cubeactors-datanode.json";

    /// <summary>Labels that Prometheus itself gives to whatever it scrapes, and to buckets.</summary>
    private static readonly HashSet<string> Given = ["job", "instance", "le"];

    /// <summary>Metrics of Prometheus itself, and those that the recording rules make.</summary>
    private static readonly HashSet<string> Elsewhere = ["up", .. Values(Recording, "record")];

    [Fact]
    public void Every_expression_has_names_that_a_node_tells()
    {
        (string File, string Expression)[] all = [.. FromFile(Rules), .. FromFile(Recording), .. Panels().Select(expression => (Dashboard, expression))];
        Assert.True(all.Length > 90, $"{all.Length} expressions");
        Assert.All(all, one => AssertIsTold(one.File, one.Expression));
    }

    [Fact]
    public void Each_alert_says_how_bad_it_is_and_is_explained()
    {
        var alerts = Values(Rules, "alert");
        Assert.Equal(alerts.Distinct(), alerts);
        Assert.All(Values(Rules, "severity"), severity => Assert.Contains(severity, (string[])["critical", "warning", "info"]));
        foreach (var key in (string[])["severity", "summary", "description", "runbook"]) Assert.Equal(alerts.Count, Values(Rules, key).Count);
        Assert.Equal(alerts.Select(alert => $"docs/alerts.md#{alert.ToLowerInvariant()}"), Values(Rules, "runbook"));

        var explained = File.ReadLines(Path.Combine(DeployFiles.Root(), "docs", "alerts.md")).Where(line => line.StartsWith("### ", StringComparison.Ordinal)).Select(line => line[4..]);
        Assert.Equal(alerts.Order(StringComparer.Ordinal), explained.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Each_alert_is_tested_as_firing()
    {
        var tested = Directory.GetFiles(Path.Combine(DeployFiles.Root(), "deploy", "prometheus", "tests")).SelectMany(file => Tested().Matches(File.ReadAllText(file))).Select(match => match.Groups[1].Value);
        Assert.Empty(Values(Rules, "alert").Except(tested));
    }

    [Theory]
    [InlineData("sum by (op, le) (rate(a_bucket{op=~\"x\",phase!=\"y\"}[5m])) > 0.5", "a_bucket(op,phase)", "op,le")]
    [InlineData("a == 0 unless on (job) b == 1", "a(),b()", "job")]
    [InlineData("time() - (a > 0) > 90 * 86400", "a()", "")]
    [InlineData("histogram_quantile(0.99, sum(rate(a{i=\"$x\"}[$__rate_interval])) by (le))", "a(i)", "le")]
    [InlineData("x:y:rate5m{job=\"c\"} / ignoring(a) group_left c offset 5m", "x:y:rate5m(job),c()", "a")]
    public void Names_are_found_in_expressions(string expression, string metrics, string grouped)
    {
        var names = new PromQlNames(expression);
        Assert.Equal(metrics, string.Join(',', names.Metrics.Select(metric => $"{metric.Metric}({string.Join(',', metric.Labels)})")));
        Assert.Equal(grouped, string.Join(',', names.GroupedBy));
    }

    private static void AssertIsTold(string file, string expression)
    {
        var names = new PromQlNames(expression);
        Assert.NotEmpty(names.Metrics);
        var known = new HashSet<string>(Given);
        foreach (var (metric, labels) in names.Metrics)
        {
            if (Elsewhere.Contains(metric))
            {
                known.UnionWith(["op", "phase", "result"]);
                continue;
            }

            var family = MetricCatalog.Families.SingleOrDefault(one => Names(one).Contains(metric));
            Assert.True(family is not null, $"{file}: no node has {metric}");
            Assert.True(labels.All(label => Given.Contains(label) || family.Labels.Contains(label)), $"{file}: {metric} has not all of the labels {string.Join(", ", labels)}");
            known.UnionWith(family.Labels);
        }

        Assert.True(names.GroupedBy.All(known.Contains), $"{file}: nothing in {expression} has all of the labels {string.Join(", ", names.GroupedBy)}");
    }

    private static IEnumerable<string> Names(MetricFamily family)
    {
        // CubeFS's families of operations: that of writes stands for all.
        var name = family.Name.Replace("{op}", "OpWrite", StringComparison.Ordinal);
        return family.Type == MetricType.Histogram ? [$"{name}_bucket", $"{name}_sum", $"{name}_count"] : [name];
    }

    private static IEnumerable<(string File, string Expression)> FromFile(string file) => Values(file, "expr").Select(expression => (file, expression));

    /// <summary>Values of a key that stand in its line, as all of ours do.</summary>
    private static List<string> Values(string file, string key) =>
        [.. DeployFiles.Text(file).Split('\n').Select(line => line.Trim().TrimStart('-').Trim()).Where(line => line.StartsWith($"{key}: ", StringComparison.Ordinal)).Select(line => line[(key.Length + 2)..].Trim('\''))];

    private static IEnumerable<string> Panels()
    {
        using var dashboard = JsonDocument.Parse(DeployFiles.Text(Dashboard));
        return [.. Find(dashboard.RootElement)];

        static IEnumerable<string> Find(JsonElement element) => element.ValueKind switch
        {
            JsonValueKind.Object => element.EnumerateObject().SelectMany(property =>
                property is { Name: "expr", Value.ValueKind: JsonValueKind.String } ? [property.Value.GetString()!] : Find(property.Value)),
            JsonValueKind.Array => element.EnumerateArray().SelectMany(Find),
            _ => [],
        };
    }

    [GeneratedRegex("alertname=\"(\\w+)\"")]
    private static partial Regex Tested();
}
