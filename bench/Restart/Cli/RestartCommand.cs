using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using CubeActors.LoadGen;
using CubeActors.Protocol;
using Spectre.Console;

namespace CubeActors.Restart;

/// <summary>The command line: measure restarts of a node, or fill its disks.</summary>
internal sealed class RestartCommand
{
    private const int Success = 0, Failed = 1, Interrupted = 130; // 130: 128 + SIGINT, as shells report it
    private const int RedirectedColumns = 240; // a table that is not on a terminal must not be folded
    private const double DaySeconds = 86400;

    private const string Teaching = """
        Starts a CubeFS data node (CubeActors or another), ends it and starts it again, and measures each start from outside: when its ports accept,
        when its partitions serve, how long connections were refused, and what clients saw. The command line of the node stands behind "--"; where it
        answers and what lies on its disks is read from its datanode.json.

        Examples ("restart" stands for: dotnet run -c Release --project bench/Restart --):

          Five restarts by SIGTERM and five by kill -9:
            restart --config datanode.json --repeat 5 --stop term,kill -- cubeactors node --config datanode.json

          The same node of a cluster under load; its other nodes run:
            restart --config datanode.json --master 127.0.0.1:17010 --volume bench --appenders 4 --overwriters 4 --readers 4 -- cubeactors node --config datanode.json

          Sockets that stay open while the node restarts, as systemd's socket units do it (needs a node that takes them, and bash):
            restart --handover --config datanode.json -- cubeactors node --config datanode.json

          A CubeFS node, in the foreground:
            restart --label go --json go.json --config datanode.json -- cfs-server -f -c datanode.json

          100 extents in each partition of a stopped node:
            restart fill --disk /data/disk1 --extents 100

        Exit code 0: every partition served after every restart. 1: not so, or nothing could be measured. 130: ended by Ctrl-C.
        """;

    private readonly Argument<string[]> _command = new("command") { Description = "The node's command line, behind --.", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<string?> _config = new("--config") { Description = "The node's datanode.json: ports and disks.", HelpName = "datanode.json" };
    private readonly Option<string?> _partitions = new("--partitions") { Description = "A file with the ids of the partitions to wait for, one a line. Default: those on the disks.", HelpName = "file" };
    private readonly Option<ProbeKind> _probe = new("--probe")
    {
        Description = "What is asked of a partition: size (0x16, its list of extents is complete) or read (0x06, a page of its largest extent).",
        DefaultValueFactory = _ => ProbeKind.Size,
    };
    private readonly Option<StopKind[]> _stops = new("--stop") { Description = "term, kill or both.", HelpName = "term,kill", CustomParser = ParseStops, DefaultValueFactory = _ => [StopKind.Term] };
    private readonly Option<int> _repeat = Number("--repeat", "Restarts of each kind.", 3);
    private readonly Option<double> _limit = Number("--limit", "Seconds after which a start or a stop is given up.", 120.0);
    private readonly Option<double> _settle = Number("--settle", "Seconds between two restarts.", 2.0);
    private readonly Option<bool> _handover = new("--handover") { Description = "This program listens on the node's ports and hands the sockets over (LISTEN_FDS)." };
    private readonly Option<bool> _dropCaches = new("--drop-caches") { Description = "Empty the page cache before each start. Needs root." };
    private readonly Option<string[]> _masters = new("--master") { Description = "Masters of the cluster, for the load.", HelpName = "host:port,...", CustomParser = CommaList.Parse };
    private readonly Option<string?> _volume = new("--volume") { Description = "Volume of the load.", HelpName = "name" };
    private readonly Option<int> _appenders = Number("--appenders", "Clients that append 128 KiB to files that stay open.", 0);
    private readonly Option<int> _overwriters = Number("--overwriters", "Clients that overwrite 4 KiB at random.", 0);
    private readonly Option<int> _readers = Number("--readers", "Clients that read 4 KiB at random.", 0);
    private readonly Option<double> _patience = Number("--patience", "Seconds that an append waits for a partition that takes it; 0 is what CubeFS's SDK does.", 60.0);
    private readonly Option<string> _label = new("--label") { Description = "Names the result.", HelpName = "name", DefaultValueFactory = _ => "run" };
    private readonly Option<FileInfo?> _json = new("--json") { Description = "Writes the result to this file as well.", HelpName = "file" };

    public RootCommand Build()
    {
        var root = new RootCommand(Teaching) { _command, FillCommand.Build() };
        foreach (var option in new Option[]
                 {
                     _config, _partitions, _probe, _stops, _repeat, _limit, _settle, _handover, _dropCaches, _masters, _volume, _appenders, _overwriters, _readers, _patience, _label, _json,
                 }) root.Add(option);
        root.SetAction(RunAsync);
        return root;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, StopOnce);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, StopOnce);
        try
        {
            var settings = Read(parsed);
            Say($"{settings.Partitions.Count} partitions at {settings.Plan.Data}");
            var report = await new RestartRunner(settings, Say).RunAsync(stopping.Token);
            RestartTables.Print(Output(), report);
            if (parsed.GetValue(_json) is { } file) report.Save(file.FullName);
            if (stopping.IsCancellationRequested) return Interrupted;
            return report.Runs.All(run => run.Served == report.Partitions) ? Success : Failed;
        }
        catch (Exception e) when (e is UsageFault or NodeFault or IOException or UnauthorizedAccessException)
        {
            Say(e.Message);
            return Failed;
        }

        void StopOnce(PosixSignalContext context)
        {
            if (stopping.IsCancellationRequested) return; // the second one ends this program, and the node with it
            context.Cancel = true;
            stopping.Cancel();
        }
    }

    // Not validators of the command: those run before the defaults are there.
    private RestartSettings Read(ParseResult parsed)
    {
        if (parsed.GetValue(_command) is not { Length: > 0 } command) throw new UsageFault("Say behind -- how the node is started. --help shows examples.");
        var plan = NodePlan.Load(parsed.GetValue(_config) ?? throw new UsageFault("--config: the node's datanode.json is needed."));
        var partitions = parsed.GetValue(_partitions) is { } file ? Named(file, plan) : plan.FindPartitions();
        if (partitions.Count == 0) throw new UsageFault($"There is no partition to wait for on {string.Join(", ", plan.Disks)}; create a volume first.");
        Within("--repeat", parsed.GetValue(_repeat), 1, 1000);
        Within("--limit", parsed.GetValue(_limit), 1, DaySeconds);
        Within("--settle", parsed.GetValue(_settle), 0, DaySeconds);
        Within("--patience", parsed.GetValue(_patience), 0, DaySeconds);
        var load = new LoadOptions(parsed.GetValue(_masters) ?? [], parsed.GetValue(_volume) ?? "", parsed.GetValue(_appenders), parsed.GetValue(_overwriters), parsed.GetValue(_readers),
            TimeSpan.FromSeconds(parsed.GetValue(_patience)));
        foreach (var clients in (int[])[load.Appenders, load.Overwriters, load.Readers]) Within("number of clients", clients, 0, 1024);
        if (!load.IsNone && (load.Masters.Length == 0 || load.Volume.Length == 0)) throw new UsageFault("A load needs --master and --volume.");
        return new RestartSettings(parsed.GetValue(_label)!, command, plan, partitions, parsed.GetValue(_probe), parsed.GetValue(_stops)!, parsed.GetValue(_repeat),
            TimeSpan.FromSeconds(parsed.GetValue(_limit)), TimeSpan.FromSeconds(parsed.GetValue(_settle)), parsed.GetValue(_handover), parsed.GetValue(_dropCaches), load);

        static void Within(string option, double value, double least, double most)
        {
            if (!(value >= least && value <= most)) throw new UsageFault($"{option}: {value} is not within {least} and {most}.");
        }
    }

    private static IReadOnlyList<KnownPartition> Named(string file, NodePlan plan)
    {
        var onDisk = plan.FindPartitions().ToDictionary(partition => partition.Id);
        var named = new List<KnownPartition>();
        foreach (var line in File.ReadLines(file).Select(line => line.Trim()).Where(line => line.Length > 0))
        {
            if (!ulong.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0) throw new UsageFault($"{file}: '{line}' is no id of a partition.");
            var id = new PartitionId(number);
            named.Add(onDisk.GetValueOrDefault(id) ?? new KnownPartition(id, null));
        }

        return named;
    }

    private static StopKind[] ParseStops(System.CommandLine.Parsing.ArgumentResult result)
    {
        var stops = new List<StopKind>();
        foreach (var text in CommaList.Parse(result))
        {
            if (text is "term") stops.Add(StopKind.Term);
            else if (text is "kill") stops.Add(StopKind.Kill);
            else result.AddError($"'{text}' is no way to stop a node; there are term and kill.");
        }

        return [.. stops];
    }

    private static Option<T> Number<T>(string name, string description, T defaultValue) =>
        new(name) { Description = description, HelpName = "n", DefaultValueFactory = _ => defaultValue };

    // Progress goes to standard error, so that standard output holds the result alone.
    private static void Say(string text) => Console.Error.WriteLine(text);

    private static IAnsiConsole Output()
    {
        if (!Console.IsOutputRedirected) return AnsiConsole.Console;
        var plain = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors });
        plain.Profile.Width = RedirectedColumns;
        return plain;
    }
}
