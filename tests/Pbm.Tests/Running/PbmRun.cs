using Spectre.Console;

namespace CubeActors.Pbm.Tests;

/// <summary>Runs command lines against a canned node, and keeps what they say.</summary>
internal sealed class PbmRun(CannedNode node)
{
    public const string Node = "127.0.0.11:17320";

    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    public string Out => _out.ToString().ReplaceLineEndings("\n");

    public string Error => _error.ToString().ReplaceLineEndings("\n");

    public string? Token { get; init; }

    public ILineSource? Lines { get; init; }

    /// <summary>Ends the command.</summary>
    public CancellationTokenSource Stop { get; } = new();

    /// <param name="line">From the palette on; words are split at spaces.</param>
    public Task<int> RunAsync(string line) => RunRawAsync([Node, .. line.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

    public Task<int> RunRawAsync(params IReadOnlyList<string> arguments) => PbmCommandLine.RunAsync(arguments, Context(), Stop.Token);

    public PbmContext Context()
    {
        var screen = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(_out),
        });
        screen.Profile.Width = 400;
        return new PbmContext(_out, _error, screen, _ => new Kept(node), new PromptTime(), Token) { Lines = Lines };
    }

    /// <summary>Outlives the client that disposes it: a prompt asks the same node again.</summary>
    private sealed class Kept(CannedNode node) : DelegatingHandler(node)
    {
        protected override void Dispose(bool disposing)
        {
        }
    }
}

/// <summary>A clock that stands at one moment. Waits of up to ten seconds are over at once, longer ones never.</summary>
internal sealed class PromptTime : TimeProvider
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public override DateTimeOffset GetUtcNow() => new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public override long GetTimestamp() => 0;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime >= TimeSpan.Zero && dueTime <= Patience) ThreadPool.QueueUserWorkItem(_ => callback(state));
        return new Never();
    }

    private sealed class Never : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
