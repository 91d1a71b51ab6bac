using System.Text.RegularExpressions;

namespace CubeActors.Node.Tests;

/// <summary>What is declared of metrics, before any of them has a value. Source of the rules: prometheus.io, metric and label naming.</summary>
public sealed partial class MetricCatalogTests
{
    [Fact]
    public void A_name_is_declared_once() =>
        Assert.Empty(MetricCatalog.Families.GroupBy(family => family.Name).Where(families => families.Count() > 1).Select(families => families.Key));

    [Fact]
    public void Each_metric_is_described_by_one_sentence_in_one_line() => Assert.All(MetricCatalog.Families, family =>
    {
        Assert.DoesNotContain(family.Help, character => character is '\n' or '\\');
        Assert.Matches("^[A-Z0-9].+\\.$", family.Help);
    });

    [Fact]
    public void Labels_have_names_that_neither_a_histogram_nor_a_push_gateway_claims() => Assert.All(MetricCatalog.Families, family =>
    {
        Assert.Equal(family.Labels.Distinct(), family.Labels);
        Assert.All(family.Labels, label => Assert.Matches("^[a-z_]+$", label));
        Assert.DoesNotContain("le", family.Labels);
        if (!family.Name.StartsWith("request_const_us", StringComparison.Ordinal) && !family.Name.StartsWith("cfs_", StringComparison.Ordinal))
            Assert.Empty(new PushOrigin("", "", 0, "", "", "").Grouping().Select(pair => pair.Name).Intersect(family.Labels.Except(["version"])));
    });

    [Fact]
    public void Our_counters_end_in_total_and_nothing_else_does_and_our_durations_are_seconds() =>
        Assert.All(MetricCatalog.Families.Where(family => family.Name.StartsWith("cubeactors_", StringComparison.Ordinal)), family =>
        {
            Assert.Matches(OurName(), family.Name);
            Assert.Equal(family.Type == MetricType.Counter, family.Name.EndsWith("_total", StringComparison.Ordinal));
            if (family.Type == MetricType.Histogram) Assert.EndsWith("_seconds", family.Name, StringComparison.Ordinal);
        });

    [Fact]
    public void A_family_of_an_operation_has_its_name_in_the_place_for_it() =>
        Assert.Equal("a_x_y_b", new MetricFamily("a_{op}_b", MetricType.Counter, MetricUnit.Count, "A.", []).Of("x-y").Name);

    [GeneratedRegex("^cubeactors_[a-z][a-z0-9_]*$")]
    private static partial Regex OurName();
}
