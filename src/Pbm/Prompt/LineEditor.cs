namespace CubeActors.Pbm;

/// <summary>What a key has done to a line.</summary>
internal enum LineStep
{
    /// <summary>The line goes on.</summary>
    Going,

    /// <summary>The line goes on, and <see cref="LineEditor.Candidates"/> are to be shown.</summary>
    List,

    /// <summary>The line is complete.</summary>
    Entered,

    /// <summary>Ctrl-C, or Ctrl-D on an empty line.</summary>
    Left,
}

/// <summary>One line that is being typed: keys in, text out. No terminal.</summary>
internal sealed class LineEditor(History history, Func<string, IReadOnlyList<string>> complete)
{
    /// <summary>No command is nearly as long.</summary>
    private const int CharactersMax = 4096;

    private readonly HistoryWalk _walk = history.Walk();

    public string Text { get; private set; } = "";

    /// <summary>Before which character the next one goes.</summary>
    public int Cursor { get; private set; }

    /// <summary>What Tab has found.</summary>
    public IReadOnlyList<string> Candidates { get; private set; } = [];

    public LineStep Press(ConsoleKeyInfo key)
    {
        var isControl = key.Modifiers.HasFlag(ConsoleModifiers.Control);
        switch (key.Key)
        {
            case ConsoleKey.Enter:
                history.Add(Text);
                return LineStep.Entered;
            case ConsoleKey.C when isControl:
                return LineStep.Left;
            case ConsoleKey.D when isControl:
                if (Text.Length == 0) return LineStep.Left;
                Remove(Cursor, 1);
                break;
            case ConsoleKey.Tab:
                return Complete();
            case ConsoleKey.Backspace:
                if (Cursor > 0) Remove(Cursor - 1, 1);
                break;
            case ConsoleKey.Delete:
                Remove(Cursor, 1);
                break;
            case ConsoleKey.LeftArrow:
            case ConsoleKey.B when isControl:
                Cursor = isControl && key.Key == ConsoleKey.LeftArrow ? WordBefore() : Math.Max(0, Cursor - 1);
                break;
            case ConsoleKey.RightArrow:
            case ConsoleKey.F when isControl:
                Cursor = Math.Min(Text.Length, Cursor + 1);
                break;
            case ConsoleKey.Home:
            case ConsoleKey.A when isControl:
                Cursor = 0;
                break;
            case ConsoleKey.End:
            case ConsoleKey.E when isControl:
                Cursor = Text.Length;
                break;
            case ConsoleKey.U when isControl:
                Remove(0, Cursor);
                break;
            case ConsoleKey.K when isControl:
                Remove(Cursor, Text.Length - Cursor);
                break;
            case ConsoleKey.W when isControl:
                Remove(WordBefore(), Cursor - WordBefore());
                break;
            case ConsoleKey.UpArrow:
            case ConsoleKey.P when isControl:
                Take(_walk.Back(Text));
                break;
            case ConsoleKey.DownArrow:
            case ConsoleKey.N when isControl:
                Take(_walk.Forward());
                break;
            default:
                if (!char.IsControl(key.KeyChar) && Text.Length < CharactersMax) Insert(key.KeyChar.ToString());
                break;
        }

        return LineStep.Going;
    }

    /// <summary>One candidate is taken whole; of several, what they have in common, and if that is nothing new they are listed.</summary>
    private LineStep Complete()
    {
        var before = Text[..Cursor];
        Candidates = complete(before);
        if (Candidates.Count == 0) return LineStep.Going;
        var typed = before[(before.LastIndexOf(' ') + 1)..];
        var common = Candidates.Count == 1 ? Candidates[0] + " " : Common(Candidates);
        if (common.Length <= typed.Length) return LineStep.List;
        Remove(Cursor - typed.Length, typed.Length);
        Insert(common);
        return LineStep.Going;
    }

    private static string Common(IReadOnlyList<string> words)
    {
        var common = words[0];
        foreach (var word in words)
            while (!word.StartsWith(common, StringComparison.Ordinal)) common = common[..^1];
        return common;
    }

    private void Insert(string text)
    {
        Text = Text.Insert(Cursor, text);
        Cursor += text.Length;
    }

    private void Remove(int at, int count)
    {
        count = Math.Min(count, Text.Length - at);
        if (count <= 0) return;
        Text = Text.Remove(at, count);
        if (Cursor > at) Cursor = Math.Max(at, Cursor - count);
    }

    private int WordBefore()
    {
        var at = Cursor;
        while (at > 0 && Text[at - 1] == ' ') at--;
        while (at > 0 && Text[at - 1] != ' ') at--;
        return at;
    }

    private void Take(string? line)
    {
        if (line is null) return;
        Text = line;
        Cursor = line.Length;
    }
}
