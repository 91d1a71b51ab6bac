using System.Text.Json;
using CubeActors.Actors;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Simulation;

// What goes wrong, and what an operator or a master does.
internal sealed partial class RaftWorld
{
    private const int NodesMax = 12;

    private readonly HashSet<NodeId> _awaited = [];
    private ulong _nextNode;
    private bool _hasRemoved;
    private bool _usurps;

    private void Disturb()
    {
        if (Once(Plan.CutsNetworkIn)) CutNetwork();
        if (Once(60)) _cut.Clear();
        if (Once(Plan.KillsIn)) Crash(PickMachine(), power: false);
        if (Once(Plan.CutsPowerIn)) Crash(PickMachine(), power: true);
        if (Once(Plan.BlackoutIn)) foreach (var machine in _machines.ToArray()) Crash(machine, power: true, atOnce: true);
        if (Once(Plan.SlowsDiskIn)) PickMachine().DiskSlowUntil = Now + _random.Next(60);
        if (Once(Plan.PausesIn)) PickMachine().PausedUntil = Now + _random.Next(Plan.PauseMomentsMax);
        _usurps |= Once(Plan.UsurpsIn);
        if (_usurps) Usurp();
        if (Once(Plan.ForcesElectionIn)) PickMachine().Process?.Campaign(forced: true);
        if (Once(Plan.StepsDownIn)) PickMachine().Process?.StepDown();
        if (Once(Plan.ChangesMembersIn)) ChangeMembers();
    }

    private Machine PickMachine() => _machines[_random.Next(_machines.Count)];

    /// <summary>One node is alone, for what it sends, for what it hears, or for both; or two halves do not hear each other.</summary>
    private void CutNetwork()
    {
        var alone = PickMachine().Id;
        var (sends, hears) = (_random.Next(3) > 0, _random.Next(3) > 0);
        foreach (var machine in _machines)
        {
            if (machine.Id == alone || _random.Next(5) == 0) continue;
            if (!sends) _cut.Add((alone, machine.Id));
            if (!hears) _cut.Add((machine.Id, alone));
            if (sends && hears && _random.Next(2) == 0) _cut.UnionWith([(alone, machine.Id), (machine.Id, alone)]);
        }
    }

    private void Crash(Machine machine, bool power, bool atOnce = false)
    {
        if (machine.Process is null || (power && !MayLosePower(machine))) return;
        machine.DiesOfPower = power;
        if (atOnce || _random.Next(2) == 0)
        {
            Die(machine);
            return;
        }
        // In the middle of what it writes next.
        machine.Files.CrashTearsWrites = _random.Next(2) == 0;
        machine.Files.CrashAt = machine.Files.Changes + _random.Next(12);
    }

    /// <summary>The worst for a leader that trusts in its lease: it stands still and then is alone for a while, and others elect another.</summary>
    private void Usurp()
    {
        if (Running.Find(process => process.Core.HoldsLease && process.Core.LeaseTick == process.Core.Ticks) is not { } leader) return;
        leader.Machine.PausedUntil = Now + 80 + _random.Next(120);
        leader.Machine.IsolatedUntil = leader.Machine.PausedUntil + 40;
        _usurps = false;
    }

    /// <summary>A replica is back that has lost its tail: now the worst is that it dies again, or that whoever has the tail goes.</summary>
    private void Hunt(Machine damaged)
    {
        if (Once(3)) damaged.Files.CrashAt = damaged.Files.Changes + _random.Next(40);
        if (!Once(3)) return;
        foreach (var leader in Running.FindAll(process => process.Leads && process.Machine != damaged))
        {
            if (_random.Next(2) == 0) Crash(leader.Machine, power: false, atOnce: true);
            else leader.Machine.PausedUntil = Now + _random.Next(Plan.PauseMomentsMax);
        }
    }

    /// <summary>With `replicated` the promise is that a minority may lose power; with `strict` it is that all may.</summary>
    private bool MayLosePower(Machine machine)
    {
        if (Plan.Durability == RaftDurability.Strict) return true;
        if (_hasRemoved) return false; // what is a minority now may be none when the removal takes effect
        var members = Running.Select(process => process.Core.Members.Count - (process.Core.IsMembershipPending ? 1 : 0)).DefaultIfEmpty(0).Min();
        var damaged = _machines.Count(other => other != machine && (other.IsDamaged || other.DiesOfPower));
        return damaged + 1 <= (members - 1) / 2;
    }

    private void ChangeMembers()
    {
        var leaders = Running.FindAll(process => process.Leads);
        if (leaders.Count == 0) return;
        var leader = leaders[_random.Next(leaders.Count)];
        var members = leader.Members;
        var adds = members.Count < 3 || (members.Count < 5 && _random.Next(2) == 0);
        if (adds && _nextNode > NodesMax) return;
        // As a master: no removal while another member is not well.
        if (!adds && members.Any(member => _machines.Find(machine => machine.Id == member) is not { Process: not null, IsDamaged: false, DiesOfPower: false })) return;
        var node = adds ? new NodeId(_nextNode++) : members[_random.Next(members.Count)];
        var change = new MembershipChange(adds ? MembershipAction.Add : MembershipAction.Remove, node);
        var context = adds
            ? JsonSerializer.SerializeToUtf8Bytes(new AddRaftMemberRequest { PartitionId = Machine.Group, AddPeer = Machine.PeerOf(node) }, MasterJson.Default.AddRaftMemberRequest)
            : JsonSerializer.SerializeToUtf8Bytes(new RemoveRaftMemberRequest { PartitionId = Machine.Group, RemovePeer = Machine.PeerOf(node) }, MasterJson.Default.RemoveRaftMemberRequest);
        var data = new byte[MembershipChange.Bytes + context.Length];
        context.CopyTo(data, change.Write(data));
        var proposal = new Proposal(RaftEntryType.Membership, data, _ => { });
        _hasRemoved |= !adds;
        _inFlight.Add((leader, [proposal]));
        leader.Post(() => leader.Propose([proposal]));
    }

    /// <summary>A replica counts a new member.</summary>
    /// <param name="index">Of the entry that says so.</param>
    public void Added(NodeId node, ulong index)
    {
        if (_awaited.Add(node)) At(1 + _random.Next(30), () => CreateReplica(node, index));
    }

    /// <summary>The master makes the new replica once the change is applied; the repair copies the extents from a replica that has applied it too. Its META
    /// is no sign of that: it may be ahead of what is applied, after a kill and in a replica that is new itself.</summary>
    private void CreateReplica(NodeId node, ulong index)
    {
        var sources = Running.FindAll(process => process.State.Applied >= index && process.State.Record.Meta.Peers.Any(peer => peer.Id == node));
        if (sources.Count == 0)
        {
            At(20, () => CreateReplica(node, index));
            return;
        }
        var source = sources[_random.Next(sources.Count)];
        var meta = source.State.Record.Meta;
        var machine = new Machine(node, _random.Next());
        machine.Create(meta.Peers, meta.Hosts, Blocks.ReadAll(source.Store), Plan.Mutation == Mutation.CopyForgotten ? 0 : source.State.Applied);
        _machines.Add(machine);
        machine.RestartAt = Now + 1 + _random.Next(60);
    }

    /// <summary>As <c>AppliedIdKeeper</c> does it: only if every replica has answered does anybody cut its log.</summary>
    private void ExchangeApplied(ReplicaProcess leader)
    {
        if (!leader.Leads || leader.State.Applied == 0) return;
        var least = leader.State.DurableApplied;
        var others = leader.State.Record.Meta.Hosts.Where(host => host != leader.Machine.Address).Select(Machine.IdOf).ToList();
        if (Plan.Mutation != Mutation.CutsAlone)
        {
            foreach (var other in others)
            {
                if (Once(20) || _machines.Find(machine => machine.Id == other)?.Process is not { } process) return;
                if (_random.Next(2) == 0)
                {
                    var isAlive = true;
                    Guard(process.Machine, () => process.State.Save());
                    isAlive = process.Machine.Process == process;
                    if (!isAlive) return;
                }
                least = Math.Min(least, process.State.DurableApplied);
            }
        }
        leader.State.LearnLeastApplied(least);
        foreach (var other in others)
        {
            if (Once(10)) break;
            At(1 + _random.Next(20), () => _machines.Find(machine => machine.Id == other)?.Process?.State.LearnLeastApplied(least));
        }
    }
}
