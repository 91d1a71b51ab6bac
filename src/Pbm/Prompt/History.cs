namespace CubeActors.Pbm;

/// <summary>The lines that were entered, of one run: they may hold a token, which belongs into no file.</summary>
internal sealed class History
{
    private const int LinesMax = 500;

    private readonly List<string> _lines = [];

    /// <summary>Empty lines, and one that was just entered, are not kept again.</summary>
    public void Add(string line)
    {
        if (line.Trim().Length == 0 || (_lines.Count > 0 && _lines[^1] == line)) return;
        if (_lines.Count == LinesMax) _lines.RemoveAt(0);
        _lines.Add(line);
    }

    public HistoryWalk Walk() => new(_lines);
}

/// <summary>Up and down through the lines, while one is being typed.</summary>
internal sealed class HistoryWalk(IReadOnlyList<string> lines)
{
    private int _at = lines.Count;
    private string _typed = ""; // what stood there before the first step back

    /// <returns>Null where there is nothing older.</returns>
    public string? Back(string current)
    {
        if (_at == 0) return null;
        if (_at == lines.Count) _typed = current;
        return lines[--_at];
    }

    /// <returns>Null where there is nothing newer.</returns>
    public string? Forward()
    {
        if (_at >= lines.Count) return null;
        return ++_at == lines.Count ? _typed : lines[_at];
    }
}
