using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Storage.Tests;

/// <summary>Drives a log and knows what of it must be there after a crash: everything written after a kill, everything synced after a power cut.</summary>
internal sealed class LogModel(TestLog test)
{
    private sealed record State(LogPosition Truncated, WalBuilder.Entry[] Entries, ulong Term, ulong Vote, ulong Commit)
    {
        public ulong LastIndex => Entries.Length == 0 ? Truncated.Index : Entries[^1].Index;
        public ulong LastTerm => Entries.Length == 0 ? Truncated.Term : Entries[^1].Term;
        /// <summary>Entries that a truncation at the front has hidden may show again after a power cut.</summary>
        public WalBuilder.Entry[] Behind(LogPosition truncated) => [.. Hidden.Concat(Entries).Where(entry => entry.Index > truncated.Index)];
        public WalBuilder.Entry[] Hidden { get; init; } = [];
        /// <summary>Term and vote as META has them: after a power cut they may be older than what the log reports.</summary>
        public (ulong Term, ulong Vote) Saved { get; init; }
    }

    private State _now = new(default, [], 0, 0, 0);
    private State _before = new(default, [], 0, 0, 0);
    private ulong _synced;                                       // entries up to here survive a power cut
    private List<LogPosition> _truncations = [default];          // that may be found after a power cut
    private List<(ulong Term, ulong Vote)> _promises = [(0, 0)]; // likewise
    private bool _installing;
    private bool _powerWasCut;

    public ulong Last => _now.LastIndex;
    public ulong Commit => _now.Commit;
    public ulong Term => _now.Term;
    public ulong Truncated => _now.Truncated.Index;

    public void Append(int count, int bytes)
    {
        var entries = WalBuilder.Entries(_now.LastIndex + 1, _now.LastIndex + (ulong)count, _now.Term, bytes);
        Do(_now with { Entries = [.. _now.Entries, .. entries] }, () => test.Append(entries));
    }

    public void TruncateBack(ulong from)
    {
        Do(_now with { Entries = [.. _now.Entries.Where(entry => entry.Index < from)] }, () => test.Log.TruncateBack(from));
        _synced = _now.LastIndex;
    }

    public void TruncateFront(ulong index)
    {
        var position = new LogPosition(_now.Entries.Single(entry => entry.Index == index).Term, index);
        var files = test.LogNames.Length;
        _truncations.Add(position);
        Do(_now with { Truncated = position, Entries = [.. _now.Entries.Where(e => e.Index > index)], Hidden = [.. _now.Hidden, .. _now.Entries.Where(e => e.Index <= index)] },
            () => test.Log.TruncateFront(index));
        if (test.LogNames.Length < files) (_truncations, _promises) = ([position], [_promises[^1]]); // META was synced for the deletes
    }

    public void Install(LogPosition position)
    {
        (_installing, var saved) = (true, (_now.Term, _now.Vote));
        _truncations.Add(position);
        Do(_now with { Truncated = position, Entries = [], Hidden = [], Commit = position.Index, Saved = saved },
            () => test.Log.InstallSnapshot(position, new HardState(saved.Term, new NodeId(saved.Vote), position.Index), test.Staging));
        (_installing, _synced, _truncations, _promises) = (false, position.Index, [position], [saved]);
    }

    public void Save(ulong term, ulong vote, ulong commit)
    {
        _promises.Add((term, vote));
        Do(_now with { Term = term, Vote = vote, Commit = commit, Saved = (term, vote) }, () => test.Log.SaveHardState(new HardState(term, new NodeId(vote), commit)));
    }

    public void Sync()
    {
        test.Log.Sync();
        (_synced, _promises) = (_now.LastIndex, [_now.Saved]);
    }

    public void Reopen()
    {
        test.Log.Close();
        (_synced, _promises, _truncations) = (_now.LastIndex, [_now.Saved], [_now.Truncated]);
        test.Open();
        Check("reopened", isKill: true);
    }

    /// <summary>After a crash and the next open; the log goes on from what was found.</summary>
    public void Check(string when, bool isKill)
    {
        var report = test.Log.Report;
        var found = test.ReadAll();
        var go = test.Go();
        Assert.True(go.Problem is null, $"{when}: {go.Problem}");
        Assert.True(report.Truncated == _now.Truncated || report.Truncated == _before.Truncated || (!isKill && _truncations.Contains(report.Truncated)),
            $"{when}: truncated at {report.Truncated}");
        WalBuilder.Entry[] before = _before.Behind(report.Truncated), after = _now.Behind(report.Truncated);
        var common = before.Zip(after).TakeWhile(pair => ReferenceEquals(pair.First, pair.Second)).Count();
        var safe = isKill ? common : before.Take(common).Count(entry => entry.Index <= _synced);
        Assert.True(found.Length >= safe, $"{when}: {found.Length} entries behind {report.Truncated}, {safe} must be there");
        var whole = IsFront(found, after) || IsFront(found, before);
        Assert.True(whole, $"{when}: what was found was never written: {string.Join(' ', found.Select(e => $"{e.Term}/{e.Index}"))}");
        Assert.True(isKill ? (go.Term, go.Vote) == _now.Saved || (go.Term, go.Vote) == _before.Saved : _promises.Contains((go.Term, go.Vote)),
            $"{when}: term {go.Term} and vote {go.Vote}");
        if (isKill) Assert.True(go.Commit >= Math.Min(_before.Commit, _now.Commit), $"{when}: commit {go.Commit} was {_before.Commit}");
        _powerWasCut |= !isKill;
        // A kill loses nothing, and we know it; only a snapshot that was half installed looks like a loss. What a power cut took stays known.
        var allowed = (_installing ? RaftLogLoss.BehindTruncation : 0)
            | (_powerWasCut && go.Commit > report.Last.Index ? RaftLogLoss.BehindCommit : 0)
            | (_powerWasCut && go.Term < report.Last.Term ? RaftLogLoss.HardState : 0);
        allowed |= RaftLogLoss.NotCaughtUp; // an earlier loss, and nobody here ever says that it is made up for
        if (isKill) Assert.True((report.Loss & ~allowed) == 0, $"{when}: {report.Loss}, {string.Join(' ', report.Notes)}");
        _now = new State(report.Truncated, found, report.HardState.Term, report.HardState.Vote.Value, report.HardState.Commit) { Saved = (go.Term, go.Vote) };
        _before = _now;
        // Opening a log makes durable what it finds.
        (_synced, _truncations, _promises, _installing) = (_now.LastIndex, [_now.Truncated], [_now.Saved], false);
    }

    private void Do(State next, Action action)
    {
        (_before, _now) = (_now, next);
        action();
        _before = _now;
    }

    private static bool IsFront(WalBuilder.Entry[] found, WalBuilder.Entry[] all) => found.Length <= all.Length
        && found.Zip(all).All(pair => (pair.First.Index, pair.First.Term) == (pair.Second.Index, pair.Second.Term) && pair.First.Data.AsSpan().SequenceEqual(pair.Second.Data));
}
