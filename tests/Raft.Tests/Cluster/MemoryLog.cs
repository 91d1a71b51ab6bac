using CubeActors.Protocol;

namespace CubeActors.Raft.Tests.Cluster;

/// <summary>A disk that never fails.</summary>
public sealed class MemoryLog(IReadOnlyList<NodeId> members) : IReplicaLog
{
    private readonly List<Entry> _entries = [];
    private IReadOnlyList<NodeId> _members = members;

    public HardState State { get; private set; }
    public LogPosition Truncated { get; private set; }

    /// <summary>The state was copied from a replica that had applied so far; 0: it was not.</summary>
    public ulong CopiedUpTo { get; init; }
    public ulong AppliedSaved { get; private set; }
    public IReadOnlyList<Entry> Entries => _entries;
    public ulong LastIndex => Truncated.Index + (ulong)_entries.Count;

    public RaftBoot Load(PartitionId group, NodeId self, bool mayHaveLost, bool abstains)
    {
        var runs = new List<TermRun>();
        foreach (var entry in _entries)
        {
            if (runs.Count == 0 || runs[^1].Term != entry.Term) runs.Add(new TermRun(entry.Index, entry.Term));
        }
        return new RaftBoot
        {
            Group = group,
            Self = self,
            State = State,
            Truncated = Truncated,
            Runs = runs,
            LastIndex = LastIndex,
            Applied = AppliedSaved,
            CopiedUpTo = CopiedUpTo,
            Members = _members,
            MayHaveLost = mayHaveLost,
            Abstains = abstains,
            MembershipEntries = [.. _entries.Where(e => e.Type == RaftEntryType.Membership && e.Index > AppliedSaved).Select(e => e.Index)],
        };
    }

    public void SaveHardState(HardState state) => State = state;

    public void Append(ReadOnlySpan<Entry> entries)
    {
        foreach (var entry in entries)
        {
            Assert.Equal(LastIndex + 1, entry.Index);
            _entries.Add(entry);
        }
    }

    public void TruncateBack(ulong from)
    {
        Assert.InRange(from, Truncated.Index + 1, LastIndex);
        _entries.RemoveRange((int)(from - Truncated.Index - 1), (int)(LastIndex - from + 1));
    }

    public void TruncateFront(LogPosition upTo)
    {
        Assert.InRange(upTo.Index, Truncated.Index, Math.Min(LastIndex, AppliedSaved));
        _entries.RemoveRange(0, (int)(upTo.Index - Truncated.Index));
        Truncated = upTo;
    }

    public void InstallSnapshot(LogPosition position, IReadOnlyList<NodeId> members)
    {
        _entries.Clear();
        Truncated = position;
        State = State with { Commit = position.Index };
        SaveApplied(position.Index, members);
    }

    public void SaveApplied(ulong index, IReadOnlyList<NodeId> members)
    {
        Assert.True(index >= AppliedSaved);
        AppliedSaved = index;
        _members = [.. members];
    }

    /// <summary>A power cut that forgets the newest entries and the hard state with them.</summary>
    public void Forget(int entries)
    {
        entries = Math.Min(entries, _entries.Count);
        _entries.RemoveRange(_entries.Count - entries, entries);
        AppliedSaved = Math.Min(AppliedSaved, LastIndex);
    }
}
