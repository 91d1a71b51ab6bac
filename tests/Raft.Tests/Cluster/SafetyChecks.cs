using CubeActors.Protocol;

namespace CubeActors.Raft.Tests.Cluster;

/// <summary>What must hold in every group at every moment (Raft thesis, figure 3.2), and what a replica must keep across its
/// restarts.</summary>
public sealed class SafetyChecks
{
    private readonly Dictionary<ulong, NodeId> _leaders = [];
    private readonly Dictionary<ulong, Entry> _applied = [];
    private readonly Dictionary<ulong, ulong> _indexes = [];
    private readonly Dictionary<(NodeId, ulong), NodeId> _votes = [];
    private readonly Dictionary<NodeId, HardState> _states = [];
    private readonly HashSet<(NodeId, ulong)> _checkedLeaders = [];

    /// <summary>Up to here clients have their answers, or have read it: every later read must see it.</summary>
    public ulong AcknowledgedUpTo { get; private set; }
    public int Elections => _leaders.Count;
    public int AppliedCount => _applied.Count;

    public bool IsApplied(ulong payload) => _indexes.ContainsKey(payload);
    public ulong IndexOf(ulong payload) => _indexes[payload];

    public void Started(Replica replica) => _states[replica.Id] = replica.Core.State;

    public void Applied(Replica replica, Entry entry)
    {
        if (_applied.TryGetValue(entry.Index, out var other)) Assert.Equal(other, entry);
        else
        {
            _applied.Add(entry.Index, entry);
            _indexes[entry.Payload] = entry.Index;
        }
        Assert.True(entry.Index <= replica.Log.LastIndex, "applied before it was written");
        // Nobody waits for what an earlier leader proposed; a reader may have seen it nevertheless, see Seen.
        if (replica.Core.Role == RaftRole.Leader && entry.Term == replica.Core.Term) AcknowledgedUpTo = Math.Max(AcknowledgedUpTo, entry.Index);
    }

    /// <summary>A leader read was answered from what is applied.</summary>
    public void Seen(Replica replica, ulong mustSee)
    {
        Assert.True(replica.Core.Applied >= mustSee, $"node {replica.Id} in term {replica.Core.Term} read at {replica.Core.Applied}, {mustSee} was acknowledged");
        AcknowledgedUpTo = Math.Max(AcknowledgedUpTo, replica.Core.Applied);
    }

    public void Sent(Replica replica, Envelope envelope)
    {
        var message = envelope.Message;
        Assert.Equal(replica.Id, message.From);
        var isHeartbeat = message.Type is RaftMessageType.Heartbeat or RaftMessageType.HeartbeatReply;
        Assert.True(message.Term > 0 || isHeartbeat || message.Type == RaftMessageType.PreVoteReply, $"{message.Type} without a term");
        switch (message.Type)
        {
            case RaftMessageType.VoteReply when !message.IsRejected: Voted(replica.Id, message.Term, message.To); break;
            case RaftMessageType.Vote: Voted(replica.Id, message.Term, replica.Id); break;
            case RaftMessageType.AppendReply when !message.IsRejected:
                Assert.True(message.Index <= replica.Log.LastIndex, $"node {replica.Id} acknowledged {message.Index}, its disk ends at {replica.Log.LastIndex}");
                break;
            case RaftMessageType.Append:
                Assert.Equal(message.Index == 0, message.LogTerm == 0);
                for (var i = 0; i < envelope.Entries.Length; i++) Assert.Equal(message.Index + 1 + (ulong)i, envelope.Entries[i].Index);
                break;
        }
    }

    private void Voted(NodeId voter, ulong term, NodeId candidate)
    {
        if (_votes.TryGetValue((voter, term), out var before)) Assert.Equal(before, candidate);
        else _votes.Add((voter, term), candidate);
    }

    public void Check(Replica replica)
    {
        var core = replica.Core;
        var before = _states[replica.Id];
        Assert.True(core.Term >= before.Term && core.Commit >= Math.Min(before.Commit, core.Commit));
        Assert.True(core.Term > before.Term || core.State.Vote == before.Vote || before.Vote == default);
        _states[replica.Id] = core.State;
        if (core.Role != RaftRole.Leader) return;
        if (_leaders.TryGetValue(core.Term, out var leader)) Assert.Equal(leader, replica.Id);
        else _leaders.Add(core.Term, replica.Id);
        if (!_checkedLeaders.Add((replica.Id, core.Term))) return;
        // Leader completeness: what was applied anywhere is in the log of every later leader.
        foreach (var entry in _applied.Values)
        {
            if (entry.Term >= core.Term || entry.Index <= core.Truncated.Index) continue;
            Assert.True(replica.TryEntryAt(entry.Index, out var mine) && mine == entry, $"leader {replica.Id} of term {core.Term} lacks {entry.Position}");
        }
    }

    /// <summary>Two logs that have the same term at an index have the same entries up to it.</summary>
    public static void CheckLogsMatch(IEnumerable<Replica> replicas)
    {
        var all = replicas.ToArray();
        for (var i = 0; i < all.Length; i++)
        {
            for (var j = i + 1; j < all.Length; j++)
            {
                var isSame = false;
                for (var index = Math.Min(all[i].Core.Last.Index, all[j].Core.Last.Index); index > 0; index--)
                {
                    if (!all[i].TryEntryAt(index, out var a) || !all[j].TryEntryAt(index, out var b)) break;
                    isSame |= a.Term == b.Term;
                    if (isSame) Assert.Equal(a, b);
                }
            }
        }
    }
}
