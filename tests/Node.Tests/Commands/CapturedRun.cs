using CubeActors.Runtime;
using CubeActors.Runtime.Files;
using Serilog;
using Spectre.Console;

namespace CubeActors.Node.Tests;

/// <summary>What one run of the command line gave.</summary>
internal sealed record CapturedRun(int ExitCode, string Out, string Error)
{
    public string[] ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public static Task<CapturedRun> OfAsync(params string[] arguments) => OfAsync(arguments, CancellationToken.None);

    public static async Task<CapturedRun> OfAsync(string[] arguments, CancellationToken stop)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var screen = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(output) });
        var context = new CommandContext(
            output, error, screen, level => new LoggerConfiguration().MinimumLevel.Is(level).CreateLogger(), new TcpNetwork(), new LinuxFileSystem(), TimeProvider.System);
        var exitCode = await CommandLine.RunAsync(arguments, context, stop);
        return new CapturedRun(exitCode, output.ToString(), error.ToString());
    }
}
