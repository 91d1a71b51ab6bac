using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Storage;

public sealed partial class RaftLog
{
    /// <summary>Removes the entries from <paramref name="from"/> on. Durable on return. Nothing happens if there are none.</summary>
    /// <param name="from">Behind the commit index that was saved last.</param>
    public void TruncateBack(ulong from)
    {
        ThrowIfUnusable();
        if (from > _last.Index) return;
        Invariant.Check(from > _commit);
        try
        {
            if (from >= _lastFirst) CutLastFile((int)(from - _lastFirst));
            else CutIntoFinished(from);
        }
        catch (Exception failure) when (Fail(failure))
        {
            throw;
        }
    }

    /// <summary>
    /// Forgets the entries up to <paramref name="index"/>: they become invisible, and whole files of them are deleted. The last file always stays.
    /// </summary>
    /// <remarks>The truncation point is durable before a file goes; without a file to delete it may come back older after a power cut.</remarks>
    /// <param name="index">An entry of the log, and applied: it is known to be committed. At or before the truncation point: nothing happens.</param>
    public void TruncateFront(ulong index)
    {
        ThrowIfUnusable();
        if (index <= _truncated.Index) return;
        Invariant.Check(index <= _last.Index);
        try
        {
            TruncateFrontCore(new LogPosition(_terms.TermOf(index), index));
        }
        catch (Exception failure) when (Fail(failure))
        {
            throw;
        }
    }

    /// <summary>Replaces all entries by a snapshot that ends at <paramref name="position"/>. Durable on return.</summary>
    /// <param name="state">Its commit index counts as at least that of the position.</param>
    public void InstallSnapshot(LogPosition position, in HardState state, RaftLogStaging staging)
    {
        ThrowIfUnusable();
        Invariant.Check(position.Index > _truncated.Index && state.Term >= _stored.Term && state.Term >= position.Term);
        try
        {
            InstallSnapshotCore(position, state with { Commit = Math.Max(Math.Max(state.Commit, position.Index), _commitFloor) }, staging);
        }
        catch (Exception failure) when (Fail(failure))
        {
            throw;
        }
    }

    private void CutLastFile(int keep)
    {
        var end = _offsets[keep];
        lock (_gate) Forget(_lastFirst + (ulong)keep, keep, end);
        _lastFile.File.SetLength(end);
        // Before anything is written behind the cut: else a power cut could mix old entries with new ones.
        _lastFile.File.Sync();
        lock (_gate) _logSynced = _logWrites;
    }

    private void CutIntoFinished(ulong from)
    {
        var at = SegmentOf(from);
        var segment = _finished[at];
        var path = PathOf(segment.Name);
        var file = _files.TryOpen(path) ?? throw new DiskFaultException("open a finished log file", path);
        try
        {
            var index = LogIndexRecord.TryLoad(file) ?? throw new DiskFaultException("read the index of a finished log file", path);
            var behind = _finished.GetRange(at + 1, _finished.Count - at - 1).ConvertAll(later => later.Name);
            behind.Add(_lastName);
            SharedFile before;
            lock (_gate)
            {
                (before, _lastFile, _lastName, _offsets, _lastFirst) = (_lastFile, new SharedFile(file), segment.Name, index.Offsets, segment.First);
                _finished.RemoveRange(at, _finished.Count - at);
                var keep = (int)(from - segment.First);
                Forget(from, keep, index.Offsets[keep]);
            }
            before.Release();
            // From the last file backwards: after a crash anywhere the log ends with a finished file, which both programs reopen.
            for (var i = behind.Count - 1; i >= 0; i--) _files.DeleteFile(PathOf(behind[i]));
            _files.SyncDirectory(_directory);
            file.SetLength(_end);
            file.Sync(); // as in CutLastFile
            lock (_gate) _logSynced = _logWrites;
        }
        catch when (_lastFile.File != file)
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Under the lock: entries from <paramref name="from"/> on are gone for readers, before they are for the disk.</summary>
    private void Forget(ulong from, int keep, long end)
    {
        _cuts++;
        _terms.CutBack(from);
        (_count, _end) = (keep, end);
        _last = from - 1 == _truncated.Index ? _truncated : new LogPosition(_terms.TermOf(from - 1), from - 1);
    }

    private void TruncateFrontCore(LogPosition position)
    {
        var obsolete = 0;
        while (obsolete < _finished.Count && FirstBehind(obsolete) <= position.Index + 1) obsolete++;
        var state = _stored with { Commit = Math.Max(_stored.Commit, position.Index) };
        _meta.Save(state, position);
        if (obsolete > 0) _meta.Sync(); // before the entries go
        Stored(state);
        _commit = Math.Max(_commit, position.Index);
        var names = _finished.GetRange(0, obsolete);
        lock (_gate)
        {
            _truncated = position;
            _finished.RemoveRange(0, obsolete);
            // Those of entries that are hidden, but still in a file, are needed for its index.
            _terms.CutFront((_finished.Count > 0 ? _finished[0].First : _lastFirst) - 1, _last.Index);
        }
        foreach (var segment in names) _files.DeleteFile(PathOf(segment.Name));
        if (obsolete > 0) _files.SyncDirectory(_directory);
    }

    private ulong FirstBehind(int finished) => finished + 1 < _finished.Count ? _finished[finished + 1].Name.FirstIndex : _lastName.FirstIndex;

    private void InstallSnapshotCore(LogPosition position, in HardState state, RaftLogStaging staging)
    {
        // Order: a whole last file, then META, then an empty file that begins behind the snapshot, then the deletes. Only between META and the
        // new file would a Go node refuse the log, as after its own installs; whatever lies there, we go on behind the truncation point.
        if (_count > 0) Finish(_lastFile.File, _lastFirst, _offsets.AsSpan(0, _count), _terms, _end, staging);
        _meta.Save(state, position);
        _meta.Sync();
        Stored(state);
        _commit = position.Index;
        var old = _finished.ConvertAll(segment => segment.Name);
        old.Add(_lastName);
        BeginFile(position.Index + 1, position);
        lock (_gate) _stateSynced = _stateWrites;
        // Backwards: files with entries behind the snapshot, which the new one contradicts, go first.
        for (var i = old.Count - 1; i >= 0; i--) _files.DeleteFile(PathOf(old[i]));
        _files.SyncDirectory(_directory);
    }
}
