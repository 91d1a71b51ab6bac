using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Raft;

/// <summary>The terms of a log without its entries: one run for each leadership that left entries in it.</summary>
/// <remarks>Invariant: runs ascend by index and by term, the first begins behind <see cref="Truncated"/>. One owner; looking up is a
/// binary search.</remarks>
internal sealed class TermRuns
{
    private TermRun[] _runs;
    private int _count;

    /// <exception cref="ArgumentException">The runs do not describe a log.</exception>
    public TermRuns(LogPosition truncated, IReadOnlyList<TermRun> runs, ulong lastIndex)
    {
        if (lastIndex < truncated.Index) throw new ArgumentException("raft: the log ends before it begins", nameof(lastIndex));
        var isEmpty = lastIndex == truncated.Index;
        if (runs.Count == 0 != isEmpty) throw new ArgumentException("raft: a log has runs, an empty one none", nameof(runs));
        var first = truncated.Index + 1;
        var term = truncated.Term;
        for (var i = 0; i < runs.Count; i++)
        {
            var follows = i == 0 ? runs[i].FirstIndex == first : runs[i].FirstIndex >= first;
            var fits = follows && runs[i].FirstIndex <= lastIndex && runs[i].Term >= term && runs[i].Term > 0;
            if (!fits) throw new ArgumentException($"raft: run {i} does not follow the one before it", nameof(runs));
            first = runs[i].FirstIndex + 1;
            term = runs[i].Term + 1;
        }
        _runs = [.. runs];
        _count = runs.Count;
        Truncated = truncated;
        LastIndex = lastIndex;
    }

    /// <summary>The last entry that is not in the log any more; its term is still known.</summary>
    public LogPosition Truncated { get; private set; }
    public ulong LastIndex { get; private set; }
    public LogPosition Last => _count == 0 ? Truncated : new LogPosition(_runs[_count - 1].Term, LastIndex);

    /// <summary>Ascending; for tests and inspection.</summary>
    public ReadOnlySpan<TermRun> Runs => _runs.AsSpan(0, _count);

    /// <returns>False if the index lies before <see cref="Truncated"/> or behind the last entry.</returns>
    public bool TryTermAt(ulong index, out ulong term)
    {
        term = 0;
        if (index < Truncated.Index || index > LastIndex) return false;
        term = index == Truncated.Index ? Truncated.Term : _runs[RunOf(index)].Term;
        return true;
    }

    public bool Holds(LogPosition position) => TryTermAt(position.Index, out var term) && term == position.Term;

    /// <summary>The last index up to <paramref name="index"/> whose term is not above <paramref name="term"/>, but never before
    /// <see cref="Truncated"/>.</summary>
    public ulong LastAtMost(ulong index, ulong term)
    {
        if (index <= Truncated.Index) return Truncated.Index;
        index = Math.Min(index, LastIndex);
        var run = index == Truncated.Index ? -1 : RunOf(index);
        while (run >= 0 && _runs[run].Term > term) index = _runs[run--].FirstIndex - 1;
        return index;
    }

    /// <summary>Adds entries of one term at the end.</summary>
    public void Append(ulong term, ulong count)
    {
        Invariant.Check(term >= Last.Term && term > 0);
        if (count == 0) return;
        if (_count == 0 || _runs[_count - 1].Term != term)
        {
            if (_count == _runs.Length) Array.Resize(ref _runs, Math.Max(4, _count * 2));
            _runs[_count++] = new TermRun(LastIndex + 1, term);
        }
        LastIndex += count;
    }

    /// <summary>Removes <paramref name="from"/> and all behind it.</summary>
    public void CutBack(ulong from)
    {
        Invariant.Check(from > Truncated.Index && from <= LastIndex);
        LastIndex = from - 1;
        while (_count > 0 && _runs[_count - 1].FirstIndex > LastIndex) _count--;
    }

    /// <summary>Removes all up to <paramref name="index"/>, which becomes <see cref="Truncated"/>.</summary>
    public void CutFront(ulong index)
    {
        Invariant.Check(index >= Truncated.Index && index <= LastIndex);
        if (index == Truncated.Index) return;
        var run = RunOf(index);
        Truncated = new LogPosition(_runs[run].Term, index);
        // The run of the last entry removed stays if it goes on behind it.
        var end = run + 1 < _count ? _runs[run + 1].FirstIndex - 1 : LastIndex;
        var removed = index == end ? run + 1 : run;
        Array.Copy(_runs, removed, _runs, 0, _count - removed);
        _count -= removed;
        if (index != end) _runs[0] = new TermRun(index + 1, Truncated.Term);
    }

    /// <summary>An empty log behind <paramref name="truncated"/>.</summary>
    public void Reset(LogPosition truncated)
    {
        _count = 0;
        Truncated = truncated;
        LastIndex = truncated.Index;
    }

    private int RunOf(ulong index)
    {
        var (low, high) = (0, _count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_runs[middle].FirstIndex <= index) low = middle;
            else high = middle - 1;
        }
        return low;
    }
}
