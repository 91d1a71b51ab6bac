using System.CommandLine;
using System.Net;
using Serilog.Events;

namespace CubeActors.Node;

/// <summary><c>master</c>: runs the embedded master until it is told to stop.</summary>
internal static class MasterCommand
{
    private const string DefaultCluster = "cubeactors";

    public static Command Build(CommandContext context)
    {
        var listen = new Option<string>("--listen")
        {
            Description = "Where data nodes and clients reach it. It asks nobody who they are: give it an address of a trusted network.",
            HelpName = "ip:port",
            DefaultValueFactory = _ => ClientCommands.DefaultMaster,
        };
        var data = new Option<string>("--data") { Description = "Directory of its state; created if it is missing.", HelpName = "directory", Required = true };
        var cluster = new Option<string>("--cluster-name")
        {
            Description = "Name of the cluster; a state directory belongs to one name for ever.",
            HelpName = "name",
            DefaultValueFactory = _ => DefaultCluster,
        };
        var overlay = new Option<string?>("--conf") { Description = "A HOCON file with tunables that differ from hocon/reference.conf.", HelpName = "file.conf" };
        var level = new Option<string>("--log-level")
        {
            Description = "debug, info, warn or error.",
            HelpName = "level",
            DefaultValueFactory = _ => "info",
        };
        level.AcceptOnlyFromAmong("debug", "info", "warn", "error");
        var command = new Command("master",
            $"""
            Runs the embedded master until Ctrl-C or SIGTERM: what data nodes and clients need of a CubeFS master, in one process, for
            trials and small installations. Its state survives a restart.

            Example:
              {CommandLine.Program} master --listen 127.0.0.1:17010 --data /data/master
            """)
        {
            listen, data, cluster, overlay, level,
        };
        command.SetAction((parsed, stop) => RunAsync(
            context, ParseEndPoint(parsed.GetRequiredValue(listen)), parsed.GetRequiredValue(data), parsed.GetRequiredValue(cluster), parsed.GetValue(overlay),
            ParseLevel(parsed.GetRequiredValue(level)), stop));
        return command;
    }

    private static async Task<int> RunAsync(
        CommandContext context, IPEndPoint listen, string data, string cluster, string? overlay, LogEventLevel level, CancellationToken stop)
    {
        var tunables = MasterSettingsReader.Read(overlay is null ? null : HoconFile.LoadOverlay(overlay));
        await using var log = context.OpenLog(level);
        Serilog.Log.Logger = log; // the master makes its own actor system, which finds its log here
        await using var master = await Masters.StartAsync(context, listen, data, cluster, tunables, level, stop);
        log.Information("The master of cluster {Cluster} answers on {EndPoint}; its state is in {Directory}", cluster, master.EndPoint, data);
        if (await Task.WhenAny(master.Failed, Waiting.UntilAsync(stop)) == master.Failed)
            throw new CommandException($"the master ended: {(await master.Failed).Message}");
        await master.StopAsync().WaitAsync(tunables.Process.StopDeadline, context.Time, CancellationToken.None);
        log.Information("The master has stopped");
        return ExitCode.Success;
    }

    private static IPEndPoint ParseEndPoint(string text) =>
        text.Contains(':', StringComparison.Ordinal) && IPEndPoint.TryParse(text, out var endPoint) && endPoint.Port != 0
            ? endPoint
            : throw new SettingsException($"--listen is \"{text}\"; accepted: ip:port, as in {ClientCommands.DefaultMaster}");

    private static LogEventLevel ParseLevel(string word) => word switch
    {
        "debug" => LogEventLevel.Debug,
        "info" => LogEventLevel.Information,
        "warn" => LogEventLevel.Warning,
        _ => LogEventLevel.Error,
    };
}
