using CubeActors.Protocol;
using CubeActors.Raft;

namespace CubeActors.Simulation;

/// <summary>What must hold in a group at every moment (Raft thesis, figure 3.2): one leader a term, one log, nothing committed is ever lost.</summary>
internal sealed class GroupChecks
{
    private readonly Dictionary<ulong, NodeId> _leaders = [];
    private readonly HashSet<(NodeId, ulong)> _checkedLeaders = [];
    private readonly List<LogEntry> _committed = []; // from index 1 on, as whoever knew first had it
    private readonly Dictionary<NodeId, ulong> _durablyApplied = [];

    public int Elections => _leaders.Count;
    public IReadOnlyList<LogEntry> Log => _committed;

    /// <summary>A replica knows its entries up to here to be committed.</summary>
    public void Committed(ReplicaProcess process, ulong upTo)
    {
        for (var index = Math.Min(upTo, (ulong)_committed.Count + 1); index <= upTo; index++)
        {
            if (!process.TryEntryAt(index, out var entry)) continue; // truncated: committed earlier
            if (index <= (ulong)_committed.Count) Same(process.Id, entry);
            else
            {
                Broken.Unless(index == (ulong)_committed.Count + 1, $"{process.Id} commits {index}, nobody has committed {_committed.Count + 1}");
                _committed.Add(entry);
            }
        }
    }

    public void Check(ReplicaProcess process)
    {
        var core = process.Core;
        Broken.Unless(core.Truncated.Index <= core.Applied && core.Applied <= core.Commit && core.Commit <= core.Last.Index, $"{process.Id}: {core.Truncated} {core.Applied} {core.Commit} {core.Last}");
        Broken.Unless(process.State.DurableApplied <= Math.Max(process.State.Applied, process.Boot.Applied), $"{process.Id}: {process.State.DurableApplied} durable, {process.State.Applied} applied");
        if (core.Role != RaftRole.Leader) return;
        if (!_leaders.TryAdd(core.Term, process.Id)) Broken.Unless(_leaders[core.Term] == process.Id, $"{process.Id} and {_leaders[core.Term]} lead term {core.Term}");
        if (!_checkedLeaders.Add((process.Id, core.Term))) return;
        foreach (var entry in _committed)
        {
            if (entry.Term >= core.Term || entry.Index <= core.Truncated.Index) continue;
            Broken.Unless(process.TryEntryAt(entry.Index, out var mine) && mine.Is(entry), $"leader {process.Id} of term {core.Term} lacks the committed entry {entry.Header.Position}");
        }
    }

    /// <summary>Every entry that a replica knows to be committed is that of all others, and equal terms at an index mean equal logs up to it.</summary>
    public void CheckLogs(IReadOnlyList<ReplicaProcess> processes)
    {
        foreach (var process in processes)
        {
            for (var index = process.Core.Truncated.Index + 1; index <= Math.Min(process.Core.Commit, (ulong)_committed.Count); index++)
                if (process.TryEntryAt(index, out var entry)) Same(process.Id, entry);
        }
        for (var i = 0; i < processes.Count; i++)
            for (var j = i + 1; j < processes.Count; j++) CheckPair(processes[i], processes[j]);
    }

    private static void CheckPair(ReplicaProcess a, ReplicaProcess b)
    {
        var match = false;
        for (var index = Math.Min(a.MirrorLast, b.MirrorLast); a.TryEntryAt(index, out var x) && b.TryEntryAt(index, out var y); index--)
        {
            match |= x.Term == y.Term;
            Broken.Unless(!match || x.Is(y), $"{a.Id} and {b.Id} differ at {index}, and agree behind it");
        }
    }

    private void Same(NodeId node, in LogEntry entry)
    {
        var known = _committed[(int)entry.Index - 1];
        Broken.Unless(known.Is(entry), $"{node} has {entry.Header.Position} where {known.Header.Position} was committed");
    }
}
