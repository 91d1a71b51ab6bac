using System.CommandLine;

namespace CubeActors.Node;

/// <summary><c>node</c>: runs one data node until it is told to stop.</summary>
internal static class NodeCommand
{
    public static Command Build(CommandContext context)
    {
        var config = new Option<string>("--config", "-c")
        {
            Description = "The node's datanode.json, the same file that a CubeFS data node reads.",
            HelpName = "datanode.json",
            Required = true,
        };
        var overlay = new Option<string?>("--conf")
        {
            Description = "A HOCON file with tunables that differ from hocon/reference.conf.",
            HelpName = "file.conf",
        };
        var command = new Command("node",
            $$"""
            Runs one data node until Ctrl-C or SIGTERM; a second signal ends it at once.

            A small configuration:
              { "role": "datanode", "listen": "17310", "prof": "17320", "raftHeartbeat": "17330", "raftReplica": "17340",
                "raftDir": "/data/raft", "localIP": "127.0.0.11", "bindIp": true, "mediaType": 1, "logLevel": "info",
                "masterAddr": ["127.0.0.1:17010"], "disks": ["/data/disk1:5368709120"] }

            Examples:
              {{CommandLine.Program}} node --config datanode.json
              {{CommandLine.Program}} node --config datanode.json --conf small-disk.conf
            where small-disk.conf says: cubeactors.storage.reserve-floor = 1 GiB

            Before the first start on a disk, and before a CubeFS node takes it back:
              {{CommandLine.Program}} node check --config datanode.json
              {{CommandLine.Program}} node handback-check --config datanode.json

            Before maintenance, without ending it:
              {{CommandLine.Program}} node drain --config datanode.json --wait

            While it runs, http://<localIP>:<prof>/readyz?verbose says how far it is and what it waits for.
            """)
        {
            config, overlay, CheckCommands.BuildCheck(context), CheckCommands.BuildHandbackCheck(context), DrainCommand.Build(context),
        };
        command.SetAction((parsed, stop) => RunAsync(context, parsed.GetRequiredValue(config), parsed.GetValue(overlay), stop));
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, string config, string? overlay, CancellationToken stop)
    {
        var settings = NodeSettingsReader.Read(config, overlay);
        await using var log = NodeLog.Open(settings.Observation.LogFiles, settings.LogLevel, context.OpenLog, context.Time, settings.Observation.LogOutput);
        var services = new NodeServices(context.Network, context.Files, context.Time, log.Log)
        {
            Levels = log.Levels,
            Tally = log.Tally,
            Tail = log.Tail,
            Packets = log.Packets,
            EarlyPorts = context.EarlyPorts,
        };
        await using var host = await NodeHost.StartAsync(settings, services, stop);
        await using var supervisor = ServiceNotifier.Start(context.Service, host, settings.Process.ReadyWhenServing, context.Time, log.Log);
        var stopped = Waiting.UntilAsync(stop);
        var fatal = await Task.WhenAny(host.Fatal, stopped) == host.Fatal ? await host.Fatal : null;
        supervisor?.Stopping(fatal);
        var inTime = await host.StopAsync();
        if (fatal is not null) throw new SettingsException($"{config}: {fatal}");
        return inTime ? ExitCode.Success : ExitCode.Failed;
    }
}
