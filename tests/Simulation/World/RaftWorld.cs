using CubeActors.Protocol;
using CubeActors.Raft;
using CubeActors.TestKit;

namespace CubeActors.Simulation;

/// <summary>A group of replicas with its machines, network and clients, on one thread; everything that happens follows from the seed.</summary>
/// <remarks>Time runs in moments of 30 ms; a tick is ten of them and comes late now and then, never early. A message takes about two moments.</remarks>
internal sealed partial class RaftWorld
{
    public const int MomentsATick = 10;
    private static readonly long MomentTicks = TimeSpan.FromMilliseconds(30).Ticks;

    private readonly Random _random;
    private readonly List<Machine> _machines = [];
    private bool _isQuiet;

    /// <param name="trace">Gets a line for what happens.</param>
    public RaftWorld(Plan plan, Workshop shop, Action<string>? trace = null)
    {
        (Plan, Shop, Trace) = (plan, shop, trace);
        _random = new Random(plan.Seed ^ 0x5eed);
        NodeId[] members = [.. Enumerable.Range(1, plan.Members).Select(i => new NodeId((ulong)i))];
        var content = new byte[Blocks.ExtentBytes];
        foreach (var member in members)
        {
            var machine = new Machine(member, _random.Next());
            machine.Create([.. members.Select(Machine.PeerOf)], [.. members.Select(Machine.AddressOf)], content);
            _machines.Add(machine);
            Start(machine);
        }
        _nextNode = (ulong)plan.Members + 1;
    }

    public Plan Plan { get; }
    public Workshop Shop { get; }
    public GroupChecks Checks { get; } = new();
    public int Now { get; private set; }
    public long Time => Now * MomentTicks;
    public int SnapshotsInstalled { get; set; }
    public int Kills { get; private set; }
    public int PowerCuts { get; private set; }

    public bool IsKnown(NodeId node) => _machines.Exists(machine => machine.Id == node);

    public Action<string>? Trace { get; }

    private List<ReplicaProcess> Running => [.. _machines.Where(machine => machine.Process is not null).Select(machine => machine.Process!)];

    /// <summary>Odds of one to the number; never for 0, and never once everything is to heal.</summary>
    public bool Once(int inSo) => inSo > 0 && !_isQuiet && _random.Next(inSo) == 0;

    /// <summary>The whole run: faults, then healing, then what must have come of it.</summary>
    public void Run()
    {
        for (var i = 0; i < Plan.Moments; i++)
        {
            Disturb();
            RunClients();
            Moment();
            if (i % 50 == 49) Checks.CheckLogs(Running);
        }
        Heal();
        Broken.Unless(Settles(), $"no progress after the faults: {Describe()}");
        CheckEnd();
    }

    public string Describe() => string.Join("; ", _machines.Select(machine => machine.Process is not { } process ? $"{machine.Id}: down" :
        $"{process.Id}: {process.Core.Role} of {process.Core.Leader} term {process.Core.Term} log {process.Core.Truncated}..{process.Core.Last} saved {process.Core.Saved} commit {process.Core.Commit}"
        + $" applied {process.Core.Applied} members {string.Join(',', process.Members)}{(process.Core.IsRejoining ? " rejoining" : "")}"));

    private void Moment()
    {
        Now++;
        foreach (var machine in _machines.ToArray())
        {
            if (machine.Process is null && machine.RestartAt <= Now && machine.RestartAt > 0) Start(machine);
            if (machine.Process is { } process) Guard(machine, () => Go(machine, process));
        }
        DeliverDue();
        foreach (var machine in _machines)
        {
            if (machine.Process is not { } process) continue;
            machine.Promises.Check(process);
            Checks.Check(process);
            if (machine.IsDamaged && !process.Core.IsRejoining) Guard(machine, () => machine.IsDamaged = process.RemembersLoss);
        }
    }

    private void Go(Machine machine, ReplicaProcess process)
    {
        process.Clock.MoveTo(Time);
        if (machine.PausedUntil > Now) return; // the whole process stands still, its clock goes on
        if (machine.TickAt <= Now)
        {
            process.Tick();
            machine.TickAt = Now + MomentsATick + (Once(20) ? _random.Next(30) : 0);
        }
        if (machine.DiskSlowUntil <= Now && !Once(4))
        {
            for (var i = 0; i < 3 && process.Writes.RunNext(); i++) ;
            if (!Once(3)) process.Syncs.RunNext();
        }
        if (!Once(3))
        {
            for (var i = 0; i < 4 && process.Disk.RunNext(); i++) ;
        }
        if (Once(Plan.TruncatesIn)) process.Truncate();
        if (Once(40)) process.State.Save();
        if (Once(Plan.TruncatesIn)) ExchangeApplied(process);
        process.Turn(_isQuiet ? int.MaxValue : _random.Next(2, 20));
    }

    /// <summary>The simulated process may die in the middle of a change of its disk.</summary>
    private void Guard(Machine machine, Action work)
    {
        try
        {
            work();
        }
        catch (SimulatedCrashException)
        {
            Die(machine);
        }
    }

    private void Start(Machine machine)
    {
        machine.RestartAt = 0;
        Guard(machine, () =>
        {
            var process = new ReplicaProcess(machine, this, new Random(_random.Next()));
            machine.Process = process;
            machine.TickAt = Now + _random.Next(1, MomentsATick + 1);
            Trace?.Invoke($"{Now}: {machine.Id} starts, may have lost: {process.Boot.MayHaveLost}, {process.Core.State}, log {process.Core.Truncated}..{process.Core.Last}, applied {process.Core.Applied}, members {string.Join(',', process.Members)}; {string.Join(' ', process.Log.Report.Notes)}");
            machine.Promises.Started(process, machine.LostEntries);
            machine.LostEntries = false;
            machine.IsDamaged |= process.Core.IsRejoining;
            process.Start();
        });
        if (machine is { IsDamaged: true, Process: not null }) Hunt(machine);
    }

    private void Die(Machine machine)
    {
        Trace?.Invoke($"{Now}: {machine.Id} {(machine.DiesOfPower ? "loses power" : "is killed")}, {machine.Process?.Core.Truncated}..{machine.Process?.Core.Last} saved {machine.Process?.Core.Saved}");
        if (machine.Process is { } process) AbandonClients(process);
        if (machine.DiesOfPower)
        {
            machine.CutPower();
            machine.LostEntries = Plan.Durability == Actors.RaftDurability.Replicated;
            PowerCuts++;
            ForgetOnTheWayTo(machine.Id);
        }
        else
        {
            machine.Kill();
            Kills++;
        }
        // A machine takes longer to start than a message is on its way.
        machine.RestartAt = Now + (machine.DiesOfPower ? SlowestMoments + 2 : 2) + _random.Next(80);
        machine.DiesOfPower = false;
    }
}
