using System.CommandLine;
using Serilog.Events;

namespace CubeActors.Node;

/// <summary><c>quickstart</c>: a whole cluster in this process, tried with a real file.</summary>
internal static class QuickstartCommand
{
    public static Command Build(CommandContext context)
    {
        var file = new Option<string?>("--file") { Description = "The file to store. Without it one of 256 MiB is made of the files of .NET and of this program.", HelpName = "file" };
        var keep = new Option<bool>("--keep") { Description = "Leave the cluster running afterwards, until Ctrl-C, and say what to try next." };
        var data = new Option<string?>("--data")
        {
            Description = "An empty directory for everything, which stays. Without it a temporary one is used and removed.",
            HelpName = "directory",
        };
        var verbose = new Option<bool>("--verbose") { Description = "Show what master and nodes log." };
        var command = new Command("quickstart",
            $"""
            Starts an embedded master and three data nodes in this process, on 127.0.0.1 and 127.0.0.11 to 127.0.0.13, stores a real file
            three times, reads it back from each replica, compares SHA-256, removes it and shows that the space came back.

            Examples:
              {CommandLine.Program} quickstart
              {CommandLine.Program} quickstart --file ~/Videos/holiday.mkv
              {CommandLine.Program} quickstart --keep --data /tmp/trial
            """)
        {
            file, keep, data, verbose,
        };
        command.SetAction(async (parsed, stop) =>
        {
            var options = new QuickstartOptions(
                parsed.GetValue(file), parsed.GetValue(keep), parsed.GetValue(data), parsed.GetValue(verbose) ? LogEventLevel.Information : LogEventLevel.Warning);
            await new QuickstartRun(context, options).RunAsync(stop);
            return ExitCode.Success;
        });
        return command;
    }
}
