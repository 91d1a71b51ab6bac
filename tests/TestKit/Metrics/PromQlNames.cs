using System.Text.RegularExpressions;

namespace CubeActors.TestKit.Metrics;

/// <summary>The names in an expression of PromQL: metrics with the labels that they are chosen by, and the labels that are grouped and joined by.</summary>
/// <remarks>A simple tokenizer, for expressions that Prometheus itself has checked: it finds names, not mistakes.</remarks>
public sealed partial class PromQlNames
{
    private static readonly HashSet<string> Words =
        ["and", "or", "unless", "bool", "offset", "by", "without", "on", "ignoring", "group_left", "group_right", "inf", "nan"];

    private static readonly HashSet<string> ListsOfLabels = ["by", "without", "on", "ignoring", "group_left", "group_right"];

    /// <summary>Each metric with its labels, in their order.</summary>
    public IReadOnlyList<(string Metric, IReadOnlyList<string> Labels)> Metrics { get; }

    public IReadOnlyList<string> GroupedBy { get; }

    public PromQlNames(string expression)
    {
        var metrics = new List<(string, IReadOnlyList<string>)>();
        var grouped = new List<string>();
        var tokens = Token().Matches(expression).Select(match => match.Value).ToList();
        for (var i = 0; i < tokens.Count; i++)
        {
            var (token, next) = (tokens[i], i + 1 < tokens.Count ? tokens[i + 1] : "");
            if (!Name().IsMatch(token)) continue;
            if (ListsOfLabels.Contains(token) && next == "(")
            {
                for (i += 2; tokens[i] != ")"; i++)
                    if (tokens[i] != ",") grouped.Add(tokens[i]);
                continue;
            }

            if (Words.Contains(token) || next == "(" || (next is "by" or "without")) continue; // a function or an aggregation
            var labels = new List<string>();
            if (next == "{")
            {
                for (i += 2; tokens[i] != "}"; i++)
                    if (Name().IsMatch(tokens[i])) labels.Add(tokens[i]);
            }

            metrics.Add((token, labels));
        }

        (Metrics, GroupedBy) = (metrics, grouped);
    }

    /// <summary>A range counts as one token, and so does a string; a number with its unit is no name.</summary>
    [GeneratedRegex("""\[[^\]]*\]|"(?:[^"\\]|\\.)*"|\d[\w.]*|[a-zA-Z_:][\w:]*|[^\s\w]""")]
    private static partial Regex Token();

    [GeneratedRegex("^[a-zA-Z_:][\\w:]*$")]
    private static partial Regex Name();
}
