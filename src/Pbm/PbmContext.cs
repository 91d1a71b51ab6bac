using Spectre.Console;

namespace CubeActors.Pbm;

/// <summary>What commands see of the process and its machine. Tests run the same commands on captured output and canned answers.</summary>
/// <param name="Out">Results.</param>
/// <param name="Error">Failures, one line each.</param>
/// <param name="Screen">Tables; writes to <paramref name="Out"/>.</param>
/// <param name="Handler">Makes what takes requests to nodes; disposed by whoever asked for it.</param>
/// <param name="Token">Of the environment; null where there is none.</param>
internal sealed record PbmContext(TextWriter Out, TextWriter Error, IAnsiConsole Screen, Func<Trust, HttpMessageHandler> Handler, TimeProvider Time, string? Token)
{
    /// <summary>The variable of the environment that holds a token.</summary>
    public const string TokenVariable = "CUBEACTORS_TOKEN";

    /// <summary>Wide enough for every table, where nobody looks at it on a terminal: a line is a row.</summary>
    private const int WidthOfFiles = 1000;

    /// <summary>Somebody watches on a terminal: the screen may be cleared.</summary>
    public bool IsWatched { get; init; }

    /// <summary>Where Ctrl-C goes; null where nobody presses it.</summary>
    public Interrupts? Interrupts { get; init; }

    /// <summary>Where lines of a prompt come from; null where there is no prompt.</summary>
    public ILineSource? Lines { get; init; }

    public static PbmContext OfProcess()
    {
        var isRedirected = Console.IsOutputRedirected;
        // Not left to what the library finds in the environment: a file and a pipe get text and nothing else.
        var screen = isRedirected
            ? AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(Console.Out) })
            : AnsiConsole.Console;
        var isWatched = !isRedirected && screen.Profile.Capabilities.Ansi;
        if (isRedirected) screen.Profile.Width = WidthOfFiles;
        return new PbmContext(
            Console.Out, Console.Error, screen, static trust => new SocketsHttpHandler { ConnectTimeout = NodeClient.ConnectLimit, UseProxy = false, AllowAutoRedirect = false, SslOptions = trust.ToOptions() }, TimeProvider.System,
            Environment.GetEnvironmentVariable(TokenVariable) is { Length: > 0 } token ? token : null)
        {
            IsWatched = isWatched,
            Lines = Console.IsInputRedirected ? new ReaderLines(Console.In) : new ConsoleLines(),
        };
    }
}
