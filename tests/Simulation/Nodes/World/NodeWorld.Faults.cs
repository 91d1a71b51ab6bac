namespace CubeActors.Simulation.Nodes;

// What happens to the nodes, drawn every fifth of a second.
internal sealed partial class NodeWorld
{
    private static readonly TimeSpan DicePeriod = TimeSpan.FromMilliseconds(200);

    private StageTimer? _dice;
    private bool _isCalm;
    private bool _ends;

    private Random Random => _stage.Random;

    private void ScheduleFaults()
    {
        _dice = new StageTimer(_stage, _stage.Idle, ThrowDice);
        _dice.Change(DicePeriod, DicePeriod);
    }

    private void ThrowDice()
    {
        var machine = _machines[Random.Next(_machines.Length)];
        if (OneIn(_plan.KillsIn)) Die(machine, ofPower: false);
        if (OneIn(_plan.TearsIn)) DieAtTheDisk(machine, ofPower: false);
        if (OneIn(_plan.CutsPowerIn) && MayLosePower(_machines[_plan.PowerOf]))
        {
            if (Random.Next(2) == 0) Die(_machines[_plan.PowerOf], ofPower: true);
            else DieAtTheDisk(_machines[_plan.PowerOf], ofPower: true);
        }

        if (OneIn(_plan.StopsIn) && machine.Process is { Stopping: null } process)
        {
            Stops++;
            _stage.Trace($"stop {process.Name}");
            process.Stop();
        }

        if (OneIn(_plan.CutsNetworkIn)) CutNetwork();
        if (OneIn(_plan.BreaksIn)) BreakWire();
        if (OneIn(_plan.StallsIn)) StallWire();
        if (OneIn(_plan.SlowsDiskIn)) SlowDisk(machine);
        if (OneIn(_plan.PausesIn)) machine.Process?.Pause(TimeSpan.FromMilliseconds(Random.Next(20, 1500)));
        if (OneIn(_plan.DrainsIn)) Drain(machine);
    }

    /// <summary>An operator drains a node and takes that back some time later, if the process is still the same.</summary>
    private void Drain(NodeMachine machine)
    {
        if (machine.Process is not { Stopping: null } process) return;
        Drains++;
        process.Drain(true);
        Later(5000, () =>
        {
            if (machine.Process == process) process.Drain(false);
        });
    }

    /// <summary>At most one machine loses what was not synced, and only while the others are there to make up for it.</summary>
    private bool MayLosePower(NodeMachine machine) => machine.Process is not null;

    /// <summary>The process dies in the middle of something that it does with its disk.</summary>
    private void DieAtTheDisk(NodeMachine machine, bool ofPower)
    {
        if (machine.Process is null || machine.Files.CrashAt is not null) return;
        machine.DiesOfPower = ofPower;
        machine.Files.CrashTearsWrites = Random.Next(2) == 0;
        machine.Files.CrashAt = machine.Files.Changes + Random.Next(60);
    }

    private void CutNetwork()
    {
        Cuts++;
        var (one, other) = (HostOf(Random.Next(4)), HostOf(Random.Next(4)));
        switch (Random.Next(3))
        {
            case 0: // one way between two
                CutFor(one, other);
                break;
            case 1: // both ways between two
                CutFor(one, other);
                CutFor(other, one);
                break;
            default: // one from all others
                for (var at = 0; at < 4; at++)
                {
                    if (HostOf(at) == one) continue;
                    CutFor(one, HostOf(at));
                    if (Random.Next(2) == 0) CutFor(HostOf(at), one);
                }

                break;
        }
    }

    private string HostOf(int at) => at < _machines.Length ? _machines[at].Host : NodeClients.Host;

    private void CutFor(string from, string to)
    {
        _stage.Trace($"cut {from} -> {to}");
        _network.Cut(from, to);
        Later(3000, () => _network.Heal(from, to));
    }

    private void BreakWire()
    {
        if (_network.Wires is not { Count: > 0 } wires) return;
        Breaks++;
        var wire = wires[Random.Next(wires.Count)];
        if (Random.Next(3) == 0) wire.Break();
        else wire.BreakAfter(Random.Next(2) == 0, Random.Next(1, 20_000));
    }

    private void StallWire()
    {
        if (_network.Wires is not { Count: > 0 } wires) return;
        var wire = wires[Random.Next(wires.Count)];
        (Random.Next(2) == 0 ? wire.ToServer : wire.ToClient).Stall(TimeSpan.FromMilliseconds(Random.Next(10, 6000)));
    }

    private void SlowDisk(NodeMachine machine)
    {
        if (machine.Process is not { } process) return;
        var time = TimeSpan.FromMilliseconds(Random.Next(10, 2500));
        var all = Random.Next(2) == 0;
        foreach (var thread in process.DiskStrands)
            if (all || Random.Next(2) == 0) thread.Hold(time);
    }

    /// <summary>No more faults, and those that are go away.</summary>
    private void Calm()
    {
        _stage.Trace("calm");
        _isCalm = true;
        _dice?.Dispose();
        _network.Heal();
        foreach (var machine in _machines)
        {
            machine.Process?.Drain(false);
            machine.Files.CrashAt = null;
            if (machine.Process is null) _stage.Idle.Post(() => StartIfDown(machine));
        }
    }

    private bool OneIn(int odds) => odds > 0 && Random.Next(odds) == 0;

    private void Later(int millisecondsMax, Action act) =>
        new StageTimer(_stage, _stage.Idle, act).Change(TimeSpan.FromMilliseconds(Random.Next(10, millisecondsMax)), Timeout.InfiniteTimeSpan);
}
