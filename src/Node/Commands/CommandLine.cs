using System.CommandLine;
using System.CommandLine.Invocation;

namespace CubeActors.Node;

/// <summary>The command line: parses, runs one command, and turns whatever came of it into an exit code and at most one line on stderr.</summary>
internal static class CommandLine
{
    /// <summary>The name of the executable, for examples.</summary>
    public const string Program = "CubeActors.Node";

    /// <summary>How this very program is called from another terminal.</summary>
    public static string Invocation =>
        Path.GetFileName(Environment.ProcessPath) == "dotnet" ? $"dotnet {Path.Combine(AppContext.BaseDirectory, $"{Program}.dll")}" : Environment.ProcessPath ?? Program;

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CommandContext context, CancellationToken stop)
    {
        var parsed = Build(context).Parse(arguments);
        if (parsed.Action is ParseErrorAction)
        {
            foreach (var error in parsed.Errors) await context.Error.WriteLineAsync(error.Message);
            await context.Error.WriteLineAsync($"Try: {Program} {CommandPath(parsed)}--help");
            return ExitCode.BadSettings;
        }

        var invocation = new InvocationConfiguration
        {
            Output = context.Out,
            Error = context.Error,
            EnableDefaultExceptionHandler = false, // failures become exit codes here
            ProcessTerminationTimeout = null,      // signals are handled by StopSignals
        };
        try
        {
            return await parsed.InvokeAsync(invocation, stop);
        }
        catch (Exception failure) when (stop.IsCancellationRequested && failure is OperationCanceledException)
        {
            await context.Error.WriteLineAsync("interrupted");
            return ExitCode.Interrupted;
        }
        catch (SettingsException failure)
        {
            await context.Error.WriteLineAsync(failure.Message);
            return ExitCode.BadSettings;
        }
        catch (Exception failure) when (IsExpected(failure))
        {
            await context.Error.WriteLineAsync(failure.Message.ReplaceLineEndings(" "));
            return ExitCode.Failed;
        }
        catch (Exception failure)
        {
            // A mistake of ours: all of it is needed to find it.
            await context.Error.WriteLineAsync($"unexpected failure, please report it: {failure}");
            return ExitCode.Failed;
        }
    }

    public static RootCommand Build(CommandContext context)
    {
        var root = new RootCommand(
            $"""
            CubeActors, a CubeFS data node with an embedded master.

            Begin with:
              {Program} quickstart                           a cluster in this process, a real file in and out, an explanation
              {Program} node --config datanode.json          one data node, on the configuration file of a CubeFS data node
              {Program} <command> --help                     what a command does, with examples

            Exit codes: 0 done, 1 tried without success, 2 the command line or the configuration is wrong, 130 interrupted.
            """);
        root.Add(NodeCommand.Build(context));
        root.Add(MasterCommand.Build(context));
        root.Add(QuickstartCommand.Build(context));
        root.Add(VolumeCommand.Build(context));
        root.Add(ObjectCommands.BuildPut(context));
        root.Add(ObjectCommands.BuildGet(context));
        root.Add(ObjectCommands.BuildList(context));
        root.Add(ObjectCommands.BuildRemove(context));
        return root;
    }

    /// <summary>Failures of the world whose message says it all; those of masters and data nodes are IOExceptions.</summary>
    private static bool IsExpected(Exception failure) => failure is CommandException or IOException or UnauthorizedAccessException;

    private static string CommandPath(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (System.CommandLine.Parsing.SymbolResult? at = parsed.CommandResult; at is System.CommandLine.Parsing.CommandResult command; at = at.Parent)
            if (command.Command is not RootCommand) names.Push(command.Command.Name);
        return names.Count == 0 ? "" : string.Join(' ', names) + " ";
    }
}

/// <summary>A command did not succeed. The message is one sentence for its user.</summary>
internal sealed class CommandException(string message, Exception? cause = null) : Exception(message, cause);
