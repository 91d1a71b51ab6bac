using CubeActors.Runtime;
using CubeActors.Runtime.Files;
using Serilog;
using Spectre.Console;

namespace CubeActors.Node.Tests;

/// <summary>What one run of the command line gave.</summary>
internal sealed record CapturedRun(int ExitCode, string Out, string Error)
{
    public string[] ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>No command of these tests takes so long: one that starts a node instead of refusing must not hang the run.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static async Task<CapturedRun> OfAsync(params string[] arguments)
    {
        using var limit = new CancellationTokenSource(Limit);
        return await OfAsync(arguments, limit.Token);
    }

    /// <param name="time">What the command waits by; the machine's by default.</param>
    public static async Task<CapturedRun> OfAsync(string[] arguments, CancellationToken stop, TimeProvider? time = null)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var screen = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(output) });
        var context = new CommandContext(
            output, error, screen, level => new LoggerConfiguration().MinimumLevel.Is(level).CreateLogger(), new TcpNetwork(), new LinuxFileSystem(), time ?? TimeProvider.System);
        var exitCode = await CommandLine.RunAsync(arguments, context, stop);
        return new CapturedRun(exitCode, output.ToString(), error.ToString());
    }
}
