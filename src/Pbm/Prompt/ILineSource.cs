namespace CubeActors.Pbm;

/// <summary>Where the lines of a prompt come from.</summary>
internal interface ILineSource
{
    /// <summary>Somebody types, and sees the prompt.</summary>
    bool IsTyped { get; }

    /// <param name="complete">What may stand at the end of a text: see <see cref="Completion"/>.</param>
    /// <returns>Null at the end: Ctrl-C, Ctrl-D, or the end of a file.</returns>
    string? Read(string prompt, Func<string, IReadOnlyList<string>> complete);
}

/// <summary>Lines of a file or a pipe.</summary>
internal sealed class ReaderLines(TextReader reader) : ILineSource
{
    public bool IsTyped => false;

    public string? Read(string prompt, Func<string, IReadOnlyList<string>> complete) => reader.ReadLine();
}

/// <summary>Lines typed on the terminal of the process.</summary>
internal sealed class ConsoleLines : ILineSource
{
    private readonly History _history = new();

    public bool IsTyped => true;

    public string? Read(string prompt, Func<string, IReadOnlyList<string>> complete)
    {
        var line = new LineEditor(_history, complete);
        Console.TreatControlCAsInput = true; // while a line is typed Ctrl-C is a key; while a command runs it is a signal
        try
        {
            Show(prompt, line);
            while (true)
            {
                var step = line.Press(Console.ReadKey(intercept: true));
                if (step == LineStep.List)
                {
                    Console.WriteLine();
                    Console.WriteLine(string.Join("  ", line.Candidates));
                }

                Show(prompt, line);
                if (step is not (LineStep.Entered or LineStep.Left)) continue;
                Console.WriteLine();
                return step == LineStep.Entered ? line.Text : null;
            }
        }
        finally
        {
            Console.TreatControlCAsInput = false;
        }
    }

    /// <summary>Redraws the line; one that is longer than the screen is shown around the cursor.</summary>
    private static void Show(string prompt, LineEditor line)
    {
        var room = Math.Max(8, Width() - prompt.Length - 1);
        var from = Math.Max(0, line.Cursor - room + 1);
        var shown = line.Text.Substring(from, Math.Min(room, line.Text.Length - from));
        Console.Write($"\r{prompt}{shown}\e[K\r\e[{prompt.Length + line.Cursor - from}C");
    }

    private static int Width()
    {
        try
        {
            return Console.WindowWidth;
        }
        catch (IOException)
        {
            return 80; // a terminal that does not say
        }
    }
}
