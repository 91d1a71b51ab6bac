using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Spectre.Console;

namespace CubeActors.Decommission;

/// <summary>The command line.</summary>
internal sealed class DecommissionCommand
{
    private const int Success = 0, Failed = 1, Violated = 2, Interrupted = 130; // 130: 128 + SIGINT, as shells report it
    private const int RedirectedColumns = 200; // a table that is not on a terminal must not be folded

    private const string Teaching = """
        Moves replicas from node to node, again and again, while clients write and delete and nodes are killed: what CubeFS issue 3337 reports, at scale.

        It starts one data node more than there are replicas, each a process of its own on a loopback address of its own, and plays their master. In each
        round the replicas of one node are decommissioned to the free one with the tasks of a master of CubeFS (0x67, 0x60, 0x68, 0x61, 0x69, 0x8C), in the
        order for three replicas (remove first) or for fewer (add first). One process is killed with SIGKILL at a random moment and started again. Appends,
        small objects, and deletes (0x02 and 0x75, repeated as a metanode repeats them) go on all the time. Then writing pauses, and all replicas must

          - come to equal files, byte by byte, with every acknowledged byte as it was written, in the files and by 0x06;
          - hold nothing that was deleted;
          - have applied the raft log equally far, name the master's peers, report a status above 0 and exactly one leader;
          - be done with all of it within --limit.

        Examples ("decommission" stands for: dotnet run -c Release --project bench/Decommission --):

          Fifty rounds:                                 decommission
          Ten rounds with two kills each:               decommission --rounds 10 --kills 2 --seed 7
          Partitions with a single replica:             decommission --replicas 1
          At CubeFS's own pace (minutes a round):       decommission --rounds 3 --pace real --limit 1200

        Exit code 0: nothing happened that must not. 1: the trial could not be run. 2: a violation, which is described; the nodes' disks and logs are kept.
        130: ended by Ctrl-C.
        """;

    private readonly Option<int> _rounds = Number("--rounds", "Rounds.", 50);
    private readonly Option<int> _replicas = Number("--replicas", "Replicas of each partition, 1 to 3.", 3);
    private readonly Option<int> _partitions = Number("--partitions", "Partitions. All their replicas on a node are moved at the same time.", 2);
    private readonly Option<MoveOrder> _order = new("--order") { Description = "Which comes first. Below three replicas it is always the addition.", DefaultValueFactory = _ => MoveOrder.Alternate };
    private readonly Option<int> _rate = Number("--rate", "Operations a second on each partition.", 60);
    private readonly Option<int> _extents = Number("--extents", "Normal extents of a partition that live at a time, about.", 60);
    private readonly Option<double> _settle = new("--settle") { Description = "Seconds before each round in which clients work undisturbed.", HelpName = "s", DefaultValueFactory = _ => 3 };
    private readonly Option<int> _kills = Number("--kills", "Kills in each round, one after the other.", 1);
    private readonly Option<int> _seed = Number("--seed", "Chooses nodes, victims and operations.", 1);
    private readonly Option<double> _limit = new("--limit") { Description = "Seconds after which a round is stuck.", HelpName = "s", DefaultValueFactory = _ => 180 };
    private readonly Option<string> _pace = new("--pace") { Description = "quick: replicas are compared every second. real: as CubeFS does it, every two minutes.", HelpName = "quick|real", DefaultValueFactory = _ => "quick" };
    private readonly Option<string?> _node = new("--node") { Description = "The program under trial. Default: the node that was built with this one.", HelpName = "path" };
    private readonly Option<bool> _keep = new("--keep") { Description = "Keep the directory of the nodes in any case." };

    public RootCommand Build()
    {
        var root = new RootCommand(Teaching);
        foreach (var option in new Option[] { _rounds, _replicas, _partitions, _order, _rate, _extents, _settle, _kills, _seed, _limit, _pace, _node, _keep }) root.Add(option);
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
            var report = await Trial.RunAsync(Read(parsed), Say, stopping.Token);
            TrialTables.Print(Output(), report);
            return report.Violation is not null ? Violated : report.IsInterrupted ? Interrupted : Success;
        }
        catch (Exception e) when (e is UsageFaultException or IOException or UnauthorizedAccessException)
        {
            Say(e.Message);
            return Failed;
        }

        void StopOnce(PosixSignalContext context)
        {
            context.Cancel = true; // also the second one: the processes are ended by this one
            stopping.Cancel();
        }
    }

    // Not validators of the command: those run before the defaults are there.
    private TrialSettings Read(ParseResult parsed)
    {
        var pace = parsed.GetValue(_pace);
        if (pace is not ("quick" or "real")) throw new UsageFaultException($"--pace: '{pace}' is none; there are quick and real.");
        return new TrialSettings
        {
            Rounds = Within(_rounds, 1, 100_000),
            Replicas = Within(_replicas, 1, 3),
            Partitions = Within(_partitions, 1, 64),
            Order = parsed.GetValue(_order),
            Rate = Within(_rate, 1, 10_000),
            ExtentsMax = Within(_extents, 4, 5000),
            Settle = parsed.GetValue(_settle) is >= 0 and <= 3600 and var settle ? TimeSpan.FromSeconds(settle) : throw new UsageFaultException("--settle: not within 0 and 3600"),
            Kills = Within(_kills, 0, 100),
            Seed = parsed.GetValue(_seed),
            RoundLimit = parsed.GetValue(_limit) is >= 1 and <= 86400 and var limit ? TimeSpan.FromSeconds(limit) : throw new UsageFaultException("--limit: not within 1 and 86400"),
            IsQuick = pace == "quick",
            Node = parsed.GetValue(_node),
            KeepsDirectory = parsed.GetValue(_keep),
        };

        int Within(Option<int> option, int least, int most) =>
            parsed.GetValue(option) is var value && value >= least && value <= most ? value : throw new UsageFaultException($"{option.Name}: {value} is not within {least} and {most}.");
    }

    private static Option<int> Number(string name, string description, int defaultValue) => new(name) { Description = description, HelpName = "n", DefaultValueFactory = _ => defaultValue };

    // Progress goes to standard error, so that standard output holds the result alone.
    private static void Say(string text) => Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetLocalNow():HH:mm:ss} {text}"));

    private static IAnsiConsole Output()
    {
        if (!Console.IsOutputRedirected) return AnsiConsole.Console;
        var plain = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors });
        plain.Profile.Width = RedirectedColumns;
        return plain;
    }
}
