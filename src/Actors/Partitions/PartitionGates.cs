using System.Collections.Concurrent;
using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>The gates of all partitions that serve on this node, those that are yet to come, and what waits for them. Readers of gates take no lock.</summary>
/// <remarks>
/// Each partition's actor is the only writer of its gate; its disk announces it before. Thread-safe. Neither a callback nor a ticket is called
/// under the lock here; a connection may ask under its own.
/// </remarks>
public sealed class PartitionGates
{
    private readonly ConcurrentDictionary<ulong, PartitionGate> _gates = new();
    private readonly ParkingLimits _limits;
    private readonly Lock _lock = new();

    // Guarded by the lock.
    private readonly Dictionary<ulong, Expected> _expected = [];
    private readonly HashSet<ulong> _withdrawn = []; // until all disks are listed: these are not undecided
    private readonly ParkingTotals _totals = new();
    private volatile bool _isListed;

    public PartitionGates()
        : this(ParkingLimits.Of(WaitingSettings.Default, DefaultBufferBudget))
    {
    }

    internal PartitionGates(ParkingLimits limits) => _limits = limits;

    /// <summary>As in reference.conf; a node gives its own.</summary>
    private const long DefaultBufferBudget = 256 << 20;

    /// <summary>Partitions that serve.</summary>
    public int Count => _gates.Count;

    /// <summary>Every disk has said what it holds: an id that is neither announced nor serves is unknown here.</summary>
    public bool IsListed => _isListed;

    /// <summary>Requests that wait now, and the bytes of the buffers that they hold.</summary>
    public (int Requests, long Bytes) Waiting
    {
        get
        {
            lock (_lock) return (_totals.Count, _totals.Bytes);
        }
    }

    /// <returns>The gate, or null where the partition does not serve here.</returns>
    public PartitionGate? Find(PartitionId partition) => _gates.TryGetValue(partition.Value, out var gate) ? gate : null;

    /// <summary>Requests that wait for this partition now.</summary>
    public int WaitingFor(PartitionId partition)
    {
        lock (_lock) return _expected.TryGetValue(partition.Value, out var expected) ? expected.Lot.Count : 0;
    }

    /// <summary>The partition lies on a disk of this node and does not serve yet: who asks for it may wait. Announced twice, the first one counts.</summary>
    /// <param name="wanted">Called at most once, on any thread and soon, when a caller asks for it; perhaps before this returns.</param>
    public void Announce(PartitionId partition, Action wanted)
    {
        lock (_lock)
        {
            _withdrawn.Remove(partition.Value);
            if (_gates.ContainsKey(partition.Value)) return;
            var expected = Expect(partition);
            if (expected.IsAnnounced) return;
            expected.IsAnnounced = true;
            if (expected.Lot.Count == 0)
            {
                expected.Wanted = wanted;
                return;
            }
        }

        wanted(); // somebody asked before the disk was listed
    }

    /// <summary>What the META of an announced partition says: nobody else has a replica, so that reads and overwrites wait for this one too.</summary>
    public void MarkSingle(PartitionId partition)
    {
        lock (_lock)
            if (_expected.TryGetValue(partition.Value, out var expected)) expected.IsSingle = true;
    }

    /// <summary>The partition serves from now on, or serves differently; who waits for it is let in.</summary>
    public void Publish(PartitionGate gate)
    {
        List<WaitTicket>? waiting = null;
        lock (_lock)
        {
            _gates[gate.Partition.Value] = gate;
            _withdrawn.Remove(gate.Partition.Value);
            if (_expected.Remove(gate.Partition.Value, out var expected)) expected.Lot.TakeAll(waiting = []);
        }

        if (waiting is null) return;
        foreach (var ticket in waiting) ticket.Admit(gate);
    }

    /// <summary>The partition does not serve now: closed, failed or deleted. Who waits for it is refused.</summary>
    public void Withdraw(PartitionId partition)
    {
        List<WaitTicket>? waiting = null;
        lock (_lock)
        {
            _gates.TryRemove(partition.Value, out _);
            if (!_isListed) _withdrawn.Add(partition.Value);
            if (_expected.Remove(partition.Value, out var expected)) expected.Lot.TakeAll(waiting = []);
        }

        Refuse(waiting, WaitOutcome.Refused);
    }

    /// <summary>Every disk has announced what it holds. Not taken back. Who waits for an id that nobody announced is refused.</summary>
    public void AllListed()
    {
        if (_isListed) return;
        List<WaitTicket> waiting = [];
        lock (_lock)
        {
            _isListed = true;
            _withdrawn.Clear();
            foreach (var (partition, expected) in _expected)
            {
                if (expected.IsAnnounced) continue;
                expected.Lot.TakeAll(waiting);
                _expected.Remove(partition);
            }
        }

        Refuse(waiting, WaitOutcome.Refused);
    }

    /// <summary>How a partition stands that has no gate.</summary>
    internal Standing StandingOf(PartitionId partition)
    {
        lock (_lock)
        {
            if (_gates.ContainsKey(partition.Value)) return Standing.Serves;
            if (_expected.TryGetValue(partition.Value, out var expected) && expected.IsAnnounced) return expected.IsSingle ? Standing.ExpectedSingle : Standing.Expected;
            return IsUndecided(partition) ? Standing.Expected : Standing.Unknown;
        }
    }

    /// <summary>Lets a request wait until its partition serves.</summary>
    /// <param name="gate">Set if it serves by now: the request need not wait, and was not taken in.</param>
    /// <param name="wanted">To be called by the caller, under no lock: whoever loads the partition learns that it is asked for.</param>
    /// <returns>Expected if it waits from now on, and is told how that ends; the others say why it does not.</returns>
    internal Parking TryPark(WaitTicket ticket, out PartitionGate? gate, out Action? wanted)
    {
        wanted = null;
        lock (_lock)
        {
            if (_gates.TryGetValue(ticket.Partition.Value, out gate)) return Parking.Serves;
            if (!_expected.ContainsKey(ticket.Partition.Value) && !IsUndecided(ticket.Partition)) return Parking.Unknown;
            var expected = Expect(ticket.Partition);
            if (!expected.Lot.TryPark(ticket))
            {
                Forget(ticket.Partition, expected);
                return Parking.Full;
            }

            (wanted, expected.Wanted) = (expected.Wanted, null);
            return Parking.Waits;
        }
    }

    /// <summary>The request waits no more: its caller is gone.</summary>
    /// <returns>False if it is being told how its wait ended, or has been.</returns>
    internal bool Leave(WaitTicket ticket)
    {
        lock (_lock)
        {
            if (!_expected.TryGetValue(ticket.Partition.Value, out var expected) || !expected.Lot.Remove(ticket)) return false;
            Forget(ticket.Partition, expected);
            return true;
        }
    }

    /// <summary>Refuses what has waited for its time. To be called a few times a second.</summary>
    internal void RefuseOverdue(long now)
    {
        List<WaitTicket>? overdue = null;
        lock (_lock)
        {
            if (_totals.Count == 0) return;
            foreach (var (partition, expected) in _expected)
            {
                if (expected.Lot.Count == 0) continue;
                expected.Lot.TakeOverdue(now, overdue ??= []);
                Forget(new PartitionId(partition), expected);
            }
        }

        Refuse(overdue, WaitOutcome.TimedOut);
    }

    private static void Refuse(List<WaitTicket>? tickets, WaitOutcome outcome)
    {
        if (tickets is null) return;
        foreach (var ticket in tickets) ticket.Refuse(outcome);
    }

    private bool IsUndecided(PartitionId partition) => !_isListed && !_withdrawn.Contains(partition.Value);

    private Expected Expect(PartitionId partition)
    {
        if (!_expected.TryGetValue(partition.Value, out var expected)) _expected.Add(partition.Value, expected = new Expected(new ParkingLot(_limits, _totals)));
        return expected;
    }

    /// <summary>Of ids that nobody announced only those are kept that somebody waits for: callers can make up as many as they like.</summary>
    private void Forget(PartitionId partition, Expected expected)
    {
        if (expected is { IsAnnounced: false, Lot.Count: 0 }) _expected.Remove(partition.Value);
    }

    private sealed class Expected(ParkingLot lot)
    {
        public ParkingLot Lot => lot;
        public bool IsAnnounced { get; set; }
        public bool IsSingle { get; set; }

        /// <summary>Null once it was called.</summary>
        public Action? Wanted { get; set; }
    }
}

/// <summary>How a partition stands.</summary>
internal enum Standing
{
    Serves,

    /// <summary>It is to come, or may be: not all disks have said what they hold.</summary>
    Expected,

    /// <summary>It is to come, and nobody else has a replica of it.</summary>
    ExpectedSingle,

    /// <summary>It is not on this node, or will not serve.</summary>
    Unknown,
}

/// <summary>What became of a request that was to wait.</summary>
internal enum Parking
{
    Waits,
    Serves,
    Full,
    Unknown,
}
