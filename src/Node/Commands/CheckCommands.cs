using System.CommandLine;
using CubeActors.Runtime.Files;

namespace CubeActors.Node;

/// <summary><c>node check</c> and <c>node handback-check</c>: look, judge, change nothing.</summary>
internal static class CheckCommands
{
    private const string Reads =
        """
        It opens nothing for writing and takes no lock: it may run beside a node. What a running node has open is looked at less closely.

        Exit codes: 0 no problem (there may be warnings), 1 problems, 2 the command line or the configuration is wrong, 130 interrupted.
        """;

    public static Command BuildCheck(CommandContext context)
    {
        var (config, overlay, json, verbose) = (ConfigOption(), OverlayOption(), JsonOption(), VerboseOption());
        var offline = new Option<bool>("--offline") { Description = "Ask no master: its view of this node, and what the start would rename, is left out." };
        var command = new Command("check",
            $"""
            Looks whether this node would start, and what its start would do, before it is started.

            Looked at: the keys of datanode.json; the masters' names and answers, and what they know of this node; each disk (mount, file system,
            space, permissions, who uses it); each partition (META, APPLY, raft log, extents); partitions that lie on two disks; directories that the start would
            rename (expired_, backup_); ports and who has them; the ports of the first start (constcfg) and CLUSTER-VERSION; the limit of open files;
            a CubeFS node that still runs on these disks.

            {Reads}

            Examples:
              {CommandLine.Program} node check --config datanode.json
              {CommandLine.Program} node check --config datanode.json --offline --json | jq '.findings[] | select(.severity == "problem")'
            """)
        {
            config, overlay, offline, json, verbose,
        };
        command.SetAction((parsed, stop) => RunAsync(
            context, parsed.GetRequiredValue(config), parsed.GetValue(overlay), parsed.GetValue(json), parsed.GetValue(verbose),
            (preflight, settings) => preflight.CheckAsync(settings, parsed.GetValue(offline), stop)));
        return command;
    }

    public static Command BuildHandbackCheck(CommandContext context)
    {
        var (config, overlay, json, verbose) = (ConfigOption(), OverlayOption(), JsonOption(), VerboseOption());
        var command = new Command("handback-check",
            $"""
            Looks whether a CubeFS data node may take this node's disks back. Stop this node with SIGTERM first.

            Looked at: whether this node still runs, and how it was stopped; raft logs by the rules of CubeFS (index of each file, truncation point, mark of a loss);
            APPLY and META against the log; keys of META that CubeFS does not know; temporaries and lists of extents (READDIR_HINT_V2) that would mislead it;
            names it would stumble over; directories that this node was deleting. Files of this node that CubeFS ignores are named as notes.

            {Reads}

            Examples:
              {CommandLine.Program} node handback-check --config datanode.json && systemctl start cfs-datanode
              {CommandLine.Program} node handback-check --config datanode.json --json
            """)
        {
            config, overlay, json, verbose,
        };
        command.SetAction((parsed, stop) => RunAsync(
            context, parsed.GetRequiredValue(config), parsed.GetValue(overlay), parsed.GetValue(json), parsed.GetValue(verbose),
            (preflight, settings) => preflight.CheckHandbackAsync(settings, stop)));
        return command;
    }

    private static async Task<int> RunAsync(
        CommandContext context, string config, string? overlay, bool json, bool verbose, Func<Preflight, NodeSettings, Task<PreflightReport>> check)
    {
        var settings = NodeSettingsReader.Read(config, overlay);
        PreflightReport report;
        using (var line = new ProgressLine(context.Error, context.IsErrorWatched, context.Time))
            report = await check(new Preflight(LinuxFileSystem.ReadOnly, context.Network, context.Time, MachineSurvey.Run, line.Show), settings);
        if (json) await context.Out.WriteLineAsync(report.ToJson());
        else await context.Out.WriteAsync(report.ToText(verbose));
        return report.HasProblem ? ExitCode.Failed : ExitCode.Success;
    }

    private static Option<string> ConfigOption() => new("--config", "-c") { Description = "The node's datanode.json.", HelpName = "datanode.json", Required = true };

    private static Option<string?> OverlayOption() => new("--conf") { Description = "The HOCON file that the node is started with, if there is one.", HelpName = "file.conf" };

    private static Option<bool> JsonOption() => new("--json") { Description = "One JSON object with all findings, for scripts." };

    private static Option<bool> VerboseOption() => new("--verbose") { Description = "All findings, also those that many partitions have alike." };
}
