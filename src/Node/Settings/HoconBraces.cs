namespace CubeActors.Node;

/// <summary>Finds brackets without a partner. The parser of Akka.NET ends silently there and takes the rest of the file for nothing.</summary>
internal static class HoconBraces
{
    /// <returns>Null if all brackets have partners; otherwise what is wrong, with its line.</returns>
    public static string? FirstProblem(string text)
    {
        var open = new Stack<(char Bracket, int Line)>();
        var line = 1;
        for (var i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '\n':
                    line++;
                    break;
                case '#':
                case '/' when i + 1 < text.Length && text[i + 1] == '/':
                    while (i + 1 < text.Length && text[i + 1] != '\n') i++;
                    break;
                case '"':
                    var end = EndOfString(text, i);
                    if (end < 0) return $"the string of line {line} has no end";
                    line += text.AsSpan(i, end - i).Count('\n');
                    i = end;
                    break;
                case '{' or '[':
                    open.Push((text[i], line));
                    break;
                case '}' or ']':
                    if (!open.TryPop(out var partner) || partner.Bracket != (text[i] == '}' ? '{' : '[')) return $"the {text[i]} of line {line} closes nothing";
                    break;
            }
        }

        return open.TryPop(out var left) ? $"the {left.Bracket} of line {left.Line} is not closed" : null;
    }

    /// <returns>Where the last quote of the string at <paramref name="start"/> stands; -1 if nowhere.</returns>
    private static int EndOfString(string text, int start)
    {
        const string triple = "\"\"\"";
        if (text.AsSpan(start).StartsWith(triple))
        {
            var end = text.IndexOf(triple, start + triple.Length, StringComparison.Ordinal);
            return end < 0 ? -1 : end + triple.Length - 1;
        }

        for (var i = start + 1; i < text.Length && text[i] != '\n'; i++)
        {
            if (text[i] == '\\') i++;
            else if (text[i] == '"') return i;
        }

        return -1;
    }
}
