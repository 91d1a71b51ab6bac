using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

/// <summary>The log of one raft group: <c>wal_&lt;id&gt;</c> in its partition's directory, in the format of CubeFS. All methods block.</summary>
/// <remarks>
/// One writer: Append, the truncations, InstallSnapshot, SaveHardState and Close are called by one thread at a time. <see cref="Read"/> and
/// <see cref="Sync"/> may run on any threads beside it. Nothing is durable before a sync says so, except where a method promises it.
/// Invariants: truncation point ≤ commit ≤ last; entries are contiguous; the bytes on disk obey raft.md 3.9 (docs/formats/raft-log.md)
/// after every single file operation, so that a Go node can go on from there. After a <see cref="DiskFaultException"/> the log is unusable:
/// what the disk holds is known only after Open.
/// </remarks>
public sealed partial class RaftLog : IDisposable
{
    /// <summary>Empty; a Go node ignores the name. There while the replica may lack what it acknowledged.</summary>
    public const string LossMarkName = "LOSS";

    private readonly IFileSystem _files;
    private readonly string _directory;
    private readonly RaftLogSettings _settings;
    private readonly LogMeta _meta;
    private readonly Lock _gate = new(); // what readers and syncs see; never held over a file operation
    private readonly List<LogSegment> _finished;
    private readonly StoredTerms _terms;

    private LogFileName _lastName;
    private SharedFile _lastFile;
    private uint[] _offsets;  // of the entries in the last file
    private int _count;       // of the entries in the last file
    private ulong _lastFirst; // index of the first of them
    private long _end;        // where the next record goes
    private long _begunAt;    // timestamp of the last file's begin
    private ulong _cuts;      // rises when entries go: a read that saw another number starts again
    private HardState _stored;
    private ulong _commitFloor; // the highest that META ever said: what was lost stays known until it is here again
    private ulong _commit;      // as the caller said last
    private LogPosition _truncated;
    private LogPosition _last;
    private ulong _logWrites, _logSynced, _stateWrites, _stateSynced;
    private bool _isMarked; // the loss that Open found is on disk until the replica has caught up
    private Exception? _failure;
    private bool _closed;

    private RaftLog(IFileSystem files, string directory, RaftLogSettings settings, LogMeta meta, LogInspection found, SharedFile lastFile)
    {
        (_files, _directory, _settings, _meta, _lastFile) = (files, directory, settings, meta, lastFile);
        (_finished, _terms, _truncated, _last) = (found.Finished, found.Terms, found.Truncated, found.Last);
        _lastName = found.LastFile ?? found.NewFile;
        _offsets = found.LastScan?.Offsets.ToArray() ?? [];
        _count = _offsets.Length;
        _lastFirst = _count > 0 ? found.LastScan!.First : _last.Index + 1;
        _end = found.LastScan?.EntriesEnd ?? 0;
        _begunAt = settings.Clock.GetTimestamp();
        _stored = found.HardState;
        _commitFloor = found.HardState.Commit;
    }

    /// <summary>What opening it found.</summary>
    public RaftLogReport Report { get; private set; } = null!; // set by Open

    /// <summary>The last position removed from the front.</summary>
    public LogPosition Truncated { get { lock (_gate) return _truncated; } }

    /// <summary>The last position, written but not necessarily synced.</summary>
    public LogPosition Last { get { lock (_gate) return _last; } }

    /// <summary>What <see cref="Sync"/> would make durable is more than nothing.</summary>
    public bool NeedsSync { get { lock (_gate) return _logWrites != _logSynced || _stateWrites != _stateSynced; } }

    /// <summary>Term or vote were saved and are not durable yet.</summary>
    public bool HardStateNeedsSync { get { lock (_gate) return _stateWrites != _stateSynced; } }

    /// <summary>Adds entries behind the last one. They survive kill -9 on return, and a power cut after <see cref="Sync"/>.</summary>
    /// <param name="entries">In order, the first one right behind <see cref="Last"/>.</param>
    public void Append(ReadOnlySpan<RaftLogEntry> entries, RaftLogStaging staging)
    {
        ThrowIfUnusable();
        try
        {
            AppendCore(entries, staging);
        }
        catch (Exception failure) when (Fail(failure))
        {
            throw;
        }
    }

    /// <summary>Saves term, vote and commit. Survives kill -9 on return.</summary>
    /// <remarks>
    /// A commit index alone never makes the log want a sync: what it says is found again. On disk it never falls, and never runs ahead of the
    /// entries: what is behind the last one is written when that one comes.
    /// </remarks>
    public void SaveHardState(in HardState state)
    {
        ThrowIfUnusable();
        Invariant.Check(state.Term >= _stored.Term && state.Commit >= _commit);
        _commit = state.Commit;
        try
        {
            WriteHardState(state);
        }
        catch (Exception failure) when (Fail(failure))
        {
            throw;
        }
    }

    /// <summary>The replica holds again what a leader has named, and was written before the call: the next start need not be careful. Durable on return.</summary>
    public void SetCaughtUp()
    {
        ThrowIfUnusable();
        if (!_isMarked) return;
        try
        {
            _files.DeleteFile($"{_directory}/{LossMarkName}");
            _files.SyncDirectory(_directory);
            _isMarked = false;
        }
        catch (Exception failure) when (Fail(failure))
        {
            throw;
        }
    }

    /// <summary>What was written before the call survives a power cut on return. Any thread.</summary>
    public void Sync() => SyncWritten(entries: true);

    /// <summary>As <see cref="Sync"/>, for term and vote only: entries behind them may be many.</summary>
    public void SyncHardState() => SyncWritten(entries: false);

    private void SyncWritten(bool entries)
    {
        ulong log, state;
        bool syncLog, syncState;
        SharedFile file;
        lock (_gate)
        {
            ThrowIfUnusable();
            (log, state) = (entries ? _logWrites : _logSynced, _stateWrites);
            (syncLog, syncState) = (log != _logSynced, state != _stateSynced);
            file = _lastFile.Retain(); // earlier files were synced when they were finished
        }
        try
        {
            if (syncLog) file.File.Sync();
            if (syncState) _meta.Sync();
        }
        catch (Exception failure) when (Fail(failure))
        {
            throw;
        }
        finally
        {
            file.Release();
        }
        lock (_gate) (_logSynced, _stateSynced) = (Math.Max(_logSynced, log), Math.Max(_stateSynced, state));
    }

    /// <summary>Syncs everything, the commit index too, and closes the files. A log that has failed is only closed.</summary>
    public void Close()
    {
        if (_closed) return;
        try
        {
            if (_failure is not null) return;
            _lastFile.File.Sync();
            _meta.Sync();
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>Closes the files without a sync. Not beside other calls.</summary>
    public void Dispose()
    {
        if (_closed) return;
        _closed = true;
        _lastFile.Release();
        _meta.Dispose();
    }

    private void WriteHardState(in HardState state)
    {
        var next = state with { Commit = Math.Max(Math.Min(_commit, _last.Index), _commitFloor) };
        if (next == _stored) return;
        _meta.SaveHardState(next);
        Stored(next);
    }

    private void Stored(in HardState state)
    {
        var promises = state.Term != _stored.Term || state.Vote != _stored.Vote;
        (_stored, _commitFloor) = (state, state.Commit);
        if (!promises) return;
        lock (_gate) _stateWrites++;
    }

    private bool Fail(Exception failure)
    {
        // A crash in a test is no failure of the disk; our own mistakes make the state as doubtful as a disk's do.
        lock (_gate) _failure ??= failure;
        return false;
    }

    private void ThrowIfUnusable()
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        if (_failure is { } failure) throw new DiskFaultException("use a raft log after a failure", _directory, cause: failure);
    }

    private string PathOf(LogFileName name) => $"{_directory}/{name}";
}
