using CubeActors.Runtime;
using CubeActors.Runtime.Files;
using Serilog.Core;
using Serilog.Events;
using Spectre.Console;

namespace CubeActors.Node;

/// <summary>What commands see of the process and its machine. Tests run the same commands on captured output.</summary>
/// <param name="Out">Results.</param>
/// <param name="Error">Failures, one line each.</param>
/// <param name="Screen">Tables and progress; writes to <paramref name="Out"/>.</param>
/// <param name="OpenLog">Opens the log of a long-running command.</param>
internal sealed record CommandContext(
    TextWriter Out, TextWriter Error, IAnsiConsole Screen, Func<LogEventLevel, Logger> OpenLog, INetwork Network, IFileSystem Files, TimeProvider Time)
{
    public static CommandContext OfProcess() => new(
        Console.Out, Console.Error, AnsiConsole.Console, ConsoleLog.Open, new TcpNetwork(), new LinuxFileSystem(), TimeProvider.System)
    {
        IsErrorWatched = !Console.IsErrorRedirected,
        Service = ServiceEnvironment.TakeOfProcess(),
    };

    /// <summary>Ports of a node that were bound before the command line was looked at.</summary>
    public EarlyPorts? EarlyPorts { get; init; }

    /// <summary>What the supervisor of the process wants to be told.</summary>
    public ServiceEnvironment Service { get; init; } = ServiceEnvironment.None;

    /// <summary>Stderr is a terminal: a line there may be written over.</summary>
    public bool IsErrorWatched { get; init; }

    /// <summary>Somebody watches: bars may move. Else each fact is a line of its own.</summary>
    public bool IsWatched => Screen.Profile.Capabilities.Interactive && !Console.IsOutputRedirected;
}
