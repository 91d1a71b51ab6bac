using System.Diagnostics;
using CubeActors.LoadGen;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Decommission;

/// <summary>
/// Decommissions one replica after the other on real processes while clients write and delete and nodes are killed, and compares all replicas after each
/// round: what CubeFS issue 3337 reports, at scale.
/// </summary>
public sealed class Trial
{
    /// <summary>Of the processes and the first partitions. Nothing is tried yet: it is for machines that do much else.</summary>
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(3);

    /// <summary>Longer than a node takes for its own stop (process.stop-deadline, 30 s).</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(40);

    /// <summary>A guess for the first round; afterwards the one before tells how long a move takes.</summary>
    private static readonly TimeSpan FirstMove = TimeSpan.FromSeconds(6);

    private readonly TrialSettings _settings;
    private readonly TrialCluster _cluster;
    private readonly Action<string> _say;
    private readonly Random _random;
    private readonly List<RoundReport> _rounds = [];
    private TimeSpan _usual = FirstMove;

    private Trial(TrialSettings settings, TrialCluster cluster, Action<string> say) => (_settings, _cluster, _say, _random) = (settings, cluster, say, new Random(settings.Seed));

    /// <summary>Runs a whole trial; its processes have ended on return, whatever came of it.</summary>
    /// <param name="say">Gets a line a round.</param>
    /// <exception cref="UsageFaultException">It cannot be run.</exception>
    public static async Task<TrialReport> RunAsync(TrialSettings settings, Action<string> say, CancellationToken cancel)
    {
        TrialCluster cluster;
        try
        {
            cluster = new TrialCluster(settings);
        }
        catch (UsageFault fault)
        {
            throw new UsageFaultException(fault.Message);
        }

        using (cluster)
        {
            var trial = new Trial(settings, cluster, say);
            // A thread of its own: what it does blocks.
            var report = await Task.Factory.StartNew(() => trial.Run(cancel), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
            if (report.Violation is null && !settings.KeepsDirectory) cluster.DeleteFiles();
            return report;
        }
    }

    private TrialReport Run(CancellationToken cancel)
    {
        Workload? work = null;
        string? violation = null;
        var isInterrupted = false;
        try
        {
            Start(cancel);
            work = new Workload(_cluster.Master.Partitions, _settings);
            for (var round = 1; round <= _settings.Rounds; round++) RunRound(round, work, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            isInterrupted = true;
        }
        catch (Exception e) when (e is TrialViolation or NodeFault)
        {
            violation = $"{(work is null ? "start" : $"round {_rounds.Count + 1}")}: {e.Message}";
        }
        finally
        {
            work?.Dispose();
        }

        // All at once: each would otherwise look for the others, which are gone.
        var stops = _cluster.Nodes.Select(node => Task.Run(() => node.Stop(StopLimit), CancellationToken.None)).ToArray();
        Task.WaitAll(stops, CancellationToken.None);
        violation ??= stops.Select(stop => stop.Result).FirstOrDefault(problem => problem is not null);
        violation ??= NodeLogs.FindSign(_cluster.Nodes) ?? _cluster.Master.Failure?.ToString();
        return new TrialReport(
            _rounds, violation, _cluster.Root, [.. work?.Tally.Others ?? []], work?.Ledgers.Values.Sum(ledger => ledger.Use(known => known.Reused)) ?? 0, NodeLogs.CountErrors(_cluster.Nodes), isInterrupted);
    }

    private void Start(CancellationToken cancel)
    {
        var context = new MoveContext(_cluster.Master, After(StartLimit), cancel);
        _cluster.Master.Start();
        foreach (var node in _cluster.Nodes) node.Start();
        foreach (var node in _cluster.Nodes)
            context.Until($"{node.Name} reports to its master", () =>
            {
                if (node.WhyNotRunning() is { } ended) throw new TrialViolation(ended); // it will not come back: its configuration is wrong
                return _cluster.Master.Reports.HasReported(node.Address, 0) ? null : "no report yet";
            });
        var books = Enumerable.Range(1, _settings.Partitions).Select(id => new PartitionBook(new PartitionId((ulong)id), Rotated(id).Take(_settings.Replicas))).ToList();
        _cluster.Master.Partitions = books;
        using var line = new PacketLine(TimeSpan.FromSeconds(30));
        foreach (var book in books)
            foreach (var host in book.Hosts)
                context.Until($"partition {book.Id} is made on {host.Name}", () =>
                {
                    var answer = AdminCall.Ask(line, host.Address, host.Address, Opcode.CreateDataPartition, book.Id, ReplicaMove.CreateRequest(book, _settings.Replicas), MasterJson.Default.CreateDataPartitionRequest);
                    if (!answer.IsOk) return answer.ToString();
                    book.Made(host);
                    return null;
                });
        _say($"{_cluster.Nodes.Count} nodes, {books.Count} partitions of {_settings.Replicas} replicas, seed {_settings.Seed}, in {_cluster.Root}");
    }

    /// <summary>The last node stays free at first; of the others each is first host of some partitions.</summary>
    private IEnumerable<TrialNode> Rotated(int partition)
    {
        var used = _cluster.Nodes.Take(_settings.Replicas).ToList();
        return used.Select((_, index) => used[(index + partition - 1) % used.Count]);
    }

    private void RunRound(int round, Workload work, CancellationToken cancel)
    {
        var books = _cluster.Master.Partitions;
        var target = _cluster.Nodes.Single(node => books.All(book => !book.Hosts.Contains(node)));
        var sources = _cluster.Nodes.Where(node => node != target).ToList();
        var source = sources[_random.Next(sources.Count)];
        // With fewer than three, a master adds first: nobody could vote otherwise, or hold the data.
        var addsFirst = _settings.Order == MoveOrder.AddFirst || _settings.Replicas < 3 || (_settings.Order == MoveOrder.Alternate && round % 2 == 1);
        var before = work.Tally.Copy();
        if (cancel.WaitHandle.WaitOne(_settings.Settle)) cancel.ThrowIfCancellationRequested();
        var context = new MoveContext(_cluster.Master, After(_settings.RoundLimit), cancel);
        var began = Stopwatch.GetTimestamp();
        var moves = books.Select(book => new ReplicaMove(book, source, target, addsFirst, _settings.Replicas, context)).ToList();
        // One after the other: two dead nodes of three would be more than anybody promises to stand.
        var killers = Enumerable.Range(0, _settings.Kills).Select(_ => new Killer(_cluster, source, target, PlannedKill.Draw(_random), _usual, _random, cancel)).ToList();
        RunAll([.. moves.Select(move => (Action)move.Run), () => killers.ForEach(killer => killer.Run())], work);
        var moved = Stopwatch.GetElapsedTime(began);
        _usual = moved < FirstMove * 4 ? moved : FirstMove * 4;

        work.Pause();
        var check = Stopwatch.GetTimestamp();
        var waited = new RoundCheck(_cluster, work, source).Await(context, _random);
        var level = Stopwatch.GetElapsedTime(check);
        var tally = work.Tally;
        var report = new RoundReport(
            round, source.Name, target.Name, addsFirst, moved, level, moves.Max(move => move.Filled), moves.Sum(move => move.Copied.Extents), moves.Sum(move => move.Copied.Bytes), moves.Sum(move => move.Retries),
            Since(Tally.Deletes), Since(Tally.DeleteRetries), Since(Tally.Appends), Since(Tally.AppendsRefused), Since(Tally.TinyWrites),
            [.. killers.Where(killer => killer.Done.Length > 0).Select(killer => killer.Done)], waited);
        _rounds.Add(report);
        _say(report.ToString());
        work.Resume();

        long Since(string what) => tally[what] - before.GetValueOrDefault(what);
    }

    /// <summary>Each on a thread of its own; the first that fails is told when all have ended.</summary>
    private static void RunAll(IReadOnlyList<Action> actions, Workload work)
    {
        var tasks = actions.Select(action => Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        try
        {
            Task.WaitAll(tasks, CancellationToken.None);
        }
        catch (AggregateException several)
        {
            var first = several.InnerExceptions[0];
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(several.InnerExceptions.FirstOrDefault(one => one is TrialViolation) ?? first);
        }

        if (work.Failure is { } failure) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
    }

    private static long After(TimeSpan time) => Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
}

/// <summary>The trial cannot be run; the message says what to change.</summary>
public sealed class UsageFaultException(string message) : Exception(message);
