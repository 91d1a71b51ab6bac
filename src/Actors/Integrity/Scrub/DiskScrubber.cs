using Akka.Actor;
using Akka.Event;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>Walks through the partitions of one disk, one after the other, slowly and for ever; remembers at the disk's root how far it is.</summary>
/// <remarks>One a disk, so that a thousand partitions cost no more than ten, and a disk is read at one place at a time.</remarks>
internal sealed class DiskScrubber : ReportingActor, IWithTimers
{
    private sealed record Begin;

    /// <param name="Partitions">Of the walk that ended just now; 0 if none did.</param>
    /// <param name="Wait">Until the next one.</param>
    private sealed record Rested(int Partitions, TimeSpan Took, TimeSpan Wait);

    private sealed record Failed(string Why);

    /// <summary>How often at the most it is written down how far the walk is.</summary>
    private static readonly TimeSpan SavePeriod = TimeSpan.FromMinutes(10);

    private readonly IntegrityParts _parts;
    private readonly CancellationTokenSource _cancel = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private bool _isWalking;
    private string _lastProblem = "";

    public DiskScrubber(IntegrityParts parts)
    {
        _parts = parts;
        Receive<Begin>(_ =>
        {
            _isWalking = true;
            new Walk(_parts, _log).RunAsync(_cancel.Token).PipeTo(Self);
        });
        Receive<Rested>(rested =>
        {
            (_isWalking, _lastProblem) = (false, "");
            if (rested.Partitions > 0) IntegrityLog.PassEnded(_log, _parts.DiskPath, rested.Partitions, rested.Took);
            BeginAfter(rested.Wait);
        });
        Receive<Failed>(failed =>
        {
            (_isWalking, _lastProblem) = (false, failed.Why);
            IntegrityLog.PassFailed(_log, _parts.DiskPath, failed.Why);
            BeginAfter(_parts.Settings.FirstScrub);
        });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props PropsFor(IntegrityParts parts) => ActorMaker.PropsBy(() => new DiskScrubber(parts));

    protected override ActorState Describe() => Say(
        "scrubber", _isWalking ? "walking" : _parts.Settings.ScrubBytesPerSecond > 0 ? "resting" : "off", ("disk", _parts.DiskPath), ("last walk ended early", _lastProblem));

    protected override void PreStart()
    {
        var isOn = _parts.Settings.ScrubBytesPerSecond > 0;
        _parts.Figures.Write(new ScrubFigures(_parts.DiskPath, isOn, 0, 0, 0, 0, null, null));
        if (isOn) BeginAfter(_parts.Settings.FirstScrub);
    }

    protected override void PostStop()
    {
        _cancel.Cancel();
        _cancel.Dispose();
    }

    private void BeginAfter(TimeSpan wait)
    {
        var least = TimeSpan.FromSeconds(1);
        var longest = TimeSpan.FromDays(1); // then it is asked anew how long: clocks are set
        Timers.StartSingleTimer(nameof(Begin), new Begin(), wait < least ? least : wait > longest ? longest : wait);
    }

    /// <summary>What is left of a walk, or a new one if it is due.</summary>
    private sealed class Walk(IntegrityParts parts, ILoggingAdapter log)
    {
        private readonly ScrubPace _pace = new(parts.Time);
        private readonly byte[] _buffers = new byte[2 * DataPlane.BlockBytes];
        private ScrubRecord _record = ScrubRecord.None;
        private long _savedAt = parts.Time.GetTimestamp();
        private int _done;
        private int _skipped;
        private readonly List<PartitionId> _late = []; // could not be looked at when their turn came
        private string _note = "";

        /// <returns>Rested or Failed.</returns>
        public async Task<object> RunAsync(CancellationToken cancel)
        {
            try
            {
                return await WalkAsync(cancel).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return new Failed("it was cancelled");
            }
            catch (DiskFaultException fault)
            {
                return new Failed(fault.Message);
            }
            catch (StorageCorruptException corrupt)
            {
                return new Failed(corrupt.Message);
            }
            catch (Exception e)
            {
                parts.Repair.Events.Broken($"the scrubber of disk {parts.DiskPath}", e);
                return new Failed("internal error");
            }
        }

        private async Task<Rested> WalkAsync(CancellationToken cancel)
        {
            _record = await parts.Threads.RunAsync(() => ScrubRecord.Load(parts.Files, parts.DiskPath), IoClass.Repair).ConfigureAwait(false);
            // Before all of its partitions are settled, and on a disk that is given up, a walk would pass over what it should look at.
            if (parts.Board.Disk(parts.DiskPath) is not { State: DiskState.Ready }) return new Rested(0, TimeSpan.Zero, parts.Settings.FirstScrub);
            var now = parts.Time.GetUtcNow();
            var wait = ScrubPlan.Wait(_record, now, parts.Settings.PassPeriod);
            if (wait > TimeSpan.Zero)
            {
                Show(default);
                return new Rested(0, TimeSpan.Zero, wait);
            }

            if (_record.IsPassDone) _record = _record with { Partition = 0, Extent = 0, IsPartitionDone = true, IsPassDone = false, PassStarted = now.ToUnixTimeSeconds() };
            await SaveAsync().ConfigureAwait(false);
            SetRate();
            if (parts.Settings.ScrubBytesPerSecond < Used / parts.Settings.PassPeriod.TotalSeconds)
                IntegrityLog.Slow(log, parts.DiskPath, Used, parts.Settings.ScrubBytesPerSecond, TimeSpan.FromSeconds(Used / parts.Settings.ScrubBytesPerSecond), parts.Settings.PassPeriod);
            using var operation = parts.Repair.Operations.Begin(
                OperationKind.Scrub, OperationIds.Next(parts.Time, parts.Repair.Random), null, parts.DiskPath, null, $"a walk through the disk, from partition {_record.Partition} on");
            await using var stopping = cancel.UnsafeRegister(static state => ((OperationHandle)state!).Cancelled("the node stops; the next start goes on where it is"), operation);
            while (ScrubPlan.Next(Served, _record) is { } next)
            {
                SetRate();
                Show(next.Partition);
                operation.Progress(_done, 0, "partitions");
                if (!await TryScrubAsync(next.Partition, next.After, cancel).ConfigureAwait(false)) _late.Add(next.Partition);
                _record = _record with { Partition = next.Partition.Value, Extent = 0, IsPartitionDone = true };
                _done++;
                await SaveNowAndThenAsync().ConfigureAwait(false);
            }

            // What kept one out then, such as a log that was still applied, is mostly over by now; a whole period is long to wait.
            foreach (var partition in _late)
                if (!await TryScrubAsync(partition, 0, cancel).ConfigureAwait(false)) _skipped++;
            var started = DateTimeOffset.FromUnixTimeSeconds(_record.PassStarted);
            var ended = parts.Time.GetUtcNow();
            _record = _record with { IsPassDone = true, LastFullPass = _skipped > 0 ? _record.LastFullPass : ended.ToUnixTimeSeconds() };
            await SaveAsync().ConfigureAwait(false);
            Show(default);
            operation.Finish($"{_done} partitions, {_skipped} left out");
            return new Rested(_done, ended - started, ScrubPlan.Wait(_record, ended, parts.Settings.PassPeriod));
        }

        /// <returns>False if it could not be walked through to its end.</returns>
        private async Task<bool> TryScrubAsync(PartitionId partition, ulong after, CancellationToken cancel)
        {
            if (parts.WhyNot(partition, out var gate) is { } why) return Skip(partition, why);

            try
            {
                using var budget = await parts.Repair.Budget.EnterAsync(TrafficClass.Scrub, "", 0, cancel).ConfigureAwait(false);
                await new PartitionScrub(parts, gate, _pace, budget, _buffers).RunAsync(
                    after,
                    async extent =>
                    {
                        if (partition.Value < _record.Partition) return; // a late one: the walk is at its end already
                        _record = _record with { Partition = partition.Value, Extent = extent.Value, IsPartitionDone = false };
                        await SaveNowAndThenAsync().ConfigureAwait(false);
                    },
                    cancel).ConfigureAwait(false);
                if (after == 0) parts.Figures.PartitionDone(partition, parts.Time.GetUtcNow());
                return true;
            }
            catch (Exception passing) when (passing is ReplicaClosedException or BudgetRefusedException)
            {
                return Skip(partition, passing.Message);
            }
            catch (DiskFaultException fault) when (fault.IsMediaError)
            {
                return Skip(partition, fault.Message); // this replica ends for it, as for a client's read; the others of the disk have their turn
            }
        }

        private bool Skip(PartitionId partition, string why)
        {
            _note = $"partition {partition}: {why}";
            IntegrityLog.Skipped(log, partition, why);
            return false;
        }

        private IEnumerable<PartitionFigures> Partitions => parts.Board.Partitions.Where(partition => partition.DiskPath == parts.DiskPath && partition.State == PartitionState.Serving);

        private IEnumerable<PartitionId> Served => Partitions.Select(partition => partition.Id);

        private long Used => Partitions.Sum(partition => partition.Used);

        private void SetRate() => _pace.BytesPerSecond = ScrubPlan.RateOf(Used, parts.Settings.PassPeriod, parts.Settings.ScrubBytesPerSecond);

        private void Show(PartitionId partition)
        {
            var left = _record.IsPassDone ? 0 : Served.Count(id => id.Value >= partition.Value);
            parts.Figures.Write(new ScrubFigures(
                parts.DiskPath, IsOn: true, partition.Value, _done, left, _record.IsPassDone ? 0 : _pace.BytesPerSecond,
                _record.PassStarted > 0 ? DateTimeOffset.FromUnixTimeSeconds(_record.PassStarted) : null,
                _record.LastFullPass > 0 ? DateTimeOffset.FromUnixTimeSeconds(_record.LastFullPass) : null)
            {
                Note = _note,
            });
        }

        private async ValueTask SaveNowAndThenAsync()
        {
            if (parts.Time.GetElapsedTime(_savedAt) >= SavePeriod) await SaveAsync().ConfigureAwait(false);
        }

        private async Task SaveAsync()
        {
            _savedAt = parts.Time.GetTimestamp();
            var record = _record;
            await parts.Threads.RunAsync(
                () =>
                {
                    // A disk that was taken away and left its empty mount point is not written to.
                    if (parts.Board.Disk(parts.DiskPath) is { State: DiskState.Loading or DiskState.Ready }) record.Save(parts.Files, parts.DiskPath);
                    return true;
                },
                IoClass.Repair).ConfigureAwait(false);
        }
    }
}
