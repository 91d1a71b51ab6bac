using System.Globalization;
using System.Text;
using CubeActors.Protocol;
using CubeActors.Raft.Tests.Cluster;

namespace CubeActors.Raft.Tests.Scripting;

/// <summary>Runs one script: blocks of commands, a line <c>----</c>, and what they do. The commands are listed in
/// Scripts/README.md.</summary>
internal sealed class ScriptRunner : IReplicaObserver
{
    private static readonly PartitionId Group = new(101);

    /// <summary>Draws the middle of the range: an election timeout of 4 ticks by default.</summary>
    private sealed class Middle : Random
    {
        public override int Next(int maxValue) => maxValue / 2;
    }

    private readonly Dictionary<NodeId, Replica> _replicas = [];
    private readonly Dictionary<NodeId, MemoryLog> _logs = [];
    private readonly HashSet<NodeId> _byHand = [];
    private readonly List<Envelope> _network = [];
    private readonly StringBuilder _output = new();
    // Without leases nothing is promised, as with Go: the scenes about reads turn them on.
    private RaftSettings _settings = new() { LeaseTicks = 0 };
    private int _maxEntries = 64;
    private bool _isQuiet;
    private ulong _payload = 1000;

    /// <returns>The script with its expectations replaced by what happened.</returns>
    public string Run(string script)
    {
        var result = new StringBuilder();
        foreach (var block in script.ReplaceLineEndings("\n").Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            if (result.Length > 0) result.Append('\n');
            var isExpectation = false;
            foreach (var line in block.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                if (line == "----") isExpectation = true;
                if (isExpectation) continue;
                result.Append(line).Append('\n');
                if (!line.StartsWith('#')) Execute(line);
            }
            if (isExpectation || _output.Length > 0) result.Append("----\n").Append(_output);
            _output.Clear();
        }
        return result.ToString();
    }

    private void Execute(string line)
    {
        var command = new Command(line);
        _isQuiet = command.Has("quietly");
        switch (command.Name)
        {
            case "settings": ReadSettings(command); return;
            case "node": AddNode(command); return;
            case "deliver": Deliver(command); return;
            case "drop": Drop(command); return;
        }
        var replica = _replicas[command.Node(0)];
        var core = replica.Core;
        switch (command.Name)
        {
            case "tick":
                for (var i = command.Count(1, 1); i > 0; i--)
                {
                    replica.Tick();
                    Settle();
                }
                break;
            case "heartbeat": replica.SendHeartbeats(); break;
            case "step": replica.Receive(ReadMessage(replica, command)); break;
            case "snapshot": StepSnapshot(replica, command); break;
            case "snapshot-ended":
                replica.SnapshotEnded(command.Node(1), command.Number("term", core.Term), command.Has("ok"));
                break;
            case "propose": Say(replica, Describe(replica.Propose([.. Enumerable.Range(0, command.Count(1, 1)).Select(_ => ++_payload)]))); break;
            case "add" or "remove":
                var action = command.Name == "add" ? MembershipAction.Add : MembershipAction.Remove;
                Say(replica, Describe(replica.Propose(new MembershipChange(action, command.Node(1)), ++_payload)));
                break;
            case "force-remove": replica.ForceRemove(command.Node(1)); break;
            case "campaign": Say(replica, $"campaign {replica.Campaign(command.Has("forced"))}"); break;
            case "abstain": replica.Abstain(!command.Has("off")); break;
            case "step-down": replica.StepDown(); break;
            case "hold": core.HoldProposals(true); break;
            case "compact": Say(replica, $"truncated {replica.Compact(command.Number("to", 0))}"); break;
            case "read":
                var ticket = replica.RequestRead();
                Say(replica, ticket.Status == ReadStatus.Waiting ? $"read waits for round {ticket.Round}" : $"read {ticket.Status}");
                break;
            case "lease": Say(replica, core.HoldsLease ? "holds the lease" : "no lease"); break;
            case "by-hand": _byHand.Add(replica.Id); break;
            case "write": replica.CompleteWrites(command.Count(1, int.MaxValue)); break;
            case "apply": replica.Apply(command.Count(1, int.MaxValue)); break;
            case "restart": Restart(replica.Id, command); break;
            case "state": SayState(replica); break;
            case "members": SayMembers(replica); break;
            case "counters": SayCounters(replica); break;
            default: throw new FormatException($"no command: {line}");
        }
        Settle();
    }

    private void Settle()
    {
        foreach (var replica in _replicas.Values)
        {
            if (_byHand.Contains(replica.Id)) continue;
            while (replica.PendingWrites > 0 || replica.HasToApply)
            {
                replica.CompleteWrites();
                replica.Apply();
            }
        }
    }

    private void ReadSettings(Command command)
    {
        _settings = _settings with
        {
            LeaseTicks = (int)command.Number("lease", (ulong)_settings.LeaseTicks),
            InFlightMax = (int)command.Number("in-flight", (ulong)_settings.InFlightMax),
            BacklogInFlightMax = (int)command.Number("backlog", (ulong)_settings.BacklogInFlightMax),
            EntriesRetained = (int)command.Number("retained", (ulong)_settings.EntriesRetained),
            StrangersObeyedAfterTicks = (int)command.Number("strangers-after", (ulong)_settings.StrangersObeyedAfterTicks),
        };
        _maxEntries = (int)command.Number("entries-an-append", (ulong)_maxEntries);
    }

    private void AddNode(Command command)
    {
        var id = command.Node(0);
        var log = new MemoryLog([.. command.Numbers("members").Select(m => new NodeId(m))]) { CopiedUpTo = command.Number("copied", 0) };
        var truncated = command.Position("truncated");
        if (truncated.Index > 0) log.InstallSnapshot(truncated, [.. command.Numbers("members").Select(m => new NodeId(m))]);
        foreach (var run in command.Text("log").Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var isChange = run.EndsWith('m');
            var parts = run.TrimEnd('m').Split('x');
            var term = ulong.Parse(parts[0], CultureInfo.InvariantCulture);
            for (var i = parts.Length == 1 ? 1 : int.Parse(parts[1], CultureInfo.InvariantCulture); i > 0; i--)
            {
                log.Append([new Entry(isChange ? RaftEntryType.Membership : RaftEntryType.Normal, term, log.LastIndex + 1, ++_payload,
                    isChange ? new MembershipChange(MembershipAction.Add, new NodeId(9)) : default)]);
            }
        }
        log.SaveHardState(new HardState(command.Number("term", 0), new NodeId(command.Number("vote", 0)), command.Number("commit", truncated.Index)));
        if (command.Has("applied=")) log.SaveApplied(command.Number("applied", 0), [.. command.Numbers("members").Select(m => new NodeId(m))]);
        _logs[id] = log;
        Restart(id, command);
    }

    private void Restart(NodeId id, Command command)
    {
        if (command.Number("forgets", 0) is > 0 and var forgotten) _logs[id].Forget((int)forgotten);
        var replica = new Replica(id, Group, _logs[id], _settings, new Middle(), this, command.Has("may-have-lost"), command.Has("abstains"))
        {
            EntriesAnAppendMax = _maxEntries,
        };
        _replicas[id] = replica;
        replica.Start();
        Settle();
    }

    private Envelope ReadMessage(Replica replica, Command command)
    {
        var type = command.Word(1) switch
        {
            "append" => RaftMessageType.Append,
            "pre-vote" => RaftMessageType.PreVote,
            "heartbeat" => RaftMessageType.Heartbeat,
            "vote" => RaftMessageType.Vote,
            "append-reply" => RaftMessageType.AppendReply,
            "pre-vote-reply" => RaftMessageType.PreVoteReply,
            "echo" => RaftMessageType.HeartbeatReply,
            "vote-reply" => RaftMessageType.VoteReply,
            "lease-offline" => RaftMessageType.LeaseOffline,
            "lease-timeout" => RaftMessageType.LeaseTimeout,
            "check" => RaftMessageType.CheckQuorum,
            "check-reply" => RaftMessageType.CheckQuorumReply,
            var number => (RaftMessageType)byte.Parse(number, CultureInfo.InvariantCulture),
        };
        var at = command.Position("at");
        var hint = command.Position("hint");
        var message = new RaftMessage
        {
            Type = type,
            Group = Group,
            From = new NodeId(command.Number("from", 0)),
            To = replica.Id,
            Term = command.Number("term", 0),
            IsForced = command.Has("forced"),
            IsRejected = command.Has("rejected"),
            RejectHint = hint.Index,
            LogTerm = command.Has("hint=") ? hint.Term : at.Term,
            Index = command.Number("index", at.Index),
            Commit = command.Number("commit", 0),
        };
        var index = command.Number("first", message.Index + 1);
        var entries = command.Text("entries").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(text =>
        {
            var isChange = text.EndsWith('m');
            return new Entry(isChange ? RaftEntryType.Membership : RaftEntryType.Normal, ulong.Parse(text.TrimEnd('m'), CultureInfo.InvariantCulture),
                index++, ++_payload, isChange ? new MembershipChange(MembershipAction.Add, new NodeId(9)) : default);
        });
        return new Envelope(message, [.. entries], []);
    }

    private void StepSnapshot(Replica replica, Command command)
    {
        var at = command.Position("at");
        var message = new RaftMessage
        {
            Type = RaftMessageType.Snapshot,
            Group = Group,
            From = new NodeId(command.Number("from", 0)),
            To = replica.Id,
            Term = command.Number("term", 0),
            LogTerm = at.Term,
            Index = at.Index,
        };
        replica.Receive(new Envelope(message, [], [.. command.Numbers("members").Select(m => new NodeId(m))]));
        Say(replica, $"snapshot: {replica.LastSnapshotAnswer}");
    }

    private void Deliver(Command command)
    {
        var (from, to) = command.Route();
        // "all": until nobody has anything to say any more. Otherwise what is there now.
        for (var rounds = command.Has("all") ? 100 : 1; rounds > 0 && _network.Count > 0; rounds--)
        {
            foreach (var envelope in _network.Where(e => Matches(e, from, to, command)).ToArray())
            {
                _network.Remove(envelope);
                if (!_replicas.TryGetValue(envelope.To, out var receiver)) continue;
                receiver.Receive(envelope);
                Settle();
            }
        }
    }

    private void Drop(Command command)
    {
        var (from, to) = command.Route();
        _network.RemoveAll(e => Matches(e, from, to, command));
    }

    private static bool Matches(Envelope envelope, NodeId from, NodeId to, Command command) =>
        (from == default || envelope.From == from) && (to == default || envelope.To == to)
        && (command.Text("type").Length == 0 || Name(envelope.Message.Type) == command.Text("type"));

    void IReplicaObserver.Sent(Replica replica, Envelope envelope) => _network.Add(envelope);

    void IReplicaObserver.Applied(Replica replica, Entry entry)
    {
    }

    void IReplicaObserver.Effect(Replica replica, in RaftEffect effect)
    {
        var text = effect.Kind switch
        {
            RaftEffectKind.SaveHardState => $"save term={effect.State.Term} vote={effect.State.Vote} commit={effect.State.Commit}{(effect.MustSync ? " synced" : "")}",
            RaftEffectKind.TruncateLog => $"cut from {effect.First}",
            RaftEffectKind.AppendLog => $"append {effect.First}..{effect.Last}",
            RaftEffectKind.AppendEmpty => $"append empty {effect.Position}",
            RaftEffectKind.TruncateFront => $"cut front up to {effect.Position}",
            RaftEffectKind.Send => $"send {Describe(effect.Message)}{(effect.IsAfterSave ? "" : " at once")}",
            RaftEffectKind.Replicate =>
                $"replicate to {effect.Peer} term={effect.Term} behind {effect.Position} entries {Range(effect)} commit={effect.Message.Commit}",
            RaftEffectKind.SendSnapshot => $"send snapshot {effect.Position} to {effect.Peer} term={effect.Term}",
            RaftEffectKind.InstallSnapshot => $"install snapshot {effect.Position}",
            RaftEffectKind.Commit => $"commit {effect.Last}",
            RaftEffectKind.LeadershipChanged => effect.Peer == default ? $"no leader in term {effect.Term}" : $"leader of term {effect.Term} is {effect.Peer}",
            RaftEffectKind.ReadReady => $"reads up to {effect.Last} are ready",
            _ => $"reads up to {effect.Last} failed",
        };
        Say(replica, text);
    }

    private static string Range(in RaftEffect effect) => effect.First > effect.Last ? "none" : $"{effect.First}..{effect.Last}";

    private static string Describe(in RaftMessage m)
    {
        var text = new StringBuilder($"{Name(m.Type)} to {m.To} term={m.Term}");
        switch (m.Type)
        {
            case RaftMessageType.PreVote or RaftMessageType.Vote: text.Append($" last={m.LogTerm}/{m.Index}{(m.IsForced ? " forced" : "")}"); break;
            case RaftMessageType.PreVoteReply or RaftMessageType.VoteReply: text.Append(m.IsRejected ? " rejected" : " granted"); break;
            case RaftMessageType.CheckQuorum or RaftMessageType.CheckQuorumReply: text.Append($" round={m.Index}"); break;
            case RaftMessageType.AppendReply when m.IsRejected:
                text.Append($" rejected at {(m.Index == RaftCore.NumberMax ? "the end of all" : m.Index)} hint={m.LogTerm}/{m.RejectHint} commit={m.Commit}");
                break;
            case RaftMessageType.AppendReply: text.Append($" up to {m.Index} commit={m.Commit}"); break;
        }
        return text.ToString();
    }

    private static string Name(RaftMessageType type) => type switch
    {
        RaftMessageType.PreVote => "pre-vote",
        RaftMessageType.AppendReply => "append-reply",
        RaftMessageType.PreVoteReply => "pre-vote-reply",
        RaftMessageType.HeartbeatReply => "echo",
        RaftMessageType.VoteReply => "vote-reply",
        RaftMessageType.LeaseOffline => "lease-offline",
        RaftMessageType.LeaseTimeout => "lease-timeout",
        RaftMessageType.CheckQuorum => "check",
        RaftMessageType.CheckQuorumReply => "check-reply",
        _ => type.ToString().ToLowerInvariant(),
    };

    private static string Describe(ProposeResult result) => result.IsAccepted ? $"proposed at {result.First}" : $"refused: {result.Refusal}";

    private void SayState(Replica replica)
    {
        var core = replica.Core;
        var flags = $"{(core.IsRejoining ? ", rejoining" : "")}{(core.Abstains ? ", abstaining" : "")}{(core.IsInstallingSnapshot ? ", installing" : "")}";
        Say(replica, $"{core.Role} of {core.Leader}, term {core.Term}, vote {core.State.Vote}, log {core.Truncated}..{core.Last}, "
            + $"commit {core.Commit}, applied {core.Applied}, members {string.Join(',', replica.MemberIds)}{flags}");
    }

    private void SayMembers(Replica replica)
    {
        foreach (var m in replica.Core.Members)
        {
            if (m.Member == replica.Id) Say(replica, $"{m.Member}: self, match {m.Match}");
            else Say(replica, $"{m.Member}: {m.State}, match {m.Match}, next {m.Next}, {m.InFlightCount} in flight{(m.IsPaused ? ", paused" : "")}{(m.IsActive ? ", active" : "")}");
        }
    }

    private void SayCounters(Replica replica)
    {
        foreach (var counter in typeof(RaftCounters).GetProperties())
        {
            if (counter.GetValue(replica.Core.Counters) is long and > 0 and var value) Say(replica, $"{counter.Name} {value}");
        }
    }

    private void Say(Replica replica, string text)
    {
        if (_isQuiet) return;
        if (_replicas.Count > 1) _output.Append(replica.Id).Append(": ");
        _output.Append(text).Append('\n');
    }
}
