using CubeActors.Protocol;
using CubeActors.Raft;

namespace CubeActors.Simulation;

/// <summary>What one replica has told others and must know again after every restart: its votes, its terms, the entries that it acknowledged.</summary>
internal sealed class Promises(NodeId id)
{
    private readonly Dictionary<ulong, NodeId> _votes = [];
    private ulong _term;
    private LogPosition _acknowledged;
    private ulong _processTerm, _processCommit;

    public void Sent(ReplicaProcess process, in RaftMessage message)
    {
        Broken.Unless(Enum.IsDefined(message.Type), $"{id} sends {message.Type}");
        var isHeartbeat = message.Type is RaftMessageType.Heartbeat or RaftMessageType.HeartbeatReply;
        // A replica that has never heard of a term answers with none.
        var mayLackTerm = message.Type is RaftMessageType.PreVoteReply or RaftMessageType.AppendReply && process.Core.Term == 0;
        Broken.Unless(message.Term > 0 != isHeartbeat || mayLackTerm, $"{id} sends {message.Type} of term {message.Term}");
        Broken.Unless(message.Type != RaftMessageType.Append || message.LogTerm == 0 == (message.Index == 0), $"{id} sends an append behind {message.LogTerm}/{message.Index}");
        // A pre-vote asks for a term that nobody has, and is granted with it.
        if (message.Type is not (RaftMessageType.PreVote or RaftMessageType.PreVoteReply)) _term = Math.Max(_term, message.Term);
        if (message.Type == RaftMessageType.Vote) Voted(message.Term, id);
        if (message is { Type: RaftMessageType.VoteReply, IsRejected: false }) Voted(message.Term, message.To);
        // One of an earlier term was true when it was made; a leader of this one may have replaced the entries since.
        if (message is { Type: RaftMessageType.AppendReply, IsRejected: false, Index: > 0 } && message.Term == process.Core.Term) Acknowledged(process, message.Index);
    }

    /// <summary>Entries from here on were replaced by a leader: what was said of them is void.</summary>
    public void Cut(ulong from)
    {
        if (_acknowledged.Index >= from) _acknowledged = default;
    }

    /// <summary>A process has started on what the one before has left.</summary>
    /// <param name="mayHaveLostEntries">With `replicated` a power cut takes entries, never terms or votes.</param>
    public void Started(ReplicaProcess process, bool mayHaveLostEntries)
    {
        var core = process.Core;
        Broken.Unless(core.Term >= _term, $"{id} has forgotten term {_term}: starts with {core.Term}");
        Broken.Unless(!_votes.TryGetValue(core.Term, out var vote) || process.Boot.State.Vote == vote || core.Term > process.Boot.State.Term,
            $"{id} has forgotten that it voted for {vote} in term {core.Term}");
        Broken.Unless(mayHaveLostEntries || _acknowledged.Index <= core.Truncated.Index || (process.TryEntryAt(_acknowledged.Index, out var entry) && entry.Term == _acknowledged.Term),
            $"{id} has acknowledged {_acknowledged} and starts with a log of {core.Truncated}..{core.Last}");
        if (mayHaveLostEntries) _acknowledged = default;
        (_processTerm, _processCommit) = (core.Term, core.Commit);
    }

    public void Check(ReplicaProcess process)
    {
        var core = process.Core;
        Broken.Unless(core.Term >= _processTerm && core.Commit >= _processCommit, $"{id} goes back from term {_processTerm}, commit {_processCommit} to {core.Term}, {core.Commit}");
        (_processTerm, _processCommit) = (core.Term, core.Commit);
    }

    private void Voted(ulong term, NodeId candidate)
    {
        if (!_votes.TryAdd(term, candidate)) Broken.Unless(_votes[term] == candidate, $"{id} votes in term {term} for {candidate} and before for {_votes[term]}");
    }

    private void Acknowledged(ReplicaProcess process, ulong index)
    {
        Broken.Unless(index <= process.Log.Last.Index, $"{id} acknowledges {index}, its files end at {process.Log.Last}");
        if (process.TryEntryAt(index, out var entry) && index > _acknowledged.Index) _acknowledged = entry.Header.Position;
    }
}

/// <summary>A promise of raft or of the node is broken.</summary>
internal sealed class Broken(string what) : Exception(what)
{
    public static void Unless(bool holds, [System.Runtime.CompilerServices.InterpolatedStringHandlerArgument(nameof(holds))] ref Text what)
    {
        if (!holds) throw new Broken(what.ToString());
    }

    /// <summary>A sentence that is put together only where it is needed.</summary>
    [System.Runtime.CompilerServices.InterpolatedStringHandler]
    internal ref struct Text
    {
        private System.Runtime.CompilerServices.DefaultInterpolatedStringHandler _text;
        private readonly bool _isNeeded;

        public Text(int literalLength, int formattedCount, bool holds, out bool isNeeded)
        {
            _isNeeded = isNeeded = !holds;
            if (isNeeded) _text = new(literalLength, formattedCount);
        }

        public void AppendLiteral(string text) => _text.AppendLiteral(text);

        public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

        public override readonly string ToString() => _isNeeded ? _text.ToString() : "";
    }
}
