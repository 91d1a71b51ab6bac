using Akka.Actor;
using Akka.Event;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>One disk: takes its lock, lists it, loads its partitions a few at a time, watches over it, creates, deletes and sets aside replicas.</summary>
/// <remarks>
/// It lives as long as the node has the disk, also while the disk is lost: then it waits for it. What must never happen: two stores on one
/// directory; a directory renamed or removed while something of it is open. Aspects: Loading, Replicas, Orders, Health, SetAside.
/// </remarks>
internal sealed partial class DiskActor : ReceiveActor, IWithTimers
{
    /// <summary>Every partition of the disk is settled, or the disk cannot be used. Sent to the supervisor once.</summary>
    /// <param name="Problem">Null if the disk is usable.</param>
    /// <param name="Corrupt">Partitions whose files are damaged, each with what is wrong.</param>
    public sealed record DiskSettled(string Path, string? Problem, IReadOnlyList<string> Corrupt);

    /// <summary>Nothing came from the disk for the deadline while it was being loaded: whoever waits for it goes on without. <see cref="DiskSettled"/> may still follow.</summary>
    public sealed record DiskHangs(string Path);

    /// <summary>Close every partition, mark the clean stop, give back the lock, stop.</summary>
    public sealed record StopDisk;

    /// <summary>The node's own address or the rule for its peers' ports is another one now: partitions find themselves among their peers, join
    /// their groups, and look anew where the others are.</summary>
    public sealed record AddressesChanged;

    /// <summary>By order the node forgets this disk: it is in no report any more.</summary>
    public sealed record Forgotten(string Path);

    private sealed record Opened(DiskRoot Root, IReadOnlyList<RootEntry> Entries, DiskSpace Space);

    private sealed record OpenFailed(Exception Cause);

    private sealed record Released(string? Problem);

    private sealed record Overdue;

    /// <summary>How far the disk is.</summary>
    private enum Phase
    {
        Opening,
        Open,

        /// <summary>It is not there, or is another disk than it should be.</summary>
        Lost,

        /// <summary>It is there and cannot be used.</summary>
        Unusable,
    }

    private readonly DiskSettings _disk;
    private readonly DiskContext _context;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Random _random;
    private DiskHealth _health;
    private PartitionContext? _partitionContext; // of the disk as it is open, or is still being closed
    private DiskSpace _space;
    private long _repairBytes; // when it was last asked of all replicas: not for each of a thousand that are being loaded
    private Phase _phase = Phase.Opening;
    private string _reason = "";
    private bool _isUnclean; // a store was not synced at its end: the next start must not take this for a clean stop
    private bool _stopping;
    private bool _releasing;
    private bool _reopen; // once all is closed
    private bool _forgotten;

    public DiskActor(DiskSettings disk, DiskContext context)
    {
        (_disk, _context) = (disk, context);
        _budget = new LoadBudget(context.Settings.LoadsPerDisk);
        _health = NewHealth();
        _random = new Random(context.Raft.Random.Next());
        Receive<Opened>(TakeOpened);
        Receive<OpenFailed>(failed => CannotOpen(failed.Cause));
        Receive<Overdue>(_ => Hangs());
        Receive<AddressesChanged>(known =>
        {
            foreach (var slot in _slots.Values) slot.Actor?.Tell(known); // those that are opened later ask for it
        });
        Receive<PartitionActor.KnownNodes>(known =>
        {
            foreach (var slot in _slots.Values) slot.Actor?.Tell(known);
        });
        Receive<StopDisk>(_ => BeginStop());
        Receive<Released>(TakeReleased);
        Receive<Status.Failure>(failure => Log.DiskNote(_log, _disk.Path, failure.Cause.Message));
        ReceiveReplicas();
        ReceiveOrders();
        ReceiveHealth();
        ReceiveSetAside();
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props PropsFor(DiskSettings disk, DiskContext context) => Props.Create(() => new DiskActor(disk, context));

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(nameof(CheckPresence), new CheckPresence(), DiskPeriods.Presence, DiskPeriods.Presence);
        Timers.StartPeriodicTimer(nameof(CleanUp), new CleanUp(), DiskPeriods.Cleanup, DiskPeriods.Cleanup);
        Timers.StartPeriodicTimer(nameof(MeasureSpace), new MeasureSpace(), _context.Settings.SpacePeriod, _context.Settings.SpacePeriod);
        BeginOpen();
        ExpectProgress();
    }

    private DiskRoot? Root => _partitionContext?.Root;

    private long ReserveBytes => Math.Max(_disk.ReservedBytes, _context.Settings.ReserveFloorBytes);

    private long ReadOnlyBelowBytes => Math.Max(_disk.ReadOnlyBelowBytes, ReserveBytes);

    private DiskHealth NewHealth() => new(_context.Settings.DiskErrorsMax, _context.Settings.BrokenPartitionsMax);

    private void BeginOpen()
    {
        _phase = Phase.Opening;
        _reason = "";
        Publish();
        _context.Threads.RunAsync(OpenRoot, IoClass.Load).PipeTo(Self, failure: cause => new OpenFailed(cause));
    }

    private Opened OpenRoot()
    {
        var root = DiskRoot.Open(_context.Files, _disk.Path, _context.BootId, _context.ProcessName);
        try
        {
            return new Opened(root, root.List(), root.MeasureSpace(ReadOnlyBelowBytes));
        }
        catch
        {
            root.Dispose(); // the lock is not kept for a disk that is not used
            throw;
        }
    }

    private void TakeOpened(Opened opened)
    {
        if (_stopping)
        {
            opened.Root.Dispose();
            Context.Stop(Self);
            return;
        }

        var store = _context.StoreSettings with { BlockCrcsAreHints = opened.Root.BlockCrcsAreHints };
        _partitionContext = new PartitionContext(
            _disk.Path, opened.Root, _context.Files, _context.Threads, store, _context.Settings, _context.Partitions, _context.Board, _context.NodeAddress, _context.Raft,
            _context.LogWriter)
        {
            NodeId = _context.NodeId,
            Repair = _context.Repair,
        };
        _freshContext = null;
        _phase = Phase.Open;
        _health = NewHealth();
        _probeProblem = null;
        _isDecommissioned = opened.Root.IsDecommissioned;
        _space = opened.Space; // before anybody asks for room: a node that is loaded takes partitions
        if (opened.Root.Problem is { } problem) Log.DiskNote(_log, _disk.Path, problem);
        if (_wasListedBad) GiveUpDisk(ListedBad);
        _wasListedBad = false;
        Timers.StartSingleTimer(nameof(Probe), new Probe(), _context.Settings.ProbePeriod);
        BeginLoading(opened.Entries);
        MarkIfNeeded();
    }

    private void CannotOpen(Exception cause)
    {
        if (_stopping)
        {
            Context.Stop(Self);
            return;
        }

        var isAbsent = cause is DiskMissingException || (cause is DiskFaultException fault && DiskRoot.SaysAbsent(fault));
        _phase = isAbsent ? Phase.Lost : Phase.Unusable;
        _reason = cause.Message;
        Log.DiskUnavailable(_log, _disk.Path, cause.Message);
        SettleDisk(cause.Message);
        Publish();
    }

    /// <summary>The disk is not there any more: its partitions are closed and forgotten, and it is waited for.</summary>
    private void Lose(string reason)
    {
        if (_phase != Phase.Open || _stopping) return;
        Log.DiskUnavailable(_log, _disk.Path, reason);
        _phase = Phase.Lost;
        _reason = reason;
        _health = NewHealth();
        _recovering = null;
        _backups.Clear();
        _candidates.Clear();
        Timers.Cancel(nameof(Probe));
        foreach (var slot in _slots.Values.ToList())
        {
            slot.PlanDetach($"disk {_disk.Path} is lost");
            Close(slot);
        }

        SettleDisk(reason);
        Publish();
        ReleaseIfEmpty();
    }

    private void ExpectProgress() => Timers.StartSingleTimer(nameof(Overdue), new Overdue(), _context.Settings.DiskDeadline);

    private void Hangs()
    {
        Log.DiskNote(_log, _disk.Path, $"nothing came from it for {_context.Settings.DiskDeadline.TotalSeconds:0} s while it was being loaded; it is slow or hangs, the node goes on without it");
        Context.Parent.Tell(new DiskHangs(_disk.Path));
    }

    private void BeginStop()
    {
        if (_stopping) return;
        _stopping = true;
        Timers.CancelAll();
        if (_phase == Phase.Opening) return; // not before the disk has answered: the lock it may hold by then is given back
        foreach (var slot in _slots.Values)
        {
            if (_waiting.Contains(slot.Partition)) Unannounce(slot.Partition);
            _toClose.Enqueue(slot);
        }

        CloseNext();
        ReleaseIfEmpty();
    }

    /// <summary>The lock goes back only when no store is open any more.</summary>
    private void ReleaseIfEmpty()
    {
        if (_releasing || (_phase == Phase.Open && !_stopping) || _slots.Values.Any(slot => !slot.IsOut)) return;
        if (Root is not { } root)
        {
            GoOn();
            return;
        }

        _releasing = true;
        var isClean = _phase == Phase.Open && !_isUnclean; // to a lost disk nothing is written any more
        _context.Threads.RunAsync(
            () =>
            {
                try
                {
                    if (isClean) root.MarkCleanStop();
                }
                finally
                {
                    root.Dispose();
                }

                return new Released(isClean ? null : "a partition was not closed cleanly, or the disk is lost");
            },
            IoClass.Load).PipeTo(Self, failure: cause => new Released(cause.Message));
    }

    private void TakeReleased(Released released)
    {
        if (released.Problem is not null && _phase == Phase.Open) Log.DiskNote(_log, _disk.Path, $"no clean stop recorded: {released.Problem}");
        _releasing = false;
        _partitionContext = null;
        _isUnclean = false;
        GoOn();
    }

    /// <summary>Nothing of the disk is open.</summary>
    private void GoOn()
    {
        if (_stopping || _forgotten)
        {
            Context.Stop(Self);
        }
        else if (_reopen)
        {
            _reopen = false;
            BeginOpen();
        }
    }

    private PartitionActor.DiskRoom Room => new(_space.AcceptsWrites(ReserveBytes, _repairBytes), IsAvailable: _phase == Phase.Open && _health.GivenUp is null && _probeProblem is null);

    private void TellRoom()
    {
        _repairBytes = MeasureRepairBytes();
        var room = Room;
        foreach (var slot in _slots.Values) slot.Actor?.Tell(room);
    }

    private DiskState State => _phase switch
    {
        Phase.Opening => DiskState.Opening,
        Phase.Lost or Phase.Unusable => DiskState.Unavailable,
        _ when _health.GivenUp is not null || _probeProblem is not null => DiskState.Unavailable,
        _ => _unsettled.Count > 0 ? DiskState.Loading : DiskState.Ready,
    };

    private void Publish()
    {
        if (_forgotten) return;
        var space = _phase == Phase.Open ? _space : default;
        var found = _found < 0 ? _found : _slots.Count;
        _context.Board.Write(new DiskFigures(
            _disk.Path, State, (ulong)space.TotalBytes, (ulong)space.UsedBytes, (ulong)space.AvailableBytes, (ulong)ReserveBytes, found, Math.Max(0, found - _unsettled.Count),
            _reason.Length > 0 ? _reason : _health.GivenUp ?? _probeProblem ?? StalledText())
        {
            IsLost = _phase == Phase.Lost,
            IsDecommissioned = _isDecommissioned,
            FailedPartitions = _health.Failed,
            BadSince = BadSince,
            Backups = [.. _backups.Values.Select(entry => new Protocol.Master.BackupPartition { Addr = _context.NodeAddress(), Disk = _disk.Path, PartitionId = entry.Partition })],
            ReadOnlyBelow = (ulong)ReadOnlyBelowBytes,
            Allocated = (ulong)_slots.Values.Sum(slot => slot.Entry.Bytes),
            Device = _load.Device,
            BusyPercent = _load.Percent,
            StalledLoads = _budget.Stalled.Count,
        });
    }
}
