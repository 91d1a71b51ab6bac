using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Storage;

/// <summary>The terms of the entries in a log's files, run by run: a log of a million entries has a handful of them. Not thread-safe.</summary>
/// <remarks>Invariant: first indexes rise, terms rise.</remarks>
internal sealed class StoredTerms
{
    private readonly List<TermRun> _runs = [];

    /// <summary>The runs of the entries behind <paramref name="truncated"/>, if there are any up to <paramref name="last"/>.</summary>
    public IReadOnlyList<TermRun> Behind(ulong truncated, ulong last)
    {
        var copy = Of(_runs);
        copy.CutFront(truncated, last);
        return copy._runs;
    }

    public static StoredTerms Of(IEnumerable<TermRun> runs)
    {
        var terms = new StoredTerms();
        terms._runs.AddRange(runs);
        return terms;
    }

    /// <returns>False if the term is lower than that of the entry before: no log of one raft group has that.</returns>
    public bool TryAdd(ulong index, ulong term)
    {
        if (_runs.Count == 0 || _runs[^1].Term < term) _runs.Add(new TermRun(index, term));
        return _runs[^1].Term == term;
    }

    /// <summary>The term of an entry that the log holds.</summary>
    public ulong TermOf(ulong index)
    {
        var run = _runs.Count - 1;
        while (run >= 0 && _runs[run].FirstIndex > index) run--;
        Invariant.Check(run >= 0);
        return _runs[run].Term;
    }

    /// <summary>Forgets the entries from <paramref name="index"/> on.</summary>
    public void CutBack(ulong index)
    {
        while (_runs.Count > 0 && _runs[^1].FirstIndex >= index) _runs.RemoveAt(_runs.Count - 1);
    }

    /// <summary>Forgets the entries up to <paramref name="index"/>.</summary>
    /// <param name="last">The last entry of the log.</param>
    public void CutFront(ulong index, ulong last)
    {
        if (index >= last)
        {
            _runs.Clear();
            return;
        }
        while (_runs.Count > 1 && _runs[1].FirstIndex <= index + 1) _runs.RemoveAt(0);
        if (_runs.Count > 0 && _runs[0].FirstIndex <= index) _runs[0] = _runs[0] with { FirstIndex = index + 1 };
    }
}
