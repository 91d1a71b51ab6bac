using CubeActors.Actors;
using CubeActors.Protocol;

namespace CubeActors.Simulation.Nodes;

/// <summary>One run: three whole data nodes with one partition on all of them, their clients, and what happens to them, all from one seed and on one thread.</summary>
/// <remarks>
/// What runs is the real <see cref="DataNode"/> with everything in it. Simulated are what it gets from outside: clock, network, disks, the threads of the
/// disks, and the two ways in which code leaves a thread, the dispatchers of Akka and <see cref="Runtime.Elsewhere"/>. There is one item of work at a time,
/// and which comes next is drawn from the seed: two runs of a seed are equal, item by item. Nothing is merely waited for: whatever does reach the thread
/// pool, as a wait with a continuation of its own might, ends the run with the place it did (<see cref="Stage.CheckThread"/>). Values that differ between
/// runs, a request id from the clock, a process id, uids of actors, decide nothing; the order in which Akka walks a set of actors does not either as long as
/// a node has one disk. Not covered are the masters' client and smux: the nodes have no masters, nobody dials smux.
/// </remarks>
internal sealed partial class NodeWorld
{
    private static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan SettlesWithin = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan RepairsWithin = TimeSpan.FromSeconds(180); // what was written within the last minute is compared by nobody
    private static readonly TimeSpan StopsWithin = TimeSpan.FromSeconds(60);

    private readonly NodePlan _plan;
    private readonly Stage _stage;
    private readonly Network _network;
    private readonly NodeMachine[] _machines;
    private readonly NodeClients _clients;

    public NodeWorld(NodePlan plan, Action<string>? tell = null)
    {
        _plan = plan;
        _stage = new Stage(plan.Seed, tell) { AfterItem = LookAfter };
        _network = new Network(_stage, plan.LatencyMax);
        var clock = new StageTime(_stage, _stage.Idle);
        _machines = [.. Enumerable.Range(0, 3).Select(index => new NodeMachine(index, _stage.Random.Next(), clock))];
        if (plan.Mutation == NodeMutation.SyncSkipped)
            foreach (var machine in _machines) machine.Files.SkipsSyncs = true;
        _clients = new NodeClients(_stage, _network, plan, _machines);
    }

    public int Kills { get; private set; }
    public int PowerCuts { get; private set; }
    public int Stops { get; private set; }
    public int Drains { get; private set; }
    public int Breaks { get; private set; }
    public int Cuts { get; private set; }
    public NodeClients Clients => _clients;
    public ulong TraceHash => _stage.TraceHash;
    public long Items => _stage.Items;

    public void Run()
    {
        foreach (var machine in _machines) _stage.Idle.Post(() => Start(machine));
        Require(() => _machines.All(machine => machine.Process?.Node.Loaded.IsCompleted == true), StartsWithin, "all nodes have loaded their disks");
        _clients.Prepare();
        Require(() => _clients.IsIdle, StartsWithin, "the partition is made");
        _network.Tamper = Tampering.Of(_plan.Mutation, _stage, _network);
        _clients.Start();
        ScheduleFaults();
        _stage.RunUntil(_stage.Now + _plan.Duration);
        Calm();
        _clients.End();
        Require(() => _clients.IsIdle, SettlesWithin, "the clients have ended");
        Require(() => _machines.All(IsServing), SettlesWithin, "all nodes serve again");
        CheckLengths(); // before a repair can make up for what should not have been missing
        _clients.ReadAll();
        Require(() => _clients.IsIdle, SettlesWithin, "a leader serves every register");
        Require(HaveAllApplied, SettlesWithin, "all replicas have applied the same");
        RequireSeldom(AreLevel, RepairsWithin, "the repair has brought all replicas level");
        _ends = true;
        foreach (var machine in _machines) _stage.Idle.Post(machine.Process!.Stop);
        Require(() => _machines.All(machine => machine.Process is null), StopsWithin, "all nodes have stopped");
        CheckEnd();
    }

    /// <summary>Runs until something holds that has to, sooner or later.</summary>
    private void Require(Func<bool> condition, TimeSpan within, string what)
    {
        if (_stage.RunUntil(_stage.Now + within, condition)) return;
        throw new Broken($"after {within.TotalSeconds:0} s without faults: it is not so that {what}. {string.Join("; ", _machines.Select(Describe))}");
    }

    /// <summary>The same for what is not cheap to look at: once a second.</summary>
    private void RequireSeldom(Func<bool> condition, TimeSpan within, string what)
    {
        var ends = _stage.Now + within;
        while (_stage.Now < ends && !condition()) _stage.RunUntil(_stage.Now + TimeSpan.FromSeconds(1));
        Require(condition, TimeSpan.Zero, what);
    }

    private static string Describe(NodeMachine machine) => machine.Process is not { } process
        ? $"node {machine.Index} is down"
        : $"node {machine.Index} is {process.Node.Status.Phase} ({string.Join(", ", process.Node.Status.Partitions.Select(Describe))}), open files {machine.Files.OpenFiles}, connections {process.Node.OpenConnections}";

    private static string Describe(PartitionFigures partition) =>
        $"partition {partition.State} {partition.Reason} {(partition.Raft() is { } raft ? $"{raft.Role} term {raft.Term} commit {raft.Commit} applied {raft.Applied} last {raft.Last}" : "no group")}";

    private static PartitionFigures? FiguresOf(NodeMachine machine) => machine.Process?.Node.Status.Partitions.FirstOrDefault(partition => partition.Id == NodeMachine.Partition);

    private static bool IsServing(NodeMachine machine) => machine.Process is { Stopping: null } && FiguresOf(machine) is { State: PartitionState.Serving };

    private bool HaveAllApplied()
    {
        var states = _machines.Select(machine => FiguresOf(machine)?.Raft()).ToList();
        return states.All(state => state is not null && state.Applied == states[0]!.Applied && state.Last == state.Applied && state.Commit == state.Applied);
    }

    /// <summary>All replicas have the same normal extents, each as long everywhere.</summary>
    private bool AreLevel() => _machines.Select(machine => machine.Process?.Node.Gates.Find(NodeMachine.Partition)?.Store is { } store
        ? string.Join(' ', store.List().Where(extent => !extent.Id.IsTiny).Select(extent => $"{extent.Id}={extent.Size}"))
        : $"none of node {machine.Index}").Distinct().Count() == 1;

    private void Start(NodeMachine machine)
    {
        _network.PowerReturns(machine.Host);
        machine.Process = new NodeProcess(_stage, _network, machine, _plan, ++machine.Starts);
        _stage.Trace($"start {machine.Process.Name}");
        machine.Process.Start();
    }

    /// <summary>After every item of work: has it failed a client, was it the last of its process?</summary>
    private void LookAfter(Strand strand)
    {
        if (_clients.Failure is { } failure) throw failure is Broken ? new Broken($"{failure.Message} (at {_stage.Now.TotalSeconds:0.000} s)") : new InvalidOperationException("a client failed", failure);
        if (strand.Owner is not NodeProcess process || process.Machine.Process != process) return;
        if (process.Errors.Count > 0) throw new Broken(process.Errors[0]);
        if (process.Machine.Files.HasCrashed) Die(process.Machine, process.Machine.DiesOfPower);
        else if (process.Stopping is { IsCompleted: true }) Stopped(process);
    }

    /// <summary>A clean stop: nothing of the process may be left.</summary>
    private void Stopped(NodeProcess process)
    {
        _stage.Trace($"stopped {process.Name}");
        Broken.Unless(process.Stopping!.IsCompletedSuccessfully, $"{process.Name} did not stop cleanly: {process.Stopping.Exception?.InnerException}");
        Broken.Unless(process.Buffers.Outstanding == 0, $"{process.Name} has stopped and {process.Buffers.Outstanding} buffers are out");
        Broken.Unless(process.Node.OpenConnections == 0, $"{process.Name} has stopped and {process.Node.OpenConnections} connections are open");
        Broken.Unless(process.Machine.Files.OpenFiles == 0, $"{process.Name} has stopped and {process.Machine.Files.OpenFiles} files are open");
        End(process, ofPower: false);
        process.Machine.Files.Kill();
    }

    private void Die(NodeMachine machine, bool ofPower)
    {
        if (machine.Process is not { } process) return;
        _stage.Trace($"{(ofPower ? "power cut of" : "kill")} {process.Name}");
        machine.DiesOfPower = false;
        if (ofPower) PowerCuts++;
        else Kills++;
        End(process, ofPower);
        if (ofPower) machine.LosePower(_plan.Mutation != NodeMutation.LossUnnoticed);
        else machine.Files.Kill();
    }

    private void End(NodeProcess process, bool ofPower)
    {
        Waited += process.Node.Surface.Figures().Waits.Where(wait => wait.Outcome == WaitOutcome.Served).Sum(wait => wait.Latency.Count);
        process.End();
        _network.Died(process, process.Machine.Host, ofPower);
        process.Machine.Process = null;
        Later(_isCalm ? 100 : 1500, () => StartIfDown(process.Machine));
    }

    /// <summary>Requests that came while a node was loading, and were served when it had loaded; of processes that have ended.</summary>
    public long Waited { get; private set; }

    private void StartIfDown(NodeMachine machine)
    {
        if (machine.Process is null && !_ends) Start(machine);
    }
}
