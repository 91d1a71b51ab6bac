using System.Collections.Concurrent;
using System.Globalization;
using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>Counts and times what the data path answers, by the names and labels of CubeFS. Thread-safe.</summary>
/// <remarks>
/// A request costs a few additions: the labels of its partition are looked up once a gate, and nothing is allocated once an operation was
/// seen. Durations are those of this replica, from a complete request to the end of its own part; what waits for followers besides is in
/// <see cref="MeterReading.Forwarded"/>.
/// </remarks>
public sealed class OperationMeters
{
    /// <summary>Sets of labels; further ones are counted together, without labels. Two sets for each of 20,000 partitions fit.</summary>
    private const int SetsMax = 40_000;

    /// <summary>CubeFS counts an I/O for each block of 128 KiB. Source: util/unit.go BlockSize.</summary>
    private const int BlockBytes = 131072;

    private static readonly OperationLabels NoLabels = new("", "", "");

    private readonly ConcurrentDictionary<OperationLabels, OperationSet> _operations = new();
    private readonly ConcurrentDictionary<TransferLabels, TransferSet> _transfers = new();
    private readonly TimeProvider _time;
    private readonly LatencyBounds _bounds;
    private readonly long[] _ticks;
    private readonly OperationSet _tasks;
    private readonly OperationSet _forwarded;
    private readonly OperationSet _replicated;
    private readonly OperationSet _repairs;
    private readonly OperationSet _otherOperations;
    private readonly TransferSet _otherTransfers;
    private readonly LatencySeries _reads;
    private readonly PhaseMeters _phases;
    private readonly LatencyBounds _readBounds = LatencyBounds.Requests;
    private volatile object _generation = new();
    private volatile bool _byPartition;
    private volatile int _degrade;
    private long _seen;

    /// <param name="bounds">Of all histograms but request_const_us.</param>
    public OperationMeters(TimeProvider time, LatencyBounds bounds)
    {
        (_time, _bounds) = (time, bounds);
        _ticks = bounds.InTicks(time.TimestampFrequency);
        _phases = new PhaseMeters(time);
        (_tasks, _forwarded, _replicated, _repairs, _otherOperations) = (Set(), Set(), Set(), Set(), Set());
        _otherTransfers = new TransferSet(new TransferLabels("", "", ""), _ticks);
        _reads = new LatencySeries(_readBounds.InTicks(time.TimestampFrequency));
        OperationSet Set() => new(NoLabels, _ticks);
    }

    /// <summary>Below 0 nothing but tasks of the master is measured, 0 and 1 everything, n one request in n. Source: CubeFS key metricsDegrade.</summary>
    public int Degrade { get => _degrade; set => _degrade = value; }

    /// <summary>Labels by partition. Source: CubeFS key enablePid. What was counted under the other labels stays.</summary>
    public bool ByPartition
    {
        get => _byPartition;
        set
        {
            if (_byPartition == value) return;
            _byPartition = value;
            _generation = new object();
        }
    }

    /// <summary>All that was counted so far.</summary>
    public MeterReading Read() => new(
        [.. Read(_tasks), .. _operations.Values.SelectMany(Read), .. Read(_otherOperations)], [.. Read(_forwarded)], [.. Read(_replicated)], [.. Read(_repairs)],
        [.. _transfers.Values.SelectMany(Read), .. Read(_otherTransfers)], _reads.Read(_readBounds, _time.TimestampFrequency));

    /// <summary>Phases of requests, under names of our own.</summary>
    public IReadOnlyList<PhaseReading> ReadPhases() => _phases.Read();

    /// <summary>Requests answered with anything but Ok.</summary>
    public IReadOnlyList<RefusalReading> ReadRefusals() => _phases.ReadRefusals();

    /// <summary>Now, in the units that requests are timed in.</summary>
    internal long Now => _time.GetTimestamp();

    /// <summary>A request is answered. Called before its gate is left.</summary>
    /// <returns>Ticks since the request was complete, measured or not.</returns>
    internal long Answered(RequestSlot slot)
    {
        var now = Now;
        Measure(slot, now);
        return now - slot.ReceivedAt;
    }

    private void Measure(RequestSlot slot, long now)
    {
        var opcode = slot.Header.Opcode == Opcode.SplitMarkDelete ? Opcode.MarkDelete : slot.Header.Opcode; // one name, one series
        if (slot.IsDecided && slot.IsError) _phases.Refused(opcode, slot.Result); // whatever is measured besides: it is rare, and somebody looks for it
        if (Opcodes.IsAdmin(opcode))
        {
            _tasks.Of(opcode).Record(now - slot.ReceivedAt);
            return;
        }

        if (slot.Gate is not { } gate || IsSkipped()) return; // refused before it reached a partition: no operation of anybody's
        var meter = gate.Meter is { } known && known.Generation == _generation ? known : Resolve(gate);
        var own = (slot.LocalEndedAt == 0 ? now : slot.LocalEndedAt) - slot.ReceivedAt;
        meter.Operations.Of(opcode).Record(own);
        _phases.Answered(opcode, slot, now);
        if (slot.Followers.Length > 0) _forwarded.Of(opcode).Record(now - slot.ReceivedAt);
        if (slot.IsRead) AnsweredRead(slot, meter, opcode, own);
        else if (Opcodes.IsRandomWrite(opcode)) AnsweredOverwrite(slot, meter, opcode, own);
        else if (Opcodes.IsAppend(opcode)) Record(meter.Transfers.Writes, own, slot.Header.Size);
    }

    private void AnsweredRead(RequestSlot slot, PartitionMeter meter, Opcode opcode, long ticks)
    {
        _reads.Record(ticks);
        if (opcode is Opcode.ExtentRepairRead or Opcode.TinyExtentRepairRead or Opcode.SnapshotExtentRepairRead or Opcode.StreamFollowerRead)
            _repairs.Of(opcode).Record(ticks); // follower reads too: CubeFS serves both with one function
        Record(meter.Transfers.Reads, ticks, Math.Max(0, slot.ReadOffset - slot.ReadFrom));
    }

    private void AnsweredOverwrite(RequestSlot slot, PartitionMeter meter, Opcode opcode, long ticks)
    {
        _replicated.Of(opcode).Record(ticks);
        if (slot.IsOverwrite) Record(meter.Transfers.Overwrites, ticks, slot.Header.Size);
    }

    private static void Record(LatencySeries series, long ticks, long bytes)
    {
        var blocks = (int)Math.Max(1, (bytes + BlockBytes - 1) / BlockBytes);
        series.Record(ticks / blocks, blocks, bytes);
    }

    private bool IsSkipped() => _degrade switch
    {
        < 0 => true,
        0 or 1 => false,
        var oneIn => Interlocked.Increment(ref _seen) % oneIn != 0,
    };

    private PartitionMeter Resolve(PartitionGate gate)
    {
        var generation = _generation;
        var directory = gate.Machine.Record.Directory;
        var disk = directory[..Math.Max(0, directory.LastIndexOf('/'))];
        var partition = _byPartition ? gate.Partition.Value.ToString(CultureInfo.InvariantCulture) : "";
        var meter = new PartitionMeter(
            generation, Find(new OperationLabels(gate.Volume, partition, _byPartition ? directory : "")), Find(new TransferLabels(gate.Volume, disk, partition)));
        gate.Meter = meter;
        return meter;
    }

    private OperationSet Find(OperationLabels labels) =>
        _operations.TryGetValue(labels, out var known) ? known
        : _operations.Count >= SetsMax ? _otherOperations
        : _operations.GetOrAdd(labels, static (wanted, ticks) => new OperationSet(wanted, ticks), _ticks);

    private TransferSet Find(TransferLabels labels) =>
        _transfers.TryGetValue(labels, out var known) ? known
        : _transfers.Count >= SetsMax ? _otherTransfers
        : _transfers.GetOrAdd(labels, static (wanted, ticks) => new TransferSet(wanted, ticks), _ticks);

    private IEnumerable<OperationReading> Read(OperationSet set) =>
        set.Seen().Select(seen => new OperationReading(
            OperationNames.Of(seen.Opcode), ReferenceEquals(set.Labels, NoLabels) ? null : set.Labels, seen.Series.Read(_bounds, _time.TimestampFrequency)));

    private IEnumerable<TransferReading> Read(TransferSet set)
    {
        foreach (var (type, series) in ((string, LatencySeries)[])[("write", set.Writes), ("randwrite", set.Overwrites), ("read", set.Reads)])
            if (series.Read(_bounds, _time.TimestampFrequency) is { Count: > 0 } latency) yield return new TransferReading(set.Labels, type, latency);
    }
}

/// <summary>What the meters of a node had counted at one moment.</summary>
/// <param name="Forwarded">Requests with followers, until the last of them had answered. CubeFS: PrimaryBackUp_.</param>
/// <param name="Replicated">Overwrites, until they were applied. CubeFS: Raft_.</param>
/// <param name="Repairs">Reads of repairs. CubeFS: Repair_.</param>
/// <param name="Reads">All reads together. CubeFS: request_const_us.</param>
public sealed record MeterReading(
    IReadOnlyList<OperationReading> Operations, IReadOnlyList<OperationReading> Forwarded, IReadOnlyList<OperationReading> Replicated, IReadOnlyList<OperationReading> Repairs,
    IReadOnlyList<TransferReading> Transfers, LatencySnapshot Reads);

/// <param name="Name">As CubeFS names the operation.</param>
/// <param name="Labels">Null where nothing tells volumes apart: tasks of the master, and what was counted when there were too many labels.</param>
public sealed record OperationReading(string Name, OperationLabels? Labels, LatencySnapshot Latency);

/// <param name="Type"><c>write</c>, <c>randwrite</c> or <c>read</c>.</param>
public sealed record TransferReading(TransferLabels Labels, string Type, LatencySnapshot Latency);
