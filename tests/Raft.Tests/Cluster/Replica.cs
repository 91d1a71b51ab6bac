using CubeActors.Protocol;

namespace CubeActors.Raft.Tests.Cluster;

/// <summary>What a replica tells the test that runs it.</summary>
public interface IReplicaObserver
{
    /// <summary>A message leaves; everything that it had to wait for is on the replica's disk.</summary>
    void Sent(Replica replica, Envelope envelope);
    void Applied(Replica replica, Entry entry);
    /// <summary>Each effect as the core gives it, before it is performed.</summary>
    void Effect(Replica replica, in RaftEffect effect) { }
    void LeadershipChanged(Replica replica) { }
}

/// <summary>The shell of one core in a test: performs its effects on a disk and a network that the test controls.</summary>
/// <remarks>Writes and what waits for them stand in one queue until <see cref="CompleteWrites"/>; a crash loses what stands there.
/// Committed entries wait for <see cref="Apply"/>. Nothing happens by itself.</remarks>
public sealed class Replica
{
    private abstract record Work;
    private sealed record SaveWork(HardState State) : Work;
    private sealed record AppendWork(Entry[] Entries) : Work;
    private sealed record CutBackWork(ulong From) : Work;
    private sealed record CutFrontWork(LogPosition UpTo) : Work;
    private sealed record InstallWork(LogPosition Position, NodeId[] Members) : Work;
    private sealed record SendWork(Envelope Envelope) : Work;

    private readonly RaftEffects _effects = new();
    private readonly Queue<Work> _writes = new();
    private readonly SortedDictionary<ulong, Entry> _cache = [];
    private readonly IReplicaObserver _observer;
    private readonly Queue<RaftEffect> _replicates = new();
    private Envelope? _input;          // what is being stepped
    private Entry[] _proposal = [];
    private ulong _applyUpTo;

    public Replica(NodeId id, PartitionId group, IReplicaLog log, RaftSettings settings, Random random, IReplicaObserver observer,
        bool mayHaveLost = false, bool abstains = false)
    {
        Id = id;
        Group = group;
        Log = log;
        _observer = observer;
        var boot = log.Load(group, id, mayHaveLost, abstains);
        Core = new RaftCore(boot, settings, random);
        foreach (var entry in log.Entries) _cache.Add(entry.Index, entry);
        _applyUpTo = Core.Applied;
    }

    public NodeId Id { get; }
    public PartitionId Group { get; }
    public RaftCore Core { get; }
    public IReplicaLog Log { get; }
    public int PendingWrites => _writes.Count;
    public bool HasToApply => _applyUpTo > Core.Applied && !Core.IsInstallingSnapshot;
    public NodeId[] MemberIds => [.. Core.Members.Select(m => m.Member)];

    /// <summary>At most so many entries go into one append.</summary>
    public int EntriesAnAppendMax { get; set; } = 64;
    /// <summary>True: a Replicate effect fails, as if the queue of the peer were full.</summary>
    public Func<bool> FailsToReplicate { get; set; } = () => false;
    /// <summary>True: a Replicate effect waits, as if the log had to be read.</summary>
    public Func<bool> DelaysReplicate { get; set; } = () => false;
    /// <summary>True: APPLY is written with this entry, not only with a change of the members.</summary>
    public Func<bool> SavesApplied { get; set; } = () => true;
    public SnapshotAnswer LastSnapshotAnswer { get; private set; }
    public ulong LastReadReady { get; private set; }
    public ulong LastReadFailed { get; private set; }

    public void Start() => Do(e => Core.Start(e));
    public void Tick() => Do(e => Core.Tick(e));
    public CampaignResult Campaign(bool forced) { var r = default(CampaignResult); Do(e => r = Core.Campaign(forced, e)); return r; }
    public void Abstain(bool abstains) => Do(e => Core.Abstain(abstains, e));
    public void StepDown() => Do(e => Core.StepDown(e));
    public void ForceRemove(NodeId node) => Do(e => Core.ForceRemove(node, e));
    public ReadTicket RequestRead() { var t = default(ReadTicket); Do(e => t = Core.RequestRead(e)); return t; }
    public ulong Compact(ulong upTo) { var r = 0UL; Do(e => r = Core.Compact(upTo, e)); return r; }
    public void SnapshotEnded(NodeId to, ulong term, bool succeeded) => Do(e => Core.SnapshotEnded(to, term, succeeded, e));

    public ProposeResult Propose(params ulong[] payloads)
    {
        var first = Core.Last.Index + 1;
        _proposal = [.. payloads.Select((p, i) => new Entry(RaftEntryType.Normal, Core.Term, first + (ulong)i, p, default))];
        return ProposeNow(RaftEntryType.Normal);
    }

    public ProposeResult Propose(MembershipChange change, ulong payload)
    {
        _proposal = [new Entry(RaftEntryType.Membership, Core.Term, Core.Last.Index + 1, payload, change)];
        return ProposeNow(RaftEntryType.Membership);
    }

    private ProposeResult ProposeNow(RaftEntryType type)
    {
        var result = default(ProposeResult);
        Do(e => result = Core.Propose(type, _proposal.Length, e));
        return result;
    }

    /// <summary>A message arrives. A heartbeat is answered at once, as the node around the groups does it.</summary>
    public void Receive(Envelope envelope)
    {
        _input = envelope;
        if (envelope.Message.Type == RaftMessageType.Snapshot)
        {
            var position = new LogPosition(envelope.Message.LogTerm, envelope.Message.Index);
            var front = envelope.Message with { LogTerm = 0, Index = 0 };
            Do(e => LastSnapshotAnswer = Core.StepSnapshot(front, position, e));
        }
        else
        {
            var headers = envelope.Entries.Select(e => e.Header).ToArray();
            Do(e => Core.Step(envelope.Message, headers, e));
        }
        _input = null;
        if (envelope.Message.Type == RaftMessageType.Heartbeat)
        {
            var echo = new RaftMessage { Type = RaftMessageType.HeartbeatReply, From = Id, To = envelope.From };
            _observer.Sent(this, new Envelope(echo, [], []));
        }
    }

    /// <summary>What a node sends once a tick for the groups that it leads.</summary>
    public void SendHeartbeats()
    {
        if (Core.Role != RaftRole.Leader) return;
        foreach (var member in MemberIds)
        {
            if (member == Id) continue;
            var heartbeat = new RaftMessage { Type = RaftMessageType.Heartbeat, From = Id, To = member };
            _observer.Sent(this, new Envelope(heartbeat, [], []));
        }
    }

    /// <summary>The disk gets on: up to so many writes and what waits for them.</summary>
    public void CompleteWrites(int max = int.MaxValue)
    {
        while (max-- > 0 && _writes.TryDequeue(out var work))
        {
            switch (work)
            {
                case SaveWork save: Log.SaveHardState(save.State); break;
                case AppendWork append:
                    Log.Append(append.Entries);
                    Do(e => Core.LogSaved(append.Entries[^1].Position, e));
                    break;
                case CutBackWork cut: Log.TruncateBack(cut.From); break;
                case CutFrontWork cut: Log.TruncateFront(cut.UpTo); break;
                case InstallWork install:
                    Log.InstallSnapshot(install.Position, install.Members);
                    _cache.Clear();
                    _applyUpTo = install.Position.Index;
                    Do(e => Core.SnapshotInstalled(install.Position, install.Members, e));
                    break;
                case SendWork send: _observer.Sent(this, send.Envelope); break;
            }
        }
    }

    /// <summary>The state machine gets on: up to so many entries.</summary>
    public void Apply(int max = int.MaxValue)
    {
        while (max-- > 0 && HasToApply)
        {
            var entry = _cache[Core.Applied + 1];
            var isChange = entry.Type == RaftEntryType.Membership;
            if (isChange) Do(e => Core.ChangeMembers(entry.Index, entry.Change, e));
            _observer.Applied(this, entry);
            if (isChange || SavesApplied()) Log.SaveApplied(entry.Index, MemberIds);
            Do(e => Core.AppliedTo(entry.Index, e));
        }
    }

    public Entry EntryAt(ulong index) => _cache[index];
    public bool TryEntryAt(ulong index, out Entry entry) => _cache.TryGetValue(index, out entry);

    /// <summary>Performs the Replicate effects that were put off: the log was read.</summary>
    public void PerformReplicates() => Drain(mayPutOff: false);

    private void Do(Action<RaftEffects> input)
    {
        PerformAll(input);
        Drain(mayPutOff: true);
    }

    private void PerformAll(Action<RaftEffects> input)
    {
        _effects.Clear();
        input(_effects);
        var effects = _effects.Items.ToArray();
        foreach (var effect in effects) Perform(effect);
    }

    // Behind the batch: an answer is an input, and inputs do not nest.
    private void Drain(bool mayPutOff)
    {
        var putOff = 0;
        while (_replicates.Count > putOff)
        {
            var effect = _replicates.Dequeue();
            if (mayPutOff && DelaysReplicate())
            {
                _replicates.Enqueue(effect);
                putOff++;
            }
            else Replicate(effect);
        }
    }

    private void Perform(RaftEffect effect)
    {
        _observer.Effect(this, effect);
        switch (effect.Kind)
        {
            case RaftEffectKind.SaveHardState: _writes.Enqueue(new SaveWork(effect.State)); break;
            case RaftEffectKind.AppendLog: Write(TakeEntries(effect.First, effect.Last)); break;
            case RaftEffectKind.AppendEmpty:
                Write([new Entry(RaftEntryType.Normal, effect.Position.Term, effect.Position.Index, 0, default)]);
                break;
            case RaftEffectKind.TruncateLog:
                foreach (var index in _cache.Keys.Where(i => i >= effect.First).ToArray()) _cache.Remove(index);
                _writes.Enqueue(new CutBackWork(effect.First));
                break;
            case RaftEffectKind.TruncateFront:
                foreach (var index in _cache.Keys.Where(i => i <= effect.Position.Index).ToArray()) _cache.Remove(index);
                _writes.Enqueue(new CutFrontWork(effect.Position));
                break;
            case RaftEffectKind.Send:
                var envelope = new Envelope(effect.Message, [], []);
                if (effect.IsAfterSave) _writes.Enqueue(new SendWork(envelope));
                else _observer.Sent(this, envelope);
                break;
            case RaftEffectKind.Replicate: _replicates.Enqueue(effect); break;
            case RaftEffectKind.SendSnapshot:
                if (Core.IsCurrent(effect)) _observer.Sent(this, new Envelope(effect.Message, [], MemberIds));
                break;
            case RaftEffectKind.InstallSnapshot: _writes.Enqueue(new InstallWork(effect.Position, _input!.SnapshotMembers is { Length: > 0 } named ? named : [.. Core.Members.Select(member => member.Member)])); break;
            case RaftEffectKind.Commit: _applyUpTo = effect.Last; break;
            case RaftEffectKind.LeadershipChanged: _observer.LeadershipChanged(this); break;
            case RaftEffectKind.ReadReady: LastReadReady = effect.Last; break;
            case RaftEffectKind.ReadFailed: LastReadFailed = effect.Last; break;
        }
    }

    private Entry[] TakeEntries(ulong first, ulong last)
    {
        var source = _input is { } input ? input.Entries : _proposal;
        var taken = source.Where(e => e.Index >= first && e.Index <= last).ToArray();
        Assert.Equal(last - first + 1, (ulong)taken.Length);
        return taken;
    }

    private void Write(Entry[] entries)
    {
        foreach (var entry in entries) _cache.Add(entry.Index, entry);
        _writes.Enqueue(new AppendWork(entries));
    }

    private void Replicate(RaftEffect effect)
    {
        var (to, term) = (effect.Peer, effect.Term);
        if (!Core.IsCurrent(effect)) return;
        if (FailsToReplicate() || (effect.First <= effect.Last && !_cache.ContainsKey(effect.First)))
        {
            PerformAll(e => Core.ReplicateFailed(to, term, e));
            return;
        }
        var entries = new List<Entry>();
        for (var i = effect.First; i <= effect.Last && entries.Count < EntriesAnAppendMax; i++) entries.Add(_cache[i]);
        _observer.Sent(this, new Envelope(effect.Message, [.. entries], []));
        var last = effect.First - 1 + (ulong)entries.Count;
        PerformAll(e => Core.Replicated(to, term, last, e));
    }
}
