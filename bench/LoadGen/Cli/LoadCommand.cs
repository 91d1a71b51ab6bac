using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.Json;
using Spectre.Console;

namespace CubeActors.LoadGen;

/// <summary>The command line: measure jobs, or compare two measured runs.</summary>
internal sealed class LoadCommand
{
    private const int Success = 0, Failed = 1, Interrupted = 130; // 130: 128 + SIGINT, as shells report it
    private const int FindTries = 60;
    private static readonly TimeSpan FindPause = TimeSpan.FromSeconds(1);
    private const int RedirectedColumns = 200; // a table that is not on a terminal must not be folded

    private const string Teaching = """
        Drives CubeFS data nodes (CubeActors or others) over their own protocol, checks every reply down to the bytes,
        and measures throughput, latency, and what the servers spend.

        Appends go to the chain leader of a partition, 128 KiB each, several in flight, along extents of 128 MiB.
        Reads (opcode 0x06) go to any replica, after their data has been written; leader-read (0x05) and overwrite (0x0F)
        go to the raft leader, which is found by asking the replicas. Overwrites go through raft, one in flight on each
        connection; at the end a sample of them is compared on every replica. What was created is deleted at the end.

        Examples ("loadgen" stands for: dotnet run -c Release --project bench/LoadGen --):

          What does a node do at all? All jobs with 1, 8 and 64 connections:
            loadgen append read randread --master 127.0.0.1:17010 --volume bench

          One partition without a master, ten seconds each, and what three server processes spend on it:
            loadgen append --partition 21 --hosts 127.0.0.11:17310,127.0.0.12:17310,127.0.0.13:17310 --connections 1 --pid 4711,4712,4713

          Ours against another node, from the same jobs:
            loadgen append randread --master 127.0.0.1:17010 --volume bench --label go --json go.json
            loadgen append randread --master 127.0.0.1:17010 --volume bench --label ours --json ours.json
            loadgen --compare go.json ours.json

          One replica alone, large random reads:
            loadgen randread --block 65536 --master 127.0.0.1:17010 --volume bench --host 127.0.0.12:17310

          Random overwrites of one extent, and of eight extents spread over partitions:
            loadgen overwrite --files 1 --master 127.0.0.1:17010 --volume bench
            loadgen overwrite --files 8 --connections 8,64 --master 127.0.0.1:17010 --volume bench

          Appends without and with the full repair of one of three nodes, which this program starts itself (the others and the master run, with
          cubeactors.repair { first-cycle = 1 s, cycle-period = 3 s } on all of them):
            loadgen append --connections 8 --master 127.0.0.1:17010 --volume bench --during-repair node3/datanode.json --node "cubeactors node --config node3/datanode.json"

        Exit code 0: measured, every reply was right. 1: wrong or missing replies, left-over extents, or nothing to
        measure. 130: ended by Ctrl-C, which still prints what was measured and deletes what was created; a second
        Ctrl-C ends at once.
        """;

    private readonly TargetOptions _targets = new();
    private readonly JobOptions _jobs = new();
    private readonly RepairOptions _repair = new();
    private readonly Option<FileInfo?> _json = new("--json") { Description = "Writes the result to this file as well.", HelpName = "file" };
    private readonly Option<string> _label = new("--label")
    {
        Description = "Names the run in comparisons.",
        HelpName = "name",
        DefaultValueFactory = _ => "run",
    };
    private readonly Option<FileInfo[]> _compare = new("--compare")
    {
        Description = "Prints the ratios of two results written by --json, second to first, and runs nothing.",
        HelpName = "a.json b.json",
        Arity = new ArgumentArity(2, 2),
        AllowMultipleArgumentsPerToken = true,
    };

    public RootCommand Build()
    {
        var root = new RootCommand(Teaching);
        _jobs.AddTo(root);
        _targets.AddTo(root);
        _repair.AddTo(root);
        foreach (var option in new Option[] { _json, _label, _compare }) root.Add(option);
        root.SetAction(RunAsync);
        return root;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        try
        {
            return parsed.GetValue(_compare) is { Length: 2 } files ? Compare(files) : await MeasureAsync(parsed, cancel);
        }
        catch (Exception e) when (e is UsageFault or NodeFault or IOException or UnauthorizedAccessException)
        {
            Say(e.Message);
            return Failed;
        }
    }

    private static int Compare(FileInfo[] files)
    {
        RunReport[] runs = [.. files.Select(Load)];
        if (Comparison.Print(Output(), runs[0], runs[1])) return Success;
        Say("The two results have no job in common: same job, connections, in flight and block.");
        return Failed;

        static RunReport Load(FileInfo file)
        {
            try
            {
                return RunReport.Load(file.FullName);
            }
            catch (JsonException e)
            {
                throw new UsageFault($"{file} is not a result of this program: {e.Message}");
            }
        }
    }

    private async Task<int> MeasureAsync(ParseResult parsed, CancellationToken cancel)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, StopOnce);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, StopOnce);
        var settings = _jobs.Read(parsed, _targets.HostOf(parsed));
        if (_repair.Read(parsed) is { } repair) return MeasureRepair(parsed, repair, settings, stopping.Token);
        var targets = await _targets.FindAsync(parsed, stopping.Token);
        foreach (var target in targets) Say($"partition {target}");
        var startedAt = TimeProvider.System.GetUtcNow();
        var (jobs, cleanupFailed) = new JobRunner(settings, targets, Say).RunAll(stopping.Token);
        var report = new RunReport(parsed.GetValue(_label)!, startedAt,
            new MachineReport(Environment.ProcessorCount, RuntimeInformation.OSDescription, RuntimeInformation.FrameworkDescription),
            [.. targets.Select(target => target.ToString())], jobs);
        ReportTables.Print(Output(), report);
        if (parsed.GetValue(_json) is { } file) report.Save(file.FullName);
        if (cleanupFailed || jobs.Any(job => job.Errors > 0)) return Failed;
        return stopping.IsCancellationRequested ? Interrupted : Success;

        void StopOnce(PosixSignalContext context)
        {
            if (stopping.IsCancellationRequested) return; // the second one ends the process, as it would without us
            context.Cancel = true;
            stopping.Cancel();
        }
    }

    private int MeasureRepair(ParseResult parsed, RepairSettings repair, LoadSettings settings, CancellationToken cancel)
    {
        try
        {
            var (report, cleanupFailed) = new RepairRun(repair, settings, FindTargets, Say).Run(cancel);
            report.Print(Output());
            if (parsed.GetValue(_json) is { } file) File.WriteAllText(file.FullName, JsonSerializer.Serialize(report, RunReportJson.Default.RepairReport) + Environment.NewLine);
            return cleanupFailed || report.Rounds.Any(round => round.Without.Concat(round.During).Any(job => job.Errors > 0)) ? Failed : Success;
        }
        catch (OperationCanceledException)
        {
            return Interrupted;
        }

        // The volume has no writable partition before all its nodes have reported.
        IReadOnlyList<PartitionTarget> FindTargets(CancellationToken stop)
        {
            for (var tries = 0; ; tries++)
            {
                try
                {
                    return _targets.FindAsync(parsed, stop).GetAwaiter().GetResult();
                }
                catch (UsageFault) when (tries < FindTries)
                {
                    stop.WaitHandle.WaitOne(FindPause);
                    stop.ThrowIfCancellationRequested();
                }
            }
        }
    }

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
