using System.Text;

namespace CubeActors.Node.Tests;

/// <summary>A page of docs/reference while it is written: Markdown, line by line.</summary>
internal sealed class ReferencePage
{
    private readonly StringBuilder _text = new();

    /// <param name="source">What the page is made of, for whoever would change it by hand.</param>
    public ReferencePage(string title, string source) => Line($"# {title}").Line().Line($"<!-- Made from {source} by build/reference; a test compares. -->").Line();

    public ReferencePage Line(string text = "")
    {
        _text.Append(text.ReplaceLineEndings("\n")).Append('\n');
        return this;
    }

    /// <summary>A table; what would end a cell is escaped.</summary>
    public ReferencePage Table(IReadOnlyList<string> heads, IEnumerable<IReadOnlyList<string>> rows)
    {
        Line($"| {string.Join(" | ", heads)} |").Line($"|{string.Concat(heads.Select(_ => "---|"))}");
        foreach (var row in rows) Line($"| {string.Join(" | ", row.Select(Cell))} |");
        return Line();
    }

    /// <summary>The whole page, with one newline at its end.</summary>
    public override string ToString() => _text.ToString().TrimEnd('\n') + "\n";

    private static string Cell(string text) => text.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal);
}
