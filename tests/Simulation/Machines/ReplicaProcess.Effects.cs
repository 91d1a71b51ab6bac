using CubeActors.Actors;
using CubeActors.Protocol;
using CubeActors.Raft;
using CubeActors.Storage;

namespace CubeActors.Simulation;

// Performing what the core asks for, in the order of RaftGroup; the mutations sit here.
internal sealed partial class ReplicaProcess
{
    private readonly List<LogEntry> _mirror = []; // the log as it is ordered to be: the cache of a shell, and what the checks look at
    private readonly Queue<(long Sequence, RaftMessage Message)> _afterSave = new();
    private readonly Queue<(long Sequence, LogPosition Position)> _writing = new();
    private readonly Queue<(ulong Index, Proposal Proposal)> _proposed = new();
    private readonly Queue<RaftEffect> _postponed = new(); // Replicate effects that wait for a read of the log
    private RaftEffects _effects = new();
    private RaftEffects _performing = new();
    private LogEntry[] _source = [];
    private ulong _mirrorFirst = 1;
    private ulong _handedOver;
    private long _sequence;
    private long _savedSequence;
    private Installation? _installing;
    private Envelope? _snapshot; // being stepped

    /// <summary>The last index of the log as ordered.</summary>
    public ulong MirrorLast => _mirrorFirst - 1 + (ulong)_mirror.Count;

    public bool TryEntryAt(ulong index, out LogEntry entry)
    {
        entry = default;
        if (index < _mirrorFirst || index > MirrorLast) return false;
        entry = _mirror[(int)(index - _mirrorFirst)];
        return true;
    }

    public void Propose(Proposal[] proposals)
    {
        long bytes = 0;
        foreach (var proposal in proposals) bytes += proposal.CommandBytes;
        var isReserved = _log.TryReserve(proposals.Length, bytes);
        var result = isReserved ? Core.Propose(proposals[0].Type, proposals.Length, _effects) : default;
        if (!isReserved || !result.IsAccepted)
        {
            if (isReserved) _log.CancelReservation(proposals.Length, bytes);
            foreach (var proposal in proposals) proposal.ProposalEnded(ProposalOutcome.Overloaded); // nothing was put into the log
            return;
        }
        _source = new LogEntry[proposals.Length];
        for (var i = 0; i < proposals.Length; i++)
        {
            var header = new RaftEntryHeader(proposals[i].Type, result.First.Term, result.First.Index + (ulong)i, proposals[i].CommandBytes);
            _source[i] = new LogEntry(header, proposals[i].Data);
            _proposed.Enqueue((header.Index, proposals[i]));
        }
        _isReserved = true;
        Perform();
        (_source, _isReserved) = ([], false);
    }

    private bool _isReserved;

    private void Perform()
    {
        while (_effects.Count > 0)
        {
            (_effects, _performing) = (_performing, _effects);
            foreach (ref readonly var effect in _performing.Items) Perform(effect);
            _performing.Clear();
        }
    }

    private void Perform(in RaftEffect effect)
    {
        switch (effect.Kind)
        {
            case RaftEffectKind.SaveHardState:
                var state = _world.Plan.Mutation == Mutation.VoteForgotten ? effect.State with { Vote = default } : effect.State;
                _sequence = _log.SaveHardState(state);
                break;
            case RaftEffectKind.TruncateLog:
                _mirror.RemoveRange((int)(effect.First - _mirrorFirst), (int)(MirrorLast - effect.First) + 1);
                _machine.Promises.Cut(effect.First);
                _world.Trace?.Invoke($"{_world.Now}: {Id} cuts its log from {effect.First} on");
                VoidAcknowledgements(effect.First);
                _sequence = _log.TruncateBack(effect.First);
                break;
            case RaftEffectKind.AppendLog:
                Append(Array.FindAll(_source, InRange(effect.First, effect.Last)));
                break;
            case RaftEffectKind.AppendEmpty:
                Append([new LogEntry(new RaftEntryHeader(RaftEntryType.Normal, effect.Position.Term, effect.Position.Index, 0), [])]);
                break;
            case RaftEffectKind.TruncateFront:
                _mirror.RemoveRange(0, (int)(effect.Last + 1 - _mirrorFirst));
                _mirrorFirst = effect.Last + 1;
                _sequence = _log.TruncateFront(effect.Last);
                break;
            case RaftEffectKind.Send:
                var waits = effect.IsAfterSave && _savedSequence < _sequence && _world.Plan.Mutation != Mutation.AnswersBeforeSaving;
                if (waits) _afterSave.Enqueue((_sequence, effect.Message));
                else _world.Send(this, effect.Message);
                break;
            case RaftEffectKind.Replicate:
                if (_world.Once(_world.Plan.ReplicateLateIn)) _postponed.Enqueue(effect);
                else Replicate(effect);
                break;
            case RaftEffectKind.SendSnapshot:
                if (Core.IsCurrent(effect)) _world.SendSnapshot(this, effect.Message, [.. Members], new SnapshotStream(this, effect.Peer, effect.Term));
                break;
            case RaftEffectKind.InstallSnapshot:
                FailProposals(ProposalOutcome.NotLeader);
                _installing = new Installation(effect.Position, _applier.ClearAsync(), _snapshot!, InstallStep.Members, 0);
                break;
            case RaftEffectKind.Commit:
                HandOver(effect.Last);
                break;
            case RaftEffectKind.LeadershipChanged:
                if (Core.Role != RaftRole.Leader) FailProposals(ProposalOutcome.NotLeader);
                Publish();
                _world.Trace?.Invoke($"{_world.Now}: {Id} is {Core.Role} of {Core.Leader} in term {Core.Term}");
                break;
            case RaftEffectKind.ReadReady:
                _leaseEnd = LeaseEnd();
                DecideReads(effect.Last, granted: true);
                break;
            case RaftEffectKind.ReadFailed:
                DecideReads(effect.Last, granted: false);
                break;
            default:
                throw new InvalidOperationException($"nobody performs {effect.Kind}");
        }
    }

    private static Predicate<LogEntry> InRange(ulong first, ulong last) => entry => entry.Index >= first && entry.Index <= last;

    private void Append(LogEntry[] entries)
    {
        if (entries[0].Index != MirrorLast + 1) throw new InvalidOperationException($"node {Id} appends {entries[0].Index} behind {MirrorLast}");
        var records = new RaftLogEntry[entries.Length];
        long bytes = 0;
        for (var i = 0; i < entries.Length; i++)
        {
            records[i] = new RaftLogEntry(entries[i].Header, entries[i].Data);
            bytes += entries[i].Data.Length;
        }
        _mirror.AddRange(entries);
        if (entries.Length == 1 && bytes == 0) _sequence = _log.AppendEmpty(entries[0].Header);
        else
        {
            if (!_isReserved && !_log.TryReserve(entries.Length, bytes)) throw new InvalidOperationException("the writer's budget is larger than any run");
            _sequence = _log.Append(records, lease: null);
        }
        _writing.Enqueue((_sequence, entries[^1].Header.Position));
    }

    private void LogSaved(long sequence)
    {
        _savedSequence = Math.Max(_savedSequence, sequence);
        var saved = default(LogPosition?);
        while (_writing.TryPeek(out var write) && write.Sequence <= sequence) saved = _writing.Dequeue().Position;
        if (saved is { } position) Core.LogSaved(position, _effects);
        while (_afterSave.TryPeek(out var waiting) && waiting.Sequence <= sequence) _world.Send(this, _afterSave.Dequeue().Message);
    }

    private void HandOver(ulong upTo)
    {
        _world.Checks.Committed(this, upTo);
        _world.Trace?.Invoke($"{_world.Now}: {Id} commits up to {upTo}");
        while (_handedOver < upTo)
        {
            var index = ++_handedOver;
            var proposal = _proposed.TryPeek(out var pending) && pending.Index == index ? _proposed.Dequeue().Proposal : null;
            _applier.Add(new ApplyItem(index, index, default, IsHere: false, proposal)); // read back from the log
        }
        _applier.Start();
    }

    private void FailProposals(ProposalOutcome outcome)
    {
        while (_proposed.TryDequeue(out var pending)) pending.Proposal.ProposalEnded(outcome);
    }

    private void PerformPostponed()
    {
        if (_world.Once(2)) return;
        while (_postponed.TryDequeue(out var effect)) Replicate(effect);
        Perform();
    }

    private void Replicate(in RaftEffect effect)
    {
        if (!Core.IsCurrent(effect)) return;
        if (_world.Once(_world.Plan.ReplicateFailsIn))
        {
            Core.ReplicateFailed(effect.Peer, effect.Term, _effects);
            return;
        }
        var entries = effect.First > effect.Last ? [] : EntriesFrom(effect.First, effect.Last);
        if (effect.First <= effect.Last && entries.Length == 0)
        {
            Core.ReplicateFailed(effect.Peer, effect.Term, _effects); // truncated since
            return;
        }
        _world.Send(this, effect.Message, entries);
        Core.Replicated(effect.Peer, effect.Term, effect.First - 1 + (ulong)entries.Length, _effects);
    }

    /// <summary>From memory, or from the files if they have them all.</summary>
    private LogEntry[] EntriesFrom(ulong first, ulong last)
    {
        last = Math.Min(last, first + (ulong)_world.Plan.EntriesAnAppendMax - 1);
        if (last <= Core.Saved && _world.Once(4)) return [.. ReadLog(first, last)];
        if (first < _mirrorFirst) return [];
        return [.. _mirror.GetRange((int)(first - _mirrorFirst), (int)(Math.Min(last, MirrorLast) - first) + 1)];
    }

    private List<LogEntry> ReadLog(ulong first, ulong last)
    {
        var (buffer, slices, found) = (_world.Shop.ReadBuffer, _world.Shop.Slices, new List<LogEntry>());
        while (first <= last)
        {
            var read = Log.Read(first, last, buffer, slices);
            if (read.Status is RaftLogReadStatus.Truncated or RaftLogReadStatus.BehindEnd) return found;
            if (read.Status != RaftLogReadStatus.Read) throw new InvalidOperationException($"node {Id} cannot read entry {first}: {read.Status} {read.Problem}");
            foreach (ref readonly var slice in slices.AsSpan(0, read.Count)) found.Add(new LogEntry(slice.Header, slice.Data(buffer).ToArray()));
            first += (ulong)read.Count;
        }
        return found;
    }

    private void LoadMirror(RaftLogReport report)
    {
        _mirrorFirst = report.Truncated.Index + 1;
        _mirror.AddRange(ReadLog(_mirrorFirst, report.Last.Index));
        if (MirrorLast != report.Last.Index) throw new InvalidOperationException($"node {Id}: the log ends at {report.Last}, read up to {MirrorLast}");
    }

    private void TakeSnapshot(Envelope envelope)
    {
        var position = new LogPosition(envelope.Message.LogTerm, envelope.Message.Index);
        _snapshot = envelope;
        var answer = Core.StepSnapshot(envelope.Message with { LogTerm = 0, Index = 0 }, position, _effects);
        Perform();
        _snapshot = null;
        if (answer != SnapshotAnswer.Install) _world.AnswerSnapshot(this, envelope.Stream!, answer == SnapshotAnswer.Acknowledge);
    }

    /// <summary>Members, log, applied index, in the order of <c>RaftGroup</c>, once the applier stands still. Whatever else happens, happens in between.</summary>
    private void ContinueInstall()
    {
        if (_installing is not { Cleared.IsCompleted: true } installing || _world.Once(3)) return;
        var (position, members) = (installing.Position, installing.Envelope.Members);
        switch (installing.Step)
        {
            case InstallStep.Members when _world.Once(6):
                _installing = null;
                Core.SnapshotFailed();
                _world.AnswerSnapshot(this, installing.Envelope.Stream!, accepted: false);
                break;
            case InstallStep.Members:
                State.BeginInstall(position.Index, members);
                _writing.Clear();
                _mirror.Clear();
                _mirrorFirst = position.Index + 1;
                _sequence = _log.InstallSnapshot(position, Core.State with { Commit = position.Index });
                _installing = installing with { Step = InstallStep.Log, Sequence = _sequence };
                break;
            case InstallStep.Log when installing.Sequence <= _savedSequence:
                _installing = null;
                State.Install(position.Index);
                _handedOver = position.Index;
                Core.SnapshotInstalled(position, members, _effects);
                Core.LacksAddresses = ReplicaRecord.LacksAddresses(State.Record.Meta);
                _world.AnswerSnapshot(this, installing.Envelope.Stream!, accepted: true);
                _world.SnapshotsInstalled++;
                Perform();
                break;
        }
    }

    private enum InstallStep { Members, Log }

    private readonly record struct Installation(LogPosition Position, Task Cleared, Envelope Envelope, InstallStep Step, long Sequence);

    /// <summary>As the shell in Actors: an acknowledgement that waits for entries which are cut now is void.</summary>
    private void VoidAcknowledgements(ulong from)
    {
        for (var left = _afterSave.Count; left > 0; left--)
        {
            var waiting = _afterSave.Dequeue();
            if (waiting.Message is { Type: RaftMessageType.AppendReply, IsRejected: false } reply && reply.Index >= from) continue;
            _afterSave.Enqueue(waiting);
        }
    }
}
