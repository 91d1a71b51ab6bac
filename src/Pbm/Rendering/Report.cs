using Spectre.Console;
using Spectre.Console.Rendering;

namespace CubeActors.Pbm;

/// <summary>Writes an answer for people: facts, tables and lines. Nothing that a node says is taken for markup.</summary>
/// <param name="now">For how long ago something was.</param>
internal sealed class Report(IAnsiConsole screen, DateTimeOffset now)
{
    public DateTimeOffset Now => now;

    public void Line(string text = "") => screen.WriteLine(text);

    /// <summary>A heading between two parts of an answer.</summary>
    public void Heading(string text)
    {
        screen.WriteLine();
        screen.MarkupLine($"[bold]{Markup.Escape(text)}[/]");
    }

    /// <summary>Names and values below each other. Values that are null or empty are left out: what is not known is not shown.</summary>
    public void Facts(params ReadOnlySpan<(string Name, string? Value)> facts)
    {
        var grid = new Table().NoBorder().HideHeaders();
        grid.AddColumn(new TableColumn("").NoWrap().PadLeft(0).PadRight(2));
        grid.AddColumn(new TableColumn("").PadLeft(0).PadRight(0));
        foreach (var (name, value) in facts)
            if (!string.IsNullOrEmpty(value)) grid.AddRow(new Markup($"[grey]{Markup.Escape(name)}[/]"), Cell(value));
        if (grid.Rows.Count > 0) screen.Write(grid);
    }

    /// <param name="columns">A name with a trailing &gt; is aligned to the right: a number. With a trailing ~ it may be wrapped.</param>
    /// <param name="nothing">Said instead of a table without rows.</param>
    public void Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows, string nothing)
    {
        var all = rows.ToList();
        if (all.Count == 0)
        {
            screen.WriteLine(nothing);
            return;
        }

        var table = new Table().NoBorder();
        for (var i = 0; i < columns.Count; i++)
        {
            var column = new TableColumn(new Markup($"[bold]{Markup.Escape(columns[i].TrimEnd('>', '~').ToUpperInvariant())}[/]")).PadLeft(0).PadRight(i == columns.Count - 1 ? 0 : 2);
            if (columns[i].EndsWith('>')) column.RightAligned();
            if (!columns[i].EndsWith('~')) column.NoWrap();
            table.AddColumn(column);
        }

        foreach (var row in all) table.AddRow(row.Select(IRenderable (text) => Cell(text)));
        screen.Write(table);
    }

    private static Markup Cell(string text) => new(StateWords.Color(text) is { } color ? $"[{color}]{Markup.Escape(text)}[/]" : Markup.Escape(text));
}

/// <summary>Words that a table shows in a colour: what somebody has to look at stands out. Pure.</summary>
internal static class StateWords
{
    private static readonly Dictionary<string, string> Colors = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Ready"] = "green",
        ["Serving"] = "green",
        ["Reachable"] = "green",
        ["Done"] = "green",
        ["Leader"] = "green",
        ["open"] = "green",
        ["Loading"] = "yellow",
        ["Opening"] = "yellow",
        ["Binding"] = "yellow",
        ["Draining"] = "yellow",
        ["Closing"] = "yellow",
        ["Candidate"] = "yellow",
        ["PreCandidate"] = "yellow",
        ["Accepted"] = "yellow",
        ["Running"] = "yellow",
        ["Interrupted"] = "yellow",
        ["Cancelled"] = "yellow",
        ["warn"] = "yellow",
        ["Unavailable"] = "red",
        ["Unreachable"] = "red",
        ["Lost"] = "red",
        ["Failed"] = "red",
        ["Stopped"] = "red",
        ["no answer"] = "red",
        ["error"] = "red",
        ["critical"] = "red",
    };

    public static string? Color(string text) => Colors.GetValueOrDefault(text);
}
