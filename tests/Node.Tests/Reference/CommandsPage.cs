using System.CommandLine;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;
using Serilog;
using Spectre.Console;

namespace CubeActors.Node.Tests;

/// <summary>docs/reference/commands.md, of the tree of commands: what --help says, on one page.</summary>
internal static class CommandsPage
{
    public static string Write()
    {
        var page = new ReferencePage("Commands of the program", "the commands in `src/Node/Commands`")
            .Line($"`{CommandLine.Program}` is the data node, the embedded master and a small client in one program. [pbm.md](pbm.md) has the commands that look into a running node.")
            .Line()
            .Line("| Exit code | Means |").Line("|---|---|")
            .Line($"| {ExitCode.Success} | done |")
            .Line($"| {ExitCode.Failed} | tried without success; one line on stderr says why |")
            .Line($"| {ExitCode.BadSettings} | the command line or the configuration is wrong, or a disk or port that it names cannot be used; nothing was changed |")
            .Line($"| {ExitCode.Interrupted} | interrupted before the work was done |")
            .Line()
            .Line("The first Ctrl-C or SIGTERM stops cleanly, the second ends the process at once.")
            .Line();
        foreach (var command in CommandLine.Build(Context()).Subcommands.Where(command => !command.Hidden)) Describe(page, "", command);
        return page.ToString();
    }

    private static void Describe(ReferencePage page, string above, Command command)
    {
        var name = above.Length == 0 ? command.Name : $"{above} {command.Name}";
        var usage = string.Concat(command.Arguments.Select(argument => $" <{argument.Name}>").Concat(command.Options.Where(option => option.Required).Select(option => $" {option.Name} <{option.HelpName}>")));
        var isRunnable = command.Action is not null;
        page.Line($"## {name}").Line();
        if (isRunnable) page.Line("```").Line($"{CommandLine.Program} {name}{usage}{(command.Options.Any(option => !option.Required) ? " [options]" : "")}").Line("```").Line();
        page.Line("```text").Line(command.Description ?? "").Line("```").Line();
        var rows = command.Arguments.Select(IReadOnlyList<string> (argument) => [$"`<{argument.Name}>`", argument.HasDefaultValue ? $"`{argument.GetDefaultValue()}`" : "needed", argument.Description ?? ""])
            .Concat(command.Options.Where(option => !option.Hidden && option.Name is not ("--help" or "--version")).Select(Row)).ToList();
        if (rows.Count > 0) page.Table(["Argument or option", "Default", "Is"], rows);
        foreach (var inner in command.Subcommands.Where(inner => !inner.Hidden)) Describe(page, name, inner);
    }

    private static IReadOnlyList<string> Row(Option option) =>
    [
        $"{string.Join(", ", option.Aliases.Prepend(option.Name).Distinct().Select(alias => $"`{alias}`"))}{(option.HelpName is { } value ? $" `<{value}>`" : "")}",
        option.Required ? "needed" : option.HasDefaultValue && option.GetDefaultValue() is { } usual and not false ? $"`{usual}`" : "",
        option.Description ?? "",
    ];

    private static CommandContext Context() => new(
        TextWriter.Null, TextWriter.Null, AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(TextWriter.Null) }),
        level => new LoggerConfiguration().MinimumLevel.Is(level).CreateLogger(), new TcpNetwork(), new LinuxFileSystem(), TimeProvider.System);
}
