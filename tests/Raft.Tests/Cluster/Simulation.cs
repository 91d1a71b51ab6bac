using CubeActors.Protocol;

namespace CubeActors.Raft.Tests.Cluster;

/// <summary>What may go wrong in a <see cref="Simulation"/>.</summary>
public sealed record Faults
{
    public int Members { get; init; } = 3;
    public bool LosesMessages { get; init; } = true;
    public bool ChangesMembers { get; init; }
    public bool Crashes { get; init; } = true;
    public bool CutsNetwork { get; init; } = true;
    public bool ForcesElections { get; init; } = true;
    /// <summary>Leaders that may answer reads are cut off, and others made leader by every means, while reads go on.</summary>
    public bool Usurps { get; init; }
    /// <summary>How fast network and disk are: a message takes about two moments.</summary>
    public int MomentsATick { get; init; } = 10;
    public RaftSettings Settings { get; init; } = new() { EntriesRetained = 2, InFlightMax = 8, BacklogInFlightMax = 4 };
}

/// <summary>A group of replicas on one thread, with a network, disks and clocks that a seed drives, and the checks that must hold at
/// every step.</summary>
/// <remarks>Time runs in moments; a tick is <see cref="Faults.MomentsATick"/> of them and comes late now and then, never early. Replicas
/// are numbered from 1; one that is added is always new, because a member that forgot its votes is not a member.</remarks>
public sealed class Simulation : IReplicaObserver
{
    private static readonly PartitionId Group = new(101);
    private readonly Random _random;
    private readonly Faults _faults;
    private readonly Dictionary<NodeId, IReplicaLog> _logs = [];
    private readonly Dictionary<NodeId, Replica> _running = [];
    private readonly Dictionary<NodeId, int> _tickAt = [];
    private readonly Dictionary<NodeId, List<int>> _tickTimes = [];
    private readonly List<(int At, Envelope Envelope)> _network = [];
    private readonly HashSet<(NodeId, NodeId)> _cut = [];
    private readonly Func<IReadOnlyList<NodeId>, IReplicaLog> _makeLog;
    private readonly SafetyChecks _checks = new();
    private readonly List<(NodeId Reader, ulong Round, ulong MustSee)> _reads = [];
    private readonly List<Envelope> _lostSnapshots = [];
    private readonly List<NodeId> _added = [];
    private int _now;
    private ulong _payload;
    private ulong _nextNode;
    private bool _isQuiet;
    private NodeId? _victim;
    private int _usurpedAt;

    public Simulation(int seed, Faults faults, Func<IReadOnlyList<NodeId>, IReplicaLog>? makeLog = null)
    {
        _random = new Random(seed);
        _faults = faults;
        _makeLog = makeLog ?? (members => new MemoryLog(members));
        NodeId[] members = [.. Enumerable.Range(1, faults.Members).Select(i => new NodeId((ulong)i))];
        _nextNode = (ulong)faults.Members + 1;
        foreach (var member in members)
        {
            _logs.Add(member, _makeLog(members));
            Start(member);
        }
    }

    public SafetyChecks Checks => _checks;
    public IEnumerable<Replica> Running => _running.Values;
    public int ReadsServed { get; private set; }
    public int SnapshotsSent { get; private set; }

    /// <summary>So many moments in which anything may happen.</summary>
    public void Run(int moments)
    {
        for (var i = 0; i < moments; i++)
        {
            Disturb();
            Moment();
        }
    }

    /// <summary>Everything is repaired and nothing goes wrong any more.</summary>
    /// <returns>True if a leader came about and committed a new proposal that all its members have applied.</returns>
    public bool Settles(int momentsMax)
    {
        _isQuiet = true;
        _cut.Clear();
        foreach (var id in _logs.Keys) if (!_running.ContainsKey(id)) Start(id);
        ulong marker = 0;
        for (var i = 0; i < momentsMax; i++)
        {
            Moment();
            var leader = Leaders().MaxBy(r => r.Core.Term);
            if (leader is null) continue;
            if (marker == 0 || !_checks.IsApplied(marker))
            {
                if (i % (5 * _faults.MomentsATick) == 0) leader.Propose(marker = ++_payload);
                continue;
            }
            var at = _checks.IndexOf(marker);
            if (leader.MemberIds.All(m => _running.TryGetValue(m, out var r) && r.Core.Applied >= at)) return true;
        }
        return false;
    }

    public string Describe() => string.Join("; ", _running.Values.Select(r =>
        $"{r.Id}: {r.Core.Role} of {r.Core.Leader} term {r.Core.Term} log {r.Core.Truncated}..{r.Core.Last} commit {r.Core.Commit} applied {r.Core.Applied}"
        + $" members {string.Join(',', r.MemberIds)} changes {r.Core.IsMembershipPending}"));

    private bool Once(int inSo) => !_isQuiet && _random.Next(inSo) == 0;

    private IEnumerable<Replica> Leaders() => _running.Values.Where(r => r.Core.Role == RaftRole.Leader);

    private Replica? Pick() => _running.Count == 0 ? null : _running.Values.ElementAt(_random.Next(_running.Count));

    private void Moment()
    {
        _now++;
        foreach (var (id, replica) in _running.ToArray())
        {
            if (_tickAt[id] <= _now) Tick(id, replica);
            if (!Once(3)) replica.CompleteWrites(_isQuiet ? int.MaxValue : _random.Next(1, 6));
            if (!Once(3)) replica.Apply(_isQuiet ? int.MaxValue : _random.Next(1, 4));
            if (!Once(4)) replica.PerformReplicates();
        }
        Deliver();
        ReportLostSnapshots();
        StartAdded();
        ServeReads();
        foreach (var replica in _running.Values) _checks.Check(replica);
    }

    private void Tick(NodeId id, Replica replica)
    {
        _tickTimes[id].Add(_now);
        replica.SendHeartbeats();
        replica.Tick();
        _tickAt[id] = _now + _faults.MomentsATick + (Once(20) ? _random.Next(30) : 0);
        if (_tickTimes[id].Count % 4 != 0) return;
        // As a group cuts its logs, by the slowest replica; now and then too far, so that one needs a snapshot.
        var needed = _random.Next(3) == 0 ? ulong.MaxValue : _logs.Values.Min(l => l.AppliedSaved);
        replica.Compact(Math.Min(replica.Log.AppliedSaved, needed));
    }

    private void Disturb()
    {
        if (Once(4) && Leaders().FirstOrDefault() is { } leader) Propose(leader);
        if (Once(8)) StartRead();
        if (_faults.Crashes && Once(120) && Pick() is { } victim) Crash(victim);
        if (_faults.Crashes && Once(60) && _logs.Keys.Where(k => !_running.ContainsKey(k)).ToArray() is { Length: > 0 } down)
        {
            Start(down[_random.Next(down.Length)]);
        }
        if (_faults.ForcesElections && Once(200)) Pick()?.Campaign(forced: true);
        if (Once(400)) Pick()?.StepDown();
        if (_faults.CutsNetwork && Once(80)) Cut();
        if (_faults.CutsNetwork && Once(60)) _cut.Clear();
        if (_faults.ChangesMembers && Once(60)) ChangeMembers();
        if (_faults.Usurps) Usurp();
    }

    // The worst that can happen to a leader that trusts in its lease.
    private void Usurp()
    {
        if (_victim is null)
        {
            if (!Once(40) || Leaders().FirstOrDefault(LeaseHolds) is not { } leader) return;
            (_victim, _usurpedAt) = (leader.Id, _now);
            foreach (var id in _logs.Keys) CutOff(leader.Id, id);
        }
        else if (_now > _usurpedAt + 4 * _faults.MomentsATick)
        {
            _victim = null;
            _cut.Clear();
            return;
        }
        var others = _running.Values.Where(r => r.Id != _victim).ToArray();
        if (_running.TryGetValue(_victim.Value, out var victim) && LeaseHolds(victim)) Serve(victim, _checks.AcknowledgedUpTo);
        if (others.Length == 0) return;
        var other = others[_random.Next(others.Length)];
        if (other.Core.Role == RaftRole.Leader) Propose(other);
        else if (Once(6)) other.Campaign(forced: Once(3));
        else if (Once(8)) Restart(other.Id);
    }

    private void CutOff(NodeId leader, NodeId other)
    {
        if (leader == other || _random.Next(8) == 0) return;
        _cut.Add((leader, other));
        _cut.Add((other, leader));
    }

    private void Restart(NodeId id)
    {
        _reads.RemoveAll(r => r.Reader == id);
        Start(id);
    }

    private void Propose(Replica leader)
    {
        var payloads = Enumerable.Range(0, _random.Next(1, 4)).Select(_ => ++_payload).ToArray();
        leader.Propose(payloads);
    }

    private void ChangeMembers()
    {
        if (Leaders().MaxBy(r => r.Core.Term) is not { } leader) return;
        var members = leader.MemberIds;
        var adds = members.Length < 3 || (members.Length < 5 && _random.Next(2) == 0);
        if (adds && _nextNode > 12) return;
        var node = adds ? new NodeId(_nextNode) : members[_random.Next(members.Length)];
        var change = new MembershipChange(adds ? MembershipAction.Add : MembershipAction.Remove, node);
        if (leader.Propose(change, ++_payload).IsAccepted && adds) _nextNode++;
    }

    private void Cut()
    {
        var ids = _logs.Keys.ToArray();
        var alone = ids[_random.Next(ids.Length)];
        foreach (var id in ids)
        {
            if (id == alone) continue;
            if (_random.Next(3) > 0) _cut.Add((alone, id));
            if (_random.Next(3) > 0) _cut.Add((id, alone));
        }
    }

    private void Start(NodeId id)
    {
        var replica = new Replica(id, Group, _logs[id], _faults.Settings, new Random(_random.Next()), this)
        {
            EntriesAnAppendMax = 3,
            FailsToReplicate = () => Once(30),
            DelaysReplicate = () => Once(5),
            SavesApplied = () => Once(3),
        };
        _running[id] = replica;
        _tickAt[id] = _now + _random.Next(1, _faults.MomentsATick + 1);
        _tickTimes[id] = [_now];
        _checks.Started(replica);
        replica.Start();
    }

    private void Crash(Replica replica)
    {
        if (_random.Next(2) == 0) replica.CompleteWrites(_random.Next(5));
        _running.Remove(replica.Id);
        _reads.RemoveAll(r => r.Reader == replica.Id);
    }

    private void Deliver()
    {
        for (var i = _network.Count - 1; i >= 0; i--)
        {
            var (at, envelope) = _network[i];
            if (at > _now) continue;
            _network.RemoveAt(i);
            var isThere = _running.TryGetValue(envelope.To, out var receiver);
            receiver?.Receive(envelope);
            if (envelope.Message.Type != RaftMessageType.Snapshot || !_running.TryGetValue(envelope.From, out var sender)) continue;
            sender.SnapshotEnded(envelope.To, envelope.Message.Term, isThere && !Once(4));
        }
    }

    void IReplicaObserver.Sent(Replica replica, Envelope envelope)
    {
        _checks.Sent(replica, envelope);
        if (envelope.Message.Type == RaftMessageType.Snapshot) SnapshotsSent++;
        var isLost = _faults.LosesMessages && Once(15);
        if (isLost || (!_isQuiet && _cut.Contains((envelope.From, envelope.To))))
        {
            if (envelope.Message.Type == RaftMessageType.Snapshot) _lostSnapshots.Add(envelope);
            return;
        }
        for (var copies = Once(20) ? 2 : 1; copies > 0; copies--)
        {
            var delay = Once(10) ? _random.Next(40) : _isQuiet ? 0 : _random.Next(3);
            _network.Add((_now + 1 + delay, envelope));
        }
    }

    void IReplicaObserver.Applied(Replica replica, Entry entry)
    {
        _checks.Applied(replica, entry);
        if (entry.Type != RaftEntryType.Membership || entry.Change.Action != MembershipAction.Add || _logs.ContainsKey(entry.Change.Member)) return;
        // The master creates the new replica once the change is committed, with an empty log and the members of that moment.
        _logs.Add(entry.Change.Member, _makeLog(replica.MemberIds));
        _added.Add(entry.Change.Member);
    }

    private void StartRead()
    {
        if (Pick() is not { } reader || reader.Core.Role != RaftRole.Leader) return;
        var mustSee = _checks.AcknowledgedUpTo;
        var ticket = reader.RequestRead();
        if (ticket.Status == ReadStatus.Ready && LeaseHolds(reader)) Serve(reader, mustSee);
        if (ticket.Status == ReadStatus.Waiting) _reads.Add((reader.Id, ticket.Round, mustSee));
    }

    private void ReportLostSnapshots()
    {
        foreach (var lost in _lostSnapshots)
        {
            if (_running.TryGetValue(lost.From, out var sender)) sender.SnapshotEnded(lost.To, lost.Message.Term, false);
        }
        _lostSnapshots.Clear();
    }

    private void StartAdded()
    {
        foreach (var id in _added) if (!_running.ContainsKey(id)) Start(id);
        _added.Clear();
    }

    private void ServeReads()
    {
        for (var i = _reads.Count - 1; i >= 0; i--)
        {
            var (id, round, mustSee) = _reads[i];
            var reader = _running[id];
            if (round <= reader.LastReadFailed) _reads.RemoveAt(i);
            else if (round <= reader.LastReadReady)
            {
                _reads.RemoveAt(i);
                Serve(reader, mustSee);
            }
        }
    }

    private bool LeaseHolds(Replica reader)
    {
        if (!reader.Core.HoldsLease || reader.Core.LeaseTick is not { } tick) return false;
        var sent = _tickTimes[reader.Id][(int)tick];
        return _now < sent + _faults.Settings.LeaseTicks * _faults.MomentsATick;
    }

    private void Serve(Replica reader, ulong mustSee)
    {
        ReadsServed++;
        _checks.Seen(reader, mustSee);
    }
}
