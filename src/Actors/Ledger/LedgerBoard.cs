using Akka.Event;
using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>The one ledger of a node: an <see cref="OperationBook"/> under a lock, reached from any thread.</summary>
/// <remarks>
/// In memory, and never waiting for a disk: what of it is written to the file, and when, is the business of <see cref="OperationLedger"/>, which is woken when there is
/// something to be written or watched. No callback, no line of the log and no message is given away under the lock.
/// </remarks>
internal sealed class LedgerBoard(LedgerSettings settings, TimeProvider time, Random random, ILoggingAdapter log) : IOperationLog, IOperationSink, IOperationLedger
{
    private readonly Lock _lock = new();
    private readonly OperationBook _book = new(settings);
    private Action? _wake;
    private bool _isWoken;
    private bool _hasTakenOver;
    private bool _isKept;
    private string _problem = "";
    private long _writesFailed;

    public LedgerSettings Settings => settings;

    /// <summary>Is told of operations that have ended; null: nobody is.</summary>
    public ITraceSink? Spans { get; init; }

    private DateTimeOffset Now => time.GetUtcNow();

    public IReadOnlyList<OperationAlert> Alerts
    {
        get
        {
            lock (_lock) return [.. _book.Alerts];
        }
    }

    public OperationFigures Figures
    {
        get
        {
            var now = Now;
            lock (_lock)
            {
                var (counts, open) = (_book.Counts, _book.OpenByKind);
                return new OperationFigures(
                    [.. Enum.GetValues<OperationKind>().Select(kind => Of(kind, counts.Of(kind), open.GetValueOrDefault(kind)))],
                    [.. Enum.GetValues<OperationAlertKind>().Select(kind => new OperationAlertFigures(
                        kind, counts.AlertsOf(kind), _book.Alerts.Count(alert => alert.Kind == kind && OperationBook.IsActive(alert, now))))],
                    _isKept, _problem, _book.EndedCount, counts.ProgressIgnored, counts.LateCalls, counts.Unrecorded, _writesFailed);
            }
        }
    }

    public Guid NewId()
    {
        lock (_lock) return OperationIds.Next(time, random);
    }

    public OperationHandle Begin(OperationKind kind, Guid id, PartitionId? partition, string? disk, string? peer, string detail) => Begin(kind, id, partition, disk, peer, detail, runs: true);

    public OperationHandle Accept(OperationKind kind, Guid id, PartitionId? partition, string? disk, string? peer, string detail) => Begin(kind, id, partition, disk, peer, detail, runs: false);

    public void Alert(OperationAlert alert) => Change(() => _book.Raise(alert, Now));

    public void Excluded(OperationKind kind, ConflictVerdict verdict)
    {
        lock (_lock) _book.Counts.Of(kind).Exclude(verdict);
    }

    public void Start(Guid id) => Change(() => _book.Start(id, Now));

    public void Progress(Guid id, long done, long of, string unit) => Change(() => _book.Progress(id, done, of, unit, Now));

    public void CancelBy(Guid id, Action cancel)
    {
        lock (_lock) _book.CancelBy(id, cancel);
    }

    public void End(Guid id, OperationState state, string result, bool isLetGo = false)
    {
        OperationEntry? ended = null;
        Change(() => ended = _book.End(id, state, result, Now, isLetGo));
        if (ended is null) return;
        LedgerLog.Ended(log, ended);
        Spans?.Ended(ended);
    }

    public void Suspend(Guid id, string why)
    {
        OperationEntry? left = null;
        Change(() => left = _book.Suspend(id, why, Now));
        if (left is not null) LedgerLog.Left(log, left);
    }

    public void Rest(Guid id, string why) => Change(() => _book.Rest(id, why, Now));

    /// <inheritdoc cref="OperationBook.Forget"/>
    public void Forget(PartitionId partition, string why) => Change(() => _book.Forget(partition, why, Now));

    public IReadOnlyList<OperationEntry> List(OperationFilter filter)
    {
        lock (_lock) return [.. _book.List(filter)];
    }

    public OperationEntry? Find(Guid id)
    {
        lock (_lock) return _book.Lookup(id);
    }

    public bool IsActive(OperationAlert alert) => OperationBook.IsActive(alert, Now);

    public string? Cancel(Guid id)
    {
        Action? cancel;
        string problem;
        lock (_lock) cancel = _book.TakeCancel(id, out problem);
        if (cancel is null) return problem;
        LedgerLog.CancelOrdered(log, id);
        cancel();
        return null;
    }

    /// <param name="wake">Called, on any thread, when there is something to be written or watched, once until <see cref="Attend"/>.</param>
    public void Open(Action wake)
    {
        lock (_lock) (_wake, _isWoken) = (wake, false);
        Change(static () => { });
    }

    /// <summary>From here on whatever happens wakes again.</summary>
    /// <returns>Whether something is open or to be written.</returns>
    public bool Attend()
    {
        lock (_lock)
        {
            _isWoken = false;
            return _book.HasOpen || _book.HasChanges;
        }
    }

    public void Look() => Change(() => _book.Look(Now));

    /// <inheritdoc cref="OperationBook.Settle"/>
    public void Settle() => Change(() => _book.Settle(Now));

    /// <summary>What the file holds that this process has opened. The first time: what an earlier process left. Later: what this one wrote itself, and knows better.</summary>
    /// <returns>False if nothing was taken in, and the file is to be written anew.</returns>
    public bool TakeOver(LedgerContent saved)
    {
        var isFirst = false;
        Change(() =>
        {
            if (_hasTakenOver) return;
            (_hasTakenOver, isFirst) = (true, true);
            _book.TakeOver(saved.Entries, saved.Alerts, Now);
        });
        return isFirst;
    }

    /// <inheritdoc cref="OperationBook.TakeChanges"/>
    public LedgerContent TakeChanges(bool isTime, int countMax)
    {
        lock (_lock)
        {
            var (entries, alerts) = _book.TakeChanges(isTime, countMax);
            return new LedgerContent(entries, alerts);
        }
    }

    /// <inheritdoc cref="OperationBook.TakeAll"/>
    public LedgerContent TakeAll()
    {
        lock (_lock)
        {
            var (entries, alerts) = _book.TakeAll();
            return new LedgerContent(entries, alerts);
        }
    }

    /// <summary>Whether what happens is written to the file.</summary>
    public void ReportFile(bool isKept, string problem)
    {
        lock (_lock)
        {
            if (!isKept && problem.Length > 0) _writesFailed++;
            (_isKept, _problem) = (isKept, problem);
        }
    }

    private OperationHandle Begin(OperationKind kind, Guid id, PartitionId? partition, string? disk, string? peer, string detail, bool runs)
    {
        OperationEntry? entry = null;
        Change(() => entry = _book.Begin(kind, id, partition, disk, peer, detail, runs, Now));
        if (entry is null) return new OperationHandle(id, null);
        LedgerLog.Begun(log, entry);
        return new OperationHandle(id, this);
    }

    private void Change(Action change)
    {
        IReadOnlyList<OperationAlert> alerts;
        Action? wake = null;
        lock (_lock)
        {
            change();
            alerts = _book.TakeUnsaid();
            if (!_isWoken && _wake is not null && (_book.HasOpen || _book.HasChanges)) (wake, _isWoken) = (_wake, true);
        }

        foreach (var alert in alerts) LedgerLog.Alert(log, alert);
        wake?.Invoke();
    }

    private static OperationKindFigures Of(OperationKind kind, LedgerCounts.KindCounts counts, int open) => new(
        kind, open, counts.Begun, counts.Done, counts.Failed, counts.Cancelled, counts.Interrupted, counts.Nothing, counts.Seconds, counts.ExcludedBy(ConflictVerdict.Drop),
        counts.ExcludedBy(ConflictVerdict.Wait), counts.ExcludedBy(ConflictVerdict.Refuse));
}

/// <summary>What the ledger's file holds, or what is to be added to it.</summary>
/// <param name="Entries">In the order in which they were written; of open ones the last state.</param>
internal sealed record LedgerContent(IReadOnlyList<OperationEntry> Entries, IReadOnlyList<OperationAlert> Alerts)
{
    public static readonly LedgerContent Empty = new([], []);

    public bool IsEmpty => Entries.Count == 0 && Alerts.Count == 0;
}
