using System.Runtime.InteropServices;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>The log of one group behind its disk's <see cref="RaftLogWriter"/>: orders go in, numbers come back when they are done.</summary>
/// <remarks>
/// The orders are carried out in order; each has a number, one higher than the one before. One caller at a time; never blocks. Orders after a
/// failure or after <see cref="Close"/> are dropped, and their leases released. Whatever goes wrong fails this log and no other: the writer's
/// thread is that of all logs of its disk.
/// </remarks>
public sealed class GroupLog
{
    /// <summary>What an entry takes of the budget besides its data: about its record and its place in the queue.</summary>
    private const int EntryCostBytes = 128;

    private readonly RaftLogWriter _writer;
    private readonly IRaftLogListener _listener;
    private readonly Lock _gate = new();
    private readonly Lock _syncGate = new(); // held over a sync in the background, so that the files are not closed under it
    private List<LogOrder> _queued = [], _taken = [];
    private List<RaftLogEntry> _queuedEntries = [], _takenEntries = [];
    private HardState _written;
    private HardState? _commitWaiting; // differs from _written by its commit index only
    private long _sequence;
    private long _queuedSequence, _takenSequence; // of the last order in each
    private long? _queuedSince, _takenSince;
    private bool _scheduled;
    private bool _failed;
    private bool _closing;
    private bool _closed;

    internal GroupLog(RaftLogWriter writer, RaftLog log, IRaftLogListener listener)
    {
        (_writer, Log, _listener) = (writer, log, listener);
        _written = log.Report.HardState;
    }

    /// <summary>For <see cref="RaftLog.Read"/> and what it says of itself. All changes go through the orders.</summary>
    public RaftLog Log { get; }

    /// <summary>For how long the oldest order has been waiting; zero if none is. A group whose log is stalled must not be echoed.</summary>
    public TimeSpan OutstandingFor
    {
        get
        {
            lock (_gate) return (_takenSince ?? _queuedSince) is { } since ? _writer.Clock.GetElapsedTime(since) : TimeSpan.Zero;
        }
    }

    internal bool IsInDirtyList { get; set; } // under the writer's lock
    internal bool WantsSync { get; private set; }

    /// <summary>Asks for room in the writer's queue, before a message is taken that brings entries.</summary>
    /// <returns>False: the disk does not keep up; the message is dropped, its sender sends it again.</returns>
    public bool TryReserve(int entries, long dataBytes) => _writer.TryReserve(CostOf(entries, dataBytes));

    /// <summary>Gives back what was reserved for entries that are not appended after all.</summary>
    public void CancelReservation(int entries, long dataBytes) => _writer.Unreserve(CostOf(entries, dataBytes));

    /// <summary>Adds entries behind the last ones ordered. Room for exactly them was reserved.</summary>
    /// <param name="lease">Holds the data of all of them: one count of it goes to the writer, which releases it. Null: the data is nobody's to reuse.</param>
    public long Append(ReadOnlySpan<RaftLogEntry> entries, BufferLease? lease)
    {
        long dataBytes = 0;
        foreach (ref readonly var entry in entries) dataBytes += entry.Data.Length;
        return Post(new LogOrder(LogOrderKind.Append, entries.Length, CostOf(entries.Length, dataBytes), lease), entries);
    }

    /// <summary>Adds an entry without data, for which nothing is reserved: a leader's first cannot be refused.</summary>
    public long AppendEmpty(RaftEntryHeader header)
    {
        Invariant.Check(header.DataBytes == 0);
        return Post(new LogOrder(LogOrderKind.Append, 1), [new RaftLogEntry(header, default)]);
    }

    /// <summary>See <see cref="RaftLog.TruncateBack"/>.</summary>
    public long TruncateBack(ulong from) => Post(new LogOrder(LogOrderKind.TruncateBack, Position: new LogPosition(0, from)));

    /// <summary>See <see cref="RaftLog.TruncateFront"/>. APPLY is durable and not before that index.</summary>
    public long TruncateFront(ulong index) => Post(new LogOrder(LogOrderKind.TruncateFront, Position: new LogPosition(0, index)));

    /// <summary>Term and vote are durable when it is saved. A commit index alone is written along with other things and not synced for itself.</summary>
    public long SaveHardState(in HardState state) => Post(new LogOrder(LogOrderKind.SaveHardState, State: state));

    /// <summary>See <see cref="RaftLog.InstallSnapshot"/>.</summary>
    public long InstallSnapshot(LogPosition position, in HardState state) =>
        Post(new LogOrder(LogOrderKind.InstallSnapshot, Position: position, State: state));

    /// <summary>See <see cref="RaftLog.SetCaughtUp"/>.</summary>
    public long CaughtUp() => Post(new LogOrder(LogOrderKind.CaughtUp));

    /// <summary>All that was ordered before is durable when this is saved, whatever the setting.</summary>
    public long Sync() => Post(new LogOrder(LogOrderKind.Sync));

    /// <summary>Makes durable what was written, on the caller's thread. Blocks, and may run beside everything else.</summary>
    /// <returns>False if the log was closed after a failure: how much of it is durable, nobody knows.</returns>
    /// <exception cref="DiskFaultException">The log could not be synced, now or before.</exception>
    public bool SyncWritten()
    {
        lock (_syncGate)
        {
            if (_closed) return !Volatile.Read(ref _failed);
            Log.Sync();
            return true;
        }
    }

    /// <summary>Closes the log, everything synced, after what was ordered before; a log that failed is only closed.</summary>
    public long Close() => Post(new LogOrder(LogOrderKind.Close));

    /// <summary>Writes what was ordered. On the writer's thread.</summary>
    /// <returns>True if <see cref="CompleteSynced"/> has to follow.</returns>
    internal bool Write(RaftLogStaging staging)
    {
        Take();
        WantsSync = false;
        if (!_failed)
        {
            try
            {
                PerformTaken(staging);
                if (_closed || (!WantsSync && !MustSync()))
                {
                    Complete();
                    return false;
                }
                return true;
            }
            catch (Exception failure)
            {
                Fail(failure);
            }
        }
        if (_taken.Exists(static order => order.Kind == LogOrderKind.Close)) CloseFailed();
        Complete();
        return false;
    }

    /// <summary>Makes durable what was written, then says so.</summary>
    internal void CompleteSynced()
    {
        try
        {
            if (WantsSync || _writer.Settings.Durability == RaftDurability.Strict) Log.Sync();
            else Log.SyncHardState();
        }
        catch (Exception failure)
        {
            Fail(failure);
        }
        Complete();
    }

    /// <summary>The sync in the background: on any thread, beside the writer's.</summary>
    internal void SyncInBackground()
    {
        lock (_syncGate)
        {
            if (_closed || Volatile.Read(ref _failed)) return;
            try
            {
                Log.Sync();
            }
            catch (Exception failure)
            {
                Fail(failure);
            }
        }
    }

    private static long CostOf(int entries, long dataBytes) => dataBytes + (long)EntryCostBytes * entries;

    private bool MustSync() => _writer.Settings.Durability == RaftDurability.Strict ? Log.NeedsSync : Log.HardStateNeedsSync;

    private long Post(in LogOrder order, ReadOnlySpan<RaftLogEntry> entries = default)
    {
        long sequence;
        bool isNew;
        lock (_gate)
        {
            sequence = ++_sequence;
            if (_closing || (_failed && order.Kind != LogOrderKind.Close))
            {
                _writer.Unreserve(order.Cost);
                order.Lease?.Release();
                return sequence;
            }
            (_closing, _queuedSequence) = (order.Kind == LogOrderKind.Close, sequence);
            // Of two states or syncs in a row the later one says it all; so elections on a stalled disk do not pile up.
            if (order.Kind is LogOrderKind.SaveHardState or LogOrderKind.Sync && _queued.Count > 0 && _queued[^1].Kind == order.Kind) _queued[^1] = order;
            else _queued.Add(order);
            _queuedEntries.AddRange(entries);
            _queuedSince ??= _writer.Clock.GetTimestamp();
            (isNew, _scheduled) = (!_scheduled, true);
        }
        if (isNew) _writer.Schedule(this);
        return sequence;
    }

    private void Take()
    {
        lock (_gate)
        {
            (_queued, _taken) = (_taken, _queued);
            (_queuedEntries, _takenEntries) = (_takenEntries, _queuedEntries);
            (_takenSince, _queuedSince, _takenSequence) = (_queuedSince, null, _queuedSequence);
        }
    }

    private void PerformTaken(RaftLogStaging staging)
    {
        var orders = CollectionsMarshal.AsSpan(_taken);
        var entries = CollectionsMarshal.AsSpan(_takenEntries);
        var at = 0;
        for (var i = 0; i < orders.Length; i++)
        {
            ref readonly var order = ref orders[i];
            switch (order.Kind)
            {
                case LogOrderKind.Append:
                    var count = order.Entries;
                    while (i + 1 < orders.Length && orders[i + 1].Kind == LogOrderKind.Append) count += orders[++i].Entries;
                    Log.Append(entries.Slice(at, count), staging);
                    at += count;
                    break;
                case LogOrderKind.TruncateBack:
                    Log.TruncateBack(order.Position.Index);
                    break;
                case LogOrderKind.TruncateFront:
                    Log.TruncateFront(order.Position.Index);
                    break;
                case LogOrderKind.SaveHardState:
                    Save(order.State);
                    break;
                case LogOrderKind.InstallSnapshot:
                    _commitWaiting = null;
                    Log.InstallSnapshot(order.Position, order.State, staging);
                    _written = order.State;
                    break;
                case LogOrderKind.CaughtUp:
                    Log.SetCaughtUp();
                    break;
                case LogOrderKind.Sync:
                    WantsSync = true;
                    break;
                case LogOrderKind.Close:
                    WriteCommit();
                    CloseLog();
                    return;
            }
        }
        WriteCommit();
    }

    /// <summary>A promise is written where it stands in the order; a mere commit index once, behind everything.</summary>
    private void Save(in HardState state)
    {
        if ((state.Term, state.Vote) == (_written.Term, _written.Vote))
        {
            _commitWaiting = state;
            return;
        }
        _commitWaiting = null;
        Log.SaveHardState(state);
        _written = state;
    }

    private void WriteCommit()
    {
        if (_commitWaiting is not { } state) return;
        _commitWaiting = null;
        Log.SaveHardState(state);
        _written = state;
    }

    private void Complete()
    {
        foreach (ref readonly var order in CollectionsMarshal.AsSpan(_taken))
        {
            _writer.Unreserve(order.Cost);
            order.Lease?.Release();
        }
        _taken.Clear();
        _takenEntries.Clear();
        bool saved, isMore;
        lock (_gate)
        {
            _takenSince = null;
            saved = !_failed;
            isMore = _scheduled = _queued.Count > 0;
        }
        if (saved) _listener.Saved(_takenSequence);
        if (_closed)
        {
            _writer.Forget(this);
            _listener.Closed();
            return;
        }
        if (saved && Log.NeedsSync) _writer.MarkDirty(this);
        if (isMore) _writer.Schedule(this);
    }

    /// <summary>Why it is closed has been told; what closing it adds to that must not reach the other logs.</summary>
    private void CloseFailed()
    {
        try
        {
            if (!_closed) CloseLog();
        }
        catch (Exception failure)
        {
            Fail(failure);
        }
    }

    private void CloseLog()
    {
        lock (_syncGate)
        {
            try
            {
                Log.Close();
            }
            finally
            {
                _closed = true;
            }
        }
    }

    private void Fail(Exception failure)
    {
        if (failure is not (IOException or InvariantViolationException)) _writer.NoteUnforeseen(failure);
        lock (_gate)
        {
            if (_failed) return;
            _failed = true;
        }
        _listener.Failed(failure);
    }
}
