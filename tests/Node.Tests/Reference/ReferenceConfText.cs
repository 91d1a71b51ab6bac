namespace CubeActors.Node.Tests;

/// <summary>A key or a section of hocon/reference.conf as it stands in the text.</summary>
/// <param name="Path">From the root, with dots.</param>
/// <param name="Comment">The lines of comment right above it, as one paragraph.</param>
/// <param name="Value">As written; null for a section.</param>
internal sealed record ConfEntry(string Path, string Comment, string? Value);

/// <summary>Reads keys, defaults and comments from the text of hocon/reference.conf, which the parser of HOCON has no comments of. Pure.</summary>
/// <remarks>It knows the few forms that the file has: <c>name {</c>, <c>}</c>, <c>name = value</c>, comments in lines of their own. A test compares its keys with the parser's.</remarks>
internal static class ReferenceConfText
{
    public static IReadOnlyList<ConfEntry> Parse(string text)
    {
        var entries = new List<ConfEntry>();
        var sections = new List<string>();
        var comment = new List<string>();
        foreach (var line in text.Split('\n').Select(line => line.Trim()))
        {
            if (line.StartsWith('#'))
            {
                comment.Add(line[1..].Trim());
                continue;
            }

            if (line == "}")
            {
                sections.RemoveAt(sections.Count - 1);
            }
            else if (line.EndsWith('{'))
            {
                sections.Add(line[..^1].Trim());
                entries.Add(new ConfEntry(string.Join('.', sections), string.Join(' ', comment), null));
            }
            else if (line.Length > 0)
            {
                var parts = line.Split('=', 2, StringSplitOptions.TrimEntries);
                entries.Add(new ConfEntry(string.Join('.', [.. sections, parts[0]]), string.Join(' ', comment), parts[1].Trim('"')));
            }

            comment.Clear(); // what stands apart from a key is not about it
        }

        return entries;
    }
}
