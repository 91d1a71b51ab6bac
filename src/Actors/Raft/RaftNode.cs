using System.Collections.Concurrent;
using CubeActors.Protocol;
using CubeActors.Raft;

namespace CubeActors.Actors;

/// <summary>What all groups of a node share: the way in for messages, the clock that ticks for all, and the heartbeats, one a peer for all groups.</summary>
/// <remarks>
/// Heartbeats are answered here and not by the groups, for those groups only that take their turns and whose log is written: an echo keeps a
/// leader in office, so it must not be sent for a replica that could not acknowledge. Thread-safe; nothing here waits for a disk.
/// </remarks>
internal sealed class RaftNode : IRaftInbox, IDisposable
{
    private readonly ConcurrentDictionary<PartitionId, RaftGroupPort> _groups = new();
    private readonly ConcurrentDictionary<PartitionId, Action> _expected = new();
    private readonly RaftGroupSettings _settings;
    private readonly TimeProvider _time;
    private readonly ITimer _ticker;
    private readonly Lock _ticking = new();
    private readonly Dictionary<NodeId, List<PartitionId>> _led = []; // of the tick, lists kept for the next
    private readonly ConcurrentDictionary<NodeId, long> _heard = new(); // of nodes that partitions have named as members: no stranger makes it grow
    private NodeId _self;

    public RaftNode(RaftAddresses addresses, IRaftTransport transport, RaftGroupSettings settings, TimeProvider time)
    {
        (Addresses, Transport, _settings, _time) = (addresses, transport, settings, time);
        _ticker = time.CreateTimer(static node => ((RaftNode)node!).Tick(), this, settings.Tick, settings.Tick);
    }

    public RaftAddresses Addresses { get; }

    public IRaftTransport Transport { get; }

    /// <summary>Since the node's last heartbeat, or its answer to one of ours; null if none was heard.</summary>
    public TimeSpan? SilentFor(NodeId node) => _heard.TryGetValue(node, out var heard) ? _time.GetElapsedTime(heard) : null;

    /// <summary>The node is being drained: a group that joins abstains from leading.</summary>
    public bool IsDrained { get => _isDrained; set => _isDrained = value; }

    private volatile bool _isDrained;

    /// <summary>Leaderships given up because the leader could not serve, by reason: of all groups since the start of the node.</summary>
    public IReadOnlyList<(string Reason, long Count)> GivenUp =>
    [
        ("log_stalled", Volatile.Read(ref _logStalls) + _groups.Sum(group => group.Value.GivenUp(LeaderHindrance.LogStalled))),
        ("apply_stalled", Volatile.Read(ref _applyStalls) + _groups.Sum(group => group.Value.GivenUp(LeaderHindrance.ApplyStalled))),
    ];

    private long _logStalls, _applyStalls; // of groups that have left

    public ICollection<RaftGroupPort> Groups => _groups.Values;

    public RaftGroupPort? Find(PartitionId group) => _groups.GetValueOrDefault(group);

    /// <summary>From now on the group gets what is sent to it.</summary>
    public void Join(RaftGroupPort group)
    {
        _self = group.Self; // one identity a node: all groups have the same
        _groups[group.Partition] = group;
        Unexpect(group.Partition);
    }

    /// <summary>The group will join later. A member that asks for votes tells that it has no leader.</summary>
    /// <param name="isLeaderless">Called at most once, on any thread, when such a request comes.</param>
    public void Expect(PartitionId group, Action isLeaderless) => _expected[group] = isLeaderless;

    /// <summary>It has joined, or will not.</summary>
    public void Unexpect(PartitionId group) => _expected.TryRemove(group, out _);

    public void Leave(RaftGroupPort group)
    {
        if (!_groups.TryRemove(new KeyValuePair<PartitionId, RaftGroupPort>(group.Partition, group))) return;
        Interlocked.Add(ref _logStalls, group.GivenUp(LeaderHindrance.LogStalled));
        Interlocked.Add(ref _applyStalls, group.GivenUp(LeaderHindrance.ApplyStalled));
    }

    public void Deliver(in RaftMessage message)
    {
        if (Find(message.Group) is { } group) group.Deliver(message);
        else if (message.Type is RaftMessageType.PreVote or RaftMessageType.Vote && _expected.TryRemove(message.Group, out var isLeaderless)) isLeaderless();
    }

    public void DeliverAppend(in RaftMessage message, RaftEntries entries, Runtime.BufferLease buffer) => Find(message.Group)?.DeliverAppend(message, entries, buffer);

    public void DeliverHeartbeat(in RaftMessage message, HeartbeatGroups groups)
    {
        var isRequest = message.Type == RaftMessageType.Heartbeat;
        var now = _time.GetTimestamp();
        if (Addresses.Find(message.From) is not null) _heard[message.From] = now;
        var known = isRequest ? new List<PartitionId>() : null;
        foreach (var id in groups)
        {
            if (Find(id) is not { } group) continue;
            group.Deliver(message with { Group = id });
            if (known is not null && group.IsAlive(now)) known.Add(id);
        }

        if (known is null || _self == default) return;
        // Also when the list is empty: it shows that this node is there. The term stays 0, any other would depose the leader.
        var reply = new RaftMessage { Type = RaftMessageType.HeartbeatReply, From = _self, To = message.From };
        Transport.SendHeartbeat(reply, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(known));
    }

    public async Task<bool> InstallSnapshotAsync(RaftMessage message, LogPosition at, IReadOnlyList<NodeId> members)
    {
        if (Find(message.Group) is not { } group) return false;
        var answer = new TaskCompletionSource<bool>(Runtime.Elsewhere.Continuations);
        return group.TryRun(shell => shell.TakeSnapshot(message, at, members, answer), dropped: () => answer.TrySetResult(false)) && await answer.Task.ConfigureAwait(false);
    }

    public void Dispose() => _ticker.Dispose();

    private void Tick()
    {
        lock (_ticking)
        {
            var now = _time.GetTimestamp();
            foreach (var (_, group) in _groups)
            {
                group.Tick();
                if (group.Leads && group.LookAtLeader(now) == LeaderHindrance.None) List(group);
            }

            foreach (var (peer, led) in _led)
            {
                if (led.Count == 0) continue;
                led.Sort();
                var heartbeat = new RaftMessage { Type = RaftMessageType.Heartbeat, From = _self, To = peer };
                Transport.SendHeartbeat(heartbeat, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(led));
                led.Clear();
            }
        }
    }

    private void List(RaftGroupPort group)
    {
        foreach (var member in group.Status.Members)
        {
            if (member.Id == group.Self) continue;
            if (!_led.TryGetValue(member.Id, out var led)) _led[member.Id] = led = [];
            led.Add(group.Partition);
        }
    }
}
