using System.Text.RegularExpressions;

namespace CubeActors.Node.Tests;

/// <summary>Settings, metrics and commands that the documentation names in code are there. What is looked up would be found; what is only mentioned would rot unseen.</summary>
public sealed partial class NamesInDocumentsTests
{
    /// <summary>Endings of files that are named like keys.</summary>
    private static readonly HashSet<string> Files = ["yml", "conf", "json", "md", "db", "service", "socket"];

    public static TheoryData<string> Documents => [.. SourceTree.Documents];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_tunable_that_is_named_exists(string document)
    {
        var known = ReferenceConfText.Parse(SourceTree.Read("hocon/reference.conf")).Select(entry => entry.Path).ToHashSet(StringComparer.Ordinal);
        var sections = known.Where(path => path.Count(static character => character == '.') == 1).Select(path => path.Split('.')[1]).ToHashSet(StringComparer.Ordinal);
        foreach (Match match in Tunable().Matches(SourceTree.Read(document)))
        {
            var path = match.Groups[1].Value;
            var isWhole = path.StartsWith("cubeactors.", StringComparison.Ordinal);
            if (!isWhole && !sections.Contains(path.Split('.')[0])) continue; // a word with a dot, and no key of ours
            if (Files.Contains(path.Split('.')[^1])) continue;
            Assert.True(known.Contains(isWhole ? path : $"cubeactors.{path}"), $"{document} names {path}, which hocon/reference.conf does not have");
        }
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_metric_of_ours_that_is_named_exists(string document)
    {
        var known = MetricCatalog.Families.Select(family => family.Name).ToHashSet(StringComparer.Ordinal);
        foreach (Match match in Metric().Matches(SourceTree.Read(document)))
        {
            var name = match.Groups[1].Value;
            // In full, as a series of a histogram, or the common beginning of several: cubeactors_budget_...
            Assert.True(known.Contains(name) || known.Contains(Series().Replace(name, "")) || (match.Groups[2].Length > 0 && known.Any(family => family.StartsWith(name, StringComparison.Ordinal))),
                $"{document} names the metric {name}, which the catalog does not have");
        }
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_command_of_pbm_that_is_named_exists(string document)
    {
        var known = SourceTree.Read("docs/reference/pbm.md").Split('\n').Where(line => line.StartsWith("### ", StringComparison.Ordinal)).Select(line => line[4..]).ToHashSet(StringComparer.Ordinal);
        foreach (Match match in Command().Matches(SourceTree.Read(document)))
            Assert.True(known.Contains(match.Groups[1].Value), $"{document} names pbm ... {match.Groups[1].Value}, which is no command");
    }

    [GeneratedRegex("`((?:cubeactors\\.)?[a-z][a-z-]*(?:\\.[a-z][a-z-]*)+)(?: = [^`]*)?`")]
    private static partial Regex Tunable();

    [GeneratedRegex("(cubeactors_[a-z_]*[a-z])(_?\\.\\.\\.)?")]
    private static partial Regex Metric();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Series();

    [GeneratedRegex("pbm (?:<[^>`]+>|[0-9][0-9.:]+) ([a-z]+ [a-z]+)")]
    private static partial Regex Command();
}
