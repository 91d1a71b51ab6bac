using System.Runtime.ExceptionServices;
using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>Writes the raft logs of one disk: whatever waits of all groups is written, then synced together as far as it needs it.</summary>
/// <remarks>
/// It has no thread of its own: it posts itself, never twice at once, to a queue for writes, which in a node is a <see cref="DiskThreads"/> of
/// one thread that does nothing else. The sync in the background goes to another queue, so that it holds up no write. In steady state a round allocates nothing.
/// </remarks>
public sealed class RaftLogWriter : IDisposable
{
    private readonly IWorkQueue _writes;
    private readonly IWorkQueue _syncs;
    private readonly WriteRound _round;
    private readonly SyncRound _syncRound;
    private readonly RaftLogStaging _staging;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private readonly List<GroupLog> _groups = [];
    private List<GroupLog> _ready = [], _taken = [];
    private List<GroupLog> _dirty = [], _takenDirty = [];
    private readonly List<GroupLog> _toSync = [];
    private long _queuedBytes;
    private long? _dirtySince, _takenDirtySince;
    private bool _isPosted;
    private bool _isSyncPosted;
    private Exception? _unforeseen;

    /// <param name="writes">Gets one item at a time.</param>
    /// <param name="syncs">Gets one item at a time; may be the same queue.</param>
    /// <param name="staging">Used by nobody else; null makes one of the usual size.</param>
    public RaftLogWriter(IWorkQueue writes, IWorkQueue syncs, TimeProvider clock, RaftLogWriterSettings settings, RaftLogStaging? staging = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(settings.SyncInterval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.QueuedBytesMax, 1);
        (_writes, _syncs, Clock, Settings) = (writes, syncs, clock, settings);
        _staging = staging ?? new RaftLogStaging();
        (_round, _syncRound) = (new WriteRound(this), new SyncRound(this));
        _timer = clock.CreateTimer(static writer => ((RaftLogWriter)writer!).Tick(), this, settings.SyncInterval, settings.SyncInterval);
    }

    public RaftLogWriterSettings Settings { get; }

    /// <summary>Bytes of the budget that are reserved or queued.</summary>
    public long QueuedBytes => Interlocked.Read(ref _queuedBytes);

    /// <summary>For how long the oldest order of any group has been waiting: how long the disk has been stalled, or nearly so.</summary>
    public TimeSpan OutstandingFor
    {
        get
        {
            lock (_gate)
            {
                var longest = TimeSpan.Zero;
                foreach (var group in _groups)
                    if (group.OutstandingFor is var waiting && waiting > longest) longest = waiting;
                return longest;
            }
        }
    }

    /// <summary>
    /// For how long the oldest entries that were saved and not synced have been waiting for it: with Replicated what a power cut can take.
    /// </summary>
    public TimeSpan UnsyncedFor
    {
        get
        {
            lock (_gate) return (_takenDirtySince ?? _dirtySince) is { } since ? Clock.GetElapsedTime(since) : TimeSpan.Zero;
        }
    }

    internal TimeProvider Clock { get; }

    /// <summary>Takes over an open log. From now on only this writer changes it, and <see cref="GroupLog.Close"/> closes it.</summary>
    public GroupLog Attach(RaftLog log, IRaftLogListener listener)
    {
        var group = new GroupLog(this, log, listener);
        lock (_gate) _groups.Add(group);
        return group;
    }

    /// <summary>Ends the ticks. The groups were closed before.</summary>
    public void Dispose() => _timer.Dispose();

    internal bool TryReserve(long cost)
    {
        var queued = Interlocked.Add(ref _queuedBytes, cost);
        // What is larger than the whole budget passes when nothing else waits: else it never would.
        if (queued <= Settings.QueuedBytesMax || queued == cost) return true;
        Unreserve(cost);
        return false;
    }

    internal void Unreserve(long cost)
    {
        var left = Interlocked.Add(ref _queuedBytes, -cost);
        Invariant.Check(left >= 0);
    }

    internal void Schedule(GroupLog group)
    {
        lock (_gate) _ready.Add(group);
        PostRound();
    }

    internal void MarkDirty(GroupLog group)
    {
        lock (_gate)
        {
            if (group.IsInDirtyList) return;
            group.IsInDirtyList = true;
            _dirty.Add(group);
            _dirtySince ??= Clock.GetTimestamp();
        }
    }

    internal void Forget(GroupLog group)
    {
        lock (_gate) _groups.Remove(group);
    }

    /// <summary>A fault of ours: its group has ended, and once the others have had their turn the queue is told, which says where it happened.</summary>
    internal void NoteUnforeseen(Exception fault) => Interlocked.CompareExchange(ref _unforeseen, fault, null);

    private void ThrowUnforeseen()
    {
        if (Interlocked.Exchange(ref _unforeseen, null) is { } fault) ExceptionDispatchInfo.Throw(fault);
    }

    private void PostRound()
    {
        lock (_gate)
        {
            if (_isPosted || _ready.Count == 0) return;
            _isPosted = true;
        }
        if (_writes.TryPost(_round)) return;
        lock (_gate) _isPosted = false; // the next tick tries again
    }

    private void RunRound()
    {
        lock (_gate) (_ready, _taken) = (_taken, _ready);
        foreach (var group in _taken)
            if (group.Write(_staging)) _toSync.Add(group);
        // Only now: the first sync commits the journal for all of them, and what came meanwhile is the next round.
        foreach (var group in _toSync) group.CompleteSynced();
        _taken.Clear();
        _toSync.Clear();
        lock (_gate) _isPosted = false;
        PostRound();
        ThrowUnforeseen();
    }

    private void Tick()
    {
        PostRound();
        lock (_gate)
        {
            if (_isSyncPosted || _dirty.Count == 0) return;
            _isSyncPosted = true;
        }
        if (_syncs.TryPost(_syncRound)) return;
        lock (_gate) _isSyncPosted = false;
    }

    private void RunSyncRound()
    {
        lock (_gate)
        {
            (_dirty, _takenDirty) = (_takenDirty, _dirty);
            (_takenDirtySince, _dirtySince) = (_dirtySince, null);
            foreach (var group in _takenDirty) group.IsInDirtyList = false;
        }
        foreach (var group in _takenDirty) group.SyncInBackground();
        _takenDirty.Clear();
        lock (_gate) (_isSyncPosted, _takenDirtySince) = (false, null);
        ThrowUnforeseen();
    }

    private sealed class WriteRound(RaftLogWriter writer) : WorkItem
    {
        public override void Execute() => writer.RunRound();
    }

    private sealed class SyncRound(RaftLogWriter writer) : WorkItem
    {
        public override void Execute() => writer.RunSyncRound();
    }
}
