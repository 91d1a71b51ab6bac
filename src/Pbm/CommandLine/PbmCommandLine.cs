using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace CubeActors.Pbm;

/// <summary>The command line: parses, runs one command or the prompt, and turns whatever came of it into an exit code and at most one line on stderr.</summary>
internal static class PbmCommandLine
{
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, PbmContext context, CancellationToken stop)
    {
        var options = new GlobalOptions();
        var parsed = Build(context, options).Parse(arguments);
        if (parsed.Errors.Count > 0 && parsed.Action is ParseErrorAction) return await RefuseAsync(parsed, context);
        var invocation = new InvocationConfiguration
        {
            Output = context.Out,
            Error = context.Error,
            EnableDefaultExceptionHandler = false, // failures become exit codes here
            ProcessTerminationTimeout = null,      // signals are handled by Program
        };
        try
        {
            return await parsed.InvokeAsync(invocation, stop);
        }
        catch (PbmException failure)
        {
            await context.Error.WriteLineAsync(failure.Message);
            return failure.Code;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await context.Error.WriteLineAsync("interrupted");
            return ExitCode.Interrupted;
        }
        catch (IOException failure)
        {
            await context.Error.WriteLineAsync(failure.Message.ReplaceLineEndings(" ")); // of a file that was to be written, or of an output that was closed
            return ExitCode.Refused;
        }
    }

    public static RootCommand Build(PbmContext context, GlobalOptions options)
    {
        var root = new RootCommand(
            $"""
            Looks into a running CubeActors data node, and gives it orders.

              pbm 127.0.0.11:17320                            a prompt, with Tab for what may follow
              pbm 127.0.0.11:17320 node phase                 is it ready, and what does it wait for
              pbm 127.0.0.11:17320 partition list --watch     again every two seconds
              pbm 127.0.0.11:17320 raft list --json           for scripts
              pbm actor tree --help                           what a command does, with examples

            Exit codes: {string.Join(", ", ExitCode.All.Select(code => $"{code.Code} {code.Meaning.Split(['(', ';', ','])[0].Trim()}"))}.
            """);
        root.Add(options.Node);
        foreach (var option in options.All) root.Add(option);
        root.Add(NodePalette.Build(context, options));
        root.Add(ActorPalette.Build(context, options));
        root.Add(PartitionPalette.Build(context, options));
        root.Add(RaftPalette.Build(context, options));
        root.Add(OperationPalettes.BuildRepair(context, options));
        root.Add(OperationPalettes.BuildOperation(context, options));
        root.Add(DiskPalette.Build(context, options));
        root.Add(ClusterPalette.Build(context, options));
        root.Add(LogPalette.Build(context, options));
        root.SetAction((parsed, stop) => StartAsync(parsed, context, options, stop));
        return root;
    }

    /// <summary>No palette: with a node a prompt, without one a hint.</summary>
    private static async Task<int> StartAsync(ParseResult parsed, PbmContext context, GlobalOptions options, CancellationToken stop)
    {
        using (var node = options.Open(parsed, context))
        {
            if (context.Lines is not { } lines) throw new PbmException(ExitCode.Usage, "there is no terminal for a prompt; say what to do: pbm <host:port> <palette> <command>");
            return await new PromptLoop(context, lines, parsed, options).RunAsync(node.Name, stop);
        }
    }

    private static async Task<int> RefuseAsync(ParseResult parsed, PbmContext context)
    {
        var command = parsed.CommandResult.Command;
        var visible = command.Subcommands.Where(sub => !sub.Hidden).Select(sub => sub.Name).ToList();
        if (visible.Count > 0 && parsed.UnmatchedTokens is [var word, ..] && !word.StartsWith('-'))
        {
            var what = command is RootCommand ? "palette" : "command";
            var nearest = Nearest.Find(word, visible);
            await context.Error.WriteLineAsync(
                $"there is no {what} \"{word}\"{(command is RootCommand ? "" : $" in {command.Name}")}{(nearest is null ? "" : $"; did you mean {nearest}?")} {(command is RootCommand ? "Palettes" : "Commands")}: {string.Join(", ", visible)}");
        }
        else if (visible.Count > 0 && parsed.UnmatchedTokens.Count == 0 && command is not RootCommand && command.Action is null)
        {
            await context.Error.WriteLineAsync($"{command.Name} needs a command: {string.Join(", ", visible)}");
        }
        else if (parsed.UnmatchedTokens is [['-', ..] option, ..])
        {
            var nearest = Nearest.Find(option, Options(parsed.CommandResult));
            await context.Error.WriteLineAsync($"there is no option {option}{(nearest is null ? "" : $"; did you mean {nearest}?")}");
        }
        else
        {
            foreach (var error in parsed.Errors) await context.Error.WriteLineAsync(error.Message);
        }

        await context.Error.WriteLineAsync($"Try: pbm {Path(parsed.CommandResult)}--help");
        return ExitCode.Usage;
    }

    /// <summary>The names of all options that a command takes.</summary>
    internal static IEnumerable<string> Options(CommandResult at)
    {
        for (SymbolResult? result = at; result is not null; result = result.Parent)
        {
            if (result is not CommandResult command) continue;
            foreach (var option in command.Command.Options)
                if (!option.Hidden && (ReferenceEquals(result, at) || option.Recursive)) yield return option.Name;
        }
    }

    private static string Path(CommandResult at)
    {
        var names = new Stack<string>();
        for (SymbolResult? result = at; result is not null; result = result.Parent)
            if (result is CommandResult { Command: not RootCommand } command) names.Push(command.Command.Name);
        return names.Count == 0 ? "" : string.Join(' ', names) + " ";
    }
}
