using CubeActors.Actors;
using CubeActors.Protocol;
using CubeActors.Raft;

namespace CubeActors.Simulation;

// After the faults: everything heals, the group agrees, and what clients saw is judged.
internal sealed partial class RaftWorld
{
    private const int SettlingMomentsMax = 300 * MomentsATick;

    private void Heal()
    {
        _isQuiet = true;
        _cut.Clear();
        foreach (var machine in _machines)
        {
            (machine.PausedUntil, machine.IsolatedUntil, machine.DiskSlowUntil) = (0, 0, 0);
            if (machine.Process is null) continue;
            if (machine.Files.CrashAt is not null) Die(machine); // what was to happen happens now
        }
        foreach (var machine in _machines)
            if (machine.Process is null && machine.RestartAt > 0) machine.RestartAt = Now + 1;
    }

    /// <returns>True once a leader has committed a command of its own time and every member has applied all there is.</returns>
    private bool Settles()
    {
        ulong marker = 0;
        for (var i = 0; i < SettlingMomentsMax; i++)
        {
            Moment();
            ServeReads();
            var leader = Running.Where(process => process.Leads).MaxBy(process => process.Core.Term);
            if (leader is null) continue;
            if (marker == 0 || leader.Core.Commit < marker)
            {
                if (i % (3 * MomentsATick) != 0) continue;
                leader.Post(() => leader.Propose([new Proposal(RaftEntryType.Normal, Blocks.NothingCommand(), _ => { })]));
                marker = leader.MirrorLast + 1;
                continue;
            }
            if (leader.Members.All(member => HasAll(leader, member)) && _reads.Count == 0) return true;
        }
        return false;
    }

    private bool HasAll(ReplicaProcess leader, NodeId member) =>
        _machines.Find(machine => machine.Id == member)?.Process is { IsIdle: true } process && process.Core.Applied == leader.Core.Last.Index && process.Core.Last == leader.Core.Last;

    private void CheckEnd()
    {
        var leader = Running.Where(process => process.Leads).MaxBy(process => process.Core.Term)!;
        var members = leader.Members.Select(member => _machines.Find(machine => machine.Id == member)!.Process!).ToList();
        Checks.CheckLogs(Running);
        var expected = new byte[Blocks.ExtentBytes];
        foreach (var entry in Checks.Log)
            if (entry.Header.Type == RaftEntryType.Normal && entry.Data.Length > 0) Blocks.Apply(entry.Data, expected);
        foreach (var member in members)
        {
            Broken.Unless(Blocks.ReadAll(member.Store).AsSpan().SequenceEqual(expected), $"{member.Id} holds other bytes than its log says: {Differences(member, expected)}");
            Broken.Unless(member.Members.SequenceEqual(leader.Members), $"{member.Id} counts the members {string.Join(',', member.Members)}, {leader.Id} {string.Join(',', leader.Members)}");
            Broken.Unless(member.State.Record.Meta.Peers.Select(peer => peer.Id).Order().SequenceEqual(leader.Members), $"META of {member.Id} has other peers than its group");
            member.CheckFiles();
        }
        // The last reads, of every block, by a client that came after all others.
        for (var block = 0; block < Blocks.Count; block++) _history.Add(new Operation(block, IsWrite: false, Blocks.Read(leader.Store, block), ++_event, ++_event));
        var problem = History.Explain(_history);
        Broken.Unless(problem is null, $"what clients saw has no order: {problem}");
    }

    private static string Differences(ReplicaProcess member, byte[] expected)
    {
        var wanted = Enumerable.Range(0, Blocks.Count).Select(block => System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(expected.AsSpan(block * Blocks.ExtentBytes / Blocks.Count)));
        var found = Enumerable.Range(0, Blocks.Count).Select(block => Blocks.Read(member.Store, block));
        return $"{string.Join(' ', found)}, not {string.Join(' ', wanted)}";
    }
}
