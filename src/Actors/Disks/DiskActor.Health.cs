using Akka.Actor;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;
using CubeActors.Storage;

namespace CubeActors.Actors;

// Space, probes, I/O errors, presence, and the recovery of a disk that was given up.
internal sealed partial class DiskActor
{
    /// <summary>Tells the disk whether the master moves its partitions elsewhere.</summary>
    public sealed record Decommission(bool IsDecommissioned);

    /// <summary>Loaded partitions of this disk whose directories are gone. Sent to the supervisor.</summary>
    public sealed record DirectoriesMissing(string Path, IReadOnlyList<PartitionId> Partitions);

    private sealed record MeasureSpace;

    private sealed record Measured(DiskRoot Root, DiskSpace Space, BlockDeviceUse? Device, Exception? Problem);

    private sealed record Probe;

    private sealed record Probed(DiskRoot Root, bool IsPresent, Exception? Problem);

    private sealed record ProbePartition(PartitionId Partition);

    private sealed record PartitionProbed(PartitionId Partition, Exception? Problem);

    private sealed record CheckPresence;

    /// <param name="Root">Of the disk as it was open; null for one that is waited for.</param>
    private sealed record PresenceChecked(DiskRoot? Root, bool IsPresent, IReadOnlyList<PartitionId> Missing, Exception? Problem);

    private sealed record Marked(string? Problem);

    private sealed record Recovered(PartitionId Partition, string? Problem);

    private const string ListedBad = "the master lists it as bad since the run before";

    private readonly DeviceLoad _load = new();
    private string? _probeProblem;
    private DateTimeOffset? _badSince;
    private Queue<ulong>? _recovering;
    private bool _wasListedBad;
    private bool _isDecommissioned;
    private bool _shouldBeDecommissioned;
    private bool _knowsDecommission;
    private bool _marking, _measuring, _checking; // at most one of each is under way: a disk that hangs is not given more and more to do

    private void ReceiveHealth()
    {
        Receive<MeasureSpace>(_ => Measure());
        Receive<Measured>(TakeMeasured);
        Receive<Probe>(_ => ProbeDisk());
        Receive<Probed>(Judge);
        Receive<ProbePartition>(probe => ProbeOne(probe.Partition));
        Receive<PartitionProbed>(TakeProbed);
        Receive<CheckPresence>(_ => Check());
        Receive<PresenceChecked>(TakePresence);
        Receive<Decommission>(order =>
        {
            (_shouldBeDecommissioned, _knowsDecommission) = (order.IsDecommissioned, true);
            MarkIfNeeded();
        });
        Receive<Marked>(marked =>
        {
            _marking = false;
            if (marked.Problem is not null) Log.DiskNote(_log, _disk.Path, $"its mark of a decommission could not be changed: {marked.Problem}"); // tried again with the next heartbeat
            if (Root is { } root) _isDecommissioned = root.IsDecommissioned;
            Publish();
        });
        Receive<Recovered>(TakeRecovered);
    }

    /// <summary>What replicas that are being rebuilt on this disk still need. Source: control-plane 4.3, P.</summary>
    private long MeasureRepairBytes()
    {
        long sum = 0;
        foreach (var slot in _slots.Values)
        {
            if (_context.Board.Partition(slot.Partition) is not { IsBeingRebuilt: true } figures || figures.DiskPath != _disk.Path) continue;
            // Until somebody has said how much the leader holds, all that it may.
            var leader = figures.LeaderBytes > 0 ? figures.LeaderBytes : slot.LeaderBytes > 0 ? slot.LeaderBytes : figures.Size;
            sum += Math.Max(0, leader - figures.Used);
        }

        return sum;
    }

    private void Measure()
    {
        if (_phase != Phase.Open || _measuring) return;
        _measuring = true;
        var (root, reserve, repair, devices) = (Root!, ReadOnlyBelowBytes, MeasureRepairBytes(), _context.Devices);
        _context.Threads.RunAsync(() => new Measured(root, root.MeasureSpace(reserve, repair), devices?.Read(root.DeviceId), null), IoClass.Repair)
            .PipeTo(Self, failure: cause => new Measured(root, default, null, cause));
    }

    private void TakeMeasured(Measured measured)
    {
        _measuring = false;
        if (measured.Root != Root || _phase != Phase.Open) return;
        if (measured.Problem is { } problem)
        {
            Log.DiskNote(_log, _disk.Path, $"its space could not be read: {problem.Message}");
            if (IsMediaError(problem)) CountError(DiskHealth.NoPartition);
            return;
        }

        _space = measured.Space;
        _load.Add(measured.Device, _context.Time.GetElapsedTime(0));
        Publish();
        TellRoom();
    }

    private void ProbeDisk()
    {
        if (_phase != Phase.Open) return;
        var root = Root!;
        _context.Threads.RunAsync(() => new Probed(root, root.TryProbe(), null), IoClass.Repair).PipeTo(Self, failure: cause => new Probed(root, true, cause));
    }

    /// <summary>An error counts for good; and until the disk passes a test it takes no creates and appends, whatever the count.</summary>
    private void Judge(Probed probed)
    {
        if (_stopping || probed.Root != Root || _phase != Phase.Open) return;
        if (!probed.IsPresent)
        {
            Lose("its .diskStatus is gone: the disk was taken away or unmounted");
            return;
        }

        var problem = probed.Problem?.Message;
        if (problem is not null && _probeProblem is null) Log.DiskUnavailable(_log, _disk.Path, problem);
        if (problem is null && _probeProblem is not null) Log.DiskNote(_log, _disk.Path, "it passes its test again");
        _probeProblem = problem;
        if (IsMediaError(probed.Problem)) CountError(DiskHealth.NoPartition);
        Publish();
        TellRoom();
        Timers.StartSingleTimer(nameof(Probe), new Probe(), _context.Settings.ProbePeriod);
    }

    private static string ProbeKey(PartitionId partition) => $"{StatusProbe.PartitionName} {partition}";

    private void ScheduleProbe(ReplicaSlot slot)
    {
        var wait = DiskPeriods.PartitionProbeMin + (DiskPeriods.PartitionProbeMax - DiskPeriods.PartitionProbeMin) * _random.NextDouble();
        Timers.StartSingleTimer(ProbeKey(slot.Partition), new ProbePartition(slot.Partition), wait);
    }

    private void ProbeOne(PartitionId partition)
    {
        if (_phase != Phase.Open || !_slots.TryGetValue(partition, out var slot) || !slot.IsServing) return;
        var (files, directory) = (_context.Files, Root!.DirectoryOf(slot.Entry));
        _context.Threads.RunAsync(
            () =>
            {
                StatusProbe.Run(files, directory, StatusProbe.PartitionName);
                return new PartitionProbed(partition, null);
            },
            IoClass.Repair).PipeTo(Self, failure: cause => new PartitionProbed(partition, cause));
    }

    private void TakeProbed(PartitionProbed probed)
    {
        if (!_slots.TryGetValue(probed.Partition, out var slot) || !slot.IsServing) return;
        if (probed.Problem is DiskFaultException { IsMediaError: true } fault) slot.Actor?.Tell(new PartitionActor.DiskFaulted(fault));
        else if (probed.Problem is not null) Log.PartitionNote(_log, probed.Partition, $"its probe could not be written: {probed.Problem.Message}");
        ScheduleProbe(slot);
    }

    /// <summary>An I/O error of a partition, or of none, as the disk counts it.</summary>
    private void CountError(PartitionId partition, int errors = 1)
    {
        var before = _health.GivenUp;
        if (!_health.Count(partition, errors)) return;
        if (before is null && _health.GivenUp is { } reason)
        {
            Log.DiskUnavailable(_log, _disk.Path, $"{reason}; it stays so until it is recovered by order, or the node starts again");
            TellRoom();
        }

        Publish();
    }

    /// <returns>False if it was given up before.</returns>
    private bool GiveUpDisk(string reason)
    {
        if (!_health.GiveUp(reason)) return false;
        Log.DiskUnavailable(_log, _disk.Path, reason);
        Publish();
        TellRoom();
        return true;
    }

    private DateTimeOffset? BadSince =>
        _badSince = (State == DiskState.Unavailable && _phase != Phase.Lost) || _health.HasErrors ? _badSince ?? _context.Time.GetUtcNow() : null;

    private void Check()
    {
        if (_checking || _phase is not (Phase.Open or Phase.Lost) || (_phase == Phase.Lost && Root is not null)) return;
        _checking = true;
        var (files, path, root) = (_context.Files, _disk.Path, Root);
        var loaded = _phase == Phase.Open ? _slots.Values.Where(slot => slot.IsServing).Select(slot => slot.Entry).ToList() : [];
        _context.Threads.RunAsync(
            () => root is null
                ? new PresenceChecked(null, DiskRoot.IsPresent(files, path), [], null)
                : new PresenceChecked(root, root.IsPresent(), [.. loaded.Where(entry => files.Stat(root.DirectoryOf(entry)) is null).Select(entry => entry.Partition)], null),
            IoClass.Repair).PipeTo(Self, failure: cause => new PresenceChecked(root, root is not null, [], cause));
    }

    private void TakePresence(PresenceChecked check)
    {
        _checking = false;
        if (_stopping || _forgotten || check.Root != Root) return;
        if (_phase == Phase.Lost)
        {
            if (!check.IsPresent || check.Problem is not null) return;
            Log.DiskNote(_log, _disk.Path, "it is back and is loaded again");
            BeginOpen();
        }
        else if (_phase == Phase.Open && check.Problem is { } problem)
        {
            Log.DiskNote(_log, _disk.Path, $"whether it is there could not be found out: {problem.Message}");
            if (IsMediaError(problem)) CountError(DiskHealth.NoPartition);
        }
        else if (_phase == Phase.Open && !check.IsPresent)
        {
            Lose("its .diskStatus is gone: the disk was taken away or unmounted");
        }
        else if (_phase == Phase.Open)
        {
            Context.Parent.Tell(new DirectoriesMissing(_disk.Path, check.Missing));
        }
    }

    private void MarkIfNeeded()
    {
        if (_marking || _stopping || _phase != Phase.Open || !_knowsDecommission || Root is not { } root || root.IsDecommissioned == _shouldBeDecommissioned) return;
        _marking = true;
        var isDecommissioned = _shouldBeDecommissioned;
        _context.Threads.RunAsync(
            () =>
            {
                root.MarkDecommissioned(isDecommissioned);
                return new Marked(null);
            },
            IoClass.Repair).PipeTo(Self, failure: cause => new Marked(cause.Message));
    }

    /// <summary>0x6E: loads every partition that met an error anew with its count cleared, one after the other; then the disk is taken back.</summary>
    private void Recover(Answer answer)
    {
        if (_recovering is not null)
        {
            answer($"disk {_disk.Path} recover is still running");
            return;
        }

        if (_phase == Phase.Unusable && !_stopping)
        {
            answer(null);
            BeginOpen(); // it could not be opened at all: perhaps it can now
            return;
        }

        if (Unready is { } unready)
        {
            answer(unready);
            return;
        }

        answer(null);
        _recovering = new Queue<ulong>(_health.Failed);
        RecoverNext();
    }

    private void RecoverNext()
    {
        while (_recovering is { } left && left.TryDequeue(out var id))
        {
            var partition = new PartitionId(id);
            if (partition == DiskHealth.NoPartition || !_slots.TryGetValue(partition, out var slot))
            {
                _health.Clear(partition);
                continue;
            }

            if (slot.Plan(AfterClose.Restore) is { } refusal)
            {
                Log.PartitionNote(_log, partition, $"it is not recovered: {refusal}");
                continue;
            }

            var self = Self;
            slot.Await((problem, _) => self.Tell(new Recovered(partition, problem), ActorRefs.NoSender));
            Close(slot);
            return;
        }

        if (_recovering is null) return;
        _recovering = null;
        if (_health.Restore()) Log.DiskNote(_log, _disk.Path, "it is recovered");
        else Log.DiskUnavailable(_log, _disk.Path, $"it is not recovered, {_health.Failed.Count} partitions still have errors");
        Publish();
        TellRoom();
    }

    private void TakeRecovered(Recovered recovered)
    {
        if (recovered.Problem is not null)
        {
            Log.PartitionNote(_log, recovered.Partition, $"it is not recovered: {recovered.Problem}");
            if (_slots.ContainsKey(recovered.Partition)) _health.Count(recovered.Partition); // it was cleared before it was loaded
        }

        RecoverNext();
    }

    /// <summary>0x6F. Source of the words: control-plane 3.16, the spelling of the last one included.</summary>
    private BadDiskRecoverProgress Progress() => new()
    {
        TotalPartitionsNum = _slots.Count,
        BadDataPartitions = [.. _health.Failed.Select(id => new PartitionId(id))],
        BadDataPartitionsNum = _health.Failed.Count,
        Status = _recovering is not null ? "Recovering"
            : _phase == Phase.Lost ? "Unkown:0"
            : State == DiskState.Unavailable ? "Unavailable"
            : _space.IsReadOnly ? "ReadOnly" : "ReadWrite",
    };
}
