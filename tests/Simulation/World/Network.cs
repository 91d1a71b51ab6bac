using CubeActors.Protocol;

namespace CubeActors.Simulation;

// The network: what is sent arrives later, twice, in another order, or not at all.
internal sealed partial class RaftWorld
{
    private const int SlowestMoments = 40;

    private readonly List<Action>[] _due = [.. Enumerable.Range(0, 64).Select(_ => new List<Action>())];
    private readonly HashSet<(NodeId From, NodeId To)> _cut = [];
    private readonly Dictionary<NodeId, int> _epochs = []; // of a receiver: rises when what is on its way to it is lost

    public void Send(ReplicaProcess sender, in RaftMessage message, LogEntry[]? entries = null) =>
        Send(sender, new Envelope(message, entries ?? [], [], null, sender.Machine.PowerCuts));

    public void SendSnapshot(ReplicaProcess sender, in RaftMessage message, NodeId[] members, SnapshotStream stream)
    {
        if (!Send(sender, new Envelope(message, [], members, stream, sender.Machine.PowerCuts))) EndLater(stream, accepted: false);
        else At(SlowestMoments + 10, () => stream.End(false)); // in time, or not at all
    }

    /// <summary>The answer to a snapshot goes back on its connection.</summary>
    public void AnswerSnapshot(ReplicaProcess receiver, SnapshotStream stream, bool accepted) => EndLater(stream, accepted && !Once(10));

    private void EndLater(SnapshotStream stream, bool accepted) => At(1 + _random.Next(3), () => stream.End(accepted));

    private bool Send(ReplicaProcess sender, Envelope envelope)
    {
        sender.Machine.Promises.Sent(sender, envelope.Message);
        var isLost = Once(Plan.LosesIn) || (!_isQuiet && IsCut(envelope.From, envelope.To));
        if (Trace is not null && envelope.Message.Type is not (RaftMessageType.Heartbeat or RaftMessageType.HeartbeatReply))
        {
            var m = envelope.Message;
            Trace($"{Now}: {m.From} to {m.To}: {(m.IsForced ? "forced " : "")}{(m.IsRejected ? "rejecting " : "")}{m.Type} term {m.Term} at {m.LogTerm}/{m.Index} commit {m.Commit} hint {m.RejectHint}"
                + $"{(envelope.Entries.Length > 0 ? $" with {string.Join(' ', envelope.Entries.Select(entry => entry.Header.Position))}" : "")}{(isLost ? ", lost" : "")}");
        }
        if (isLost) return false;
        var epoch = EpochOf(envelope.To);
        for (var copies = Once(Plan.DoublesIn) && envelope.Stream is null ? 2 : 1; copies > 0; copies--)
        {
            var moments = 1 + (Once(Plan.DelaysIn) ? _random.Next(SlowestMoments) : _isQuiet ? 0 : _random.Next(3));
            At(moments, () => Deliver(envelope, epoch));
        }
        return true;
    }

    private bool IsCut(NodeId from, NodeId to) =>
        _cut.Contains((from, to)) || _machines.Exists(machine => machine.IsolatedUntil > Now && (machine.Id == from || machine.Id == to));

    private void Deliver(Envelope envelope, int epoch)
    {
        var machine = _machines.Find(machine => machine.Id == envelope.To);
        if (machine?.Process is not { } process || EpochOf(envelope.To) != epoch) envelope.Stream?.End(false);
        else Guard(machine, () => process.Deliver(envelope));
    }

    private int EpochOf(NodeId id) => _epochs.GetValueOrDefault(id);

    private void ForgetOnTheWayTo(NodeId id) => _epochs[id] = EpochOf(id) + 1;

    private void At(int moments, Action action) => _due[(Now + moments) % _due.Length].Add(action);

    private void DeliverDue()
    {
        var due = _due[Now % _due.Length];
        for (var i = 0; i < due.Count; i++) due[i]();
        due.Clear();
    }
}
