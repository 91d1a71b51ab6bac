using CubeActors.Protocol;
using CubeActors.Raft;
using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Actors;

// Performing what the core asks for.
internal sealed partial class RaftGroup
{
    private readonly Queue<(long Sequence, RaftMessage Message)> _afterSave = new();
    private readonly Queue<(long Sequence, LogPosition Position)> _writing = new(); // appends that are not saved yet
    private readonly Queue<PendingProposal> _proposed = new();
    private RaftLogEntry[] _logEntries = [];
    private RaftEntryHeader[] _headers = [];
    private RaftPayload[] _proposals = [];
    private RaftPayload[] _source = []; // where the entries of an AppendLog lie
    private int _sourceCount;
    private int _reservedEntries;
    private long _reservedBytes;
    private long _sequence;       // of the last write
    private long _savedSequence;
    private ulong _handedOver;

    private readonly record struct PendingProposal(ulong Index, IProposal Proposal);

    /// <summary>Performs all effects, also those that arise meanwhile, in order.</summary>
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
                _sequence = _log.SaveHardState(effect.State);
                break;
            case RaftEffectKind.TruncateLog:
                _cache.TruncateFrom(effect.First);
                VoidAcknowledgements(effect.First);
                _replayTo = Math.Min(_replayTo, effect.First - 1); // nobody had committed it, so nobody has applied it
                _sequence = _log.TruncateBack(effect.First);
                break;
            case RaftEffectKind.AppendLog:
                Append(effect.First, effect.Last);
                break;
            case RaftEffectKind.AppendEmpty:
                AppendEmpty(effect.Position);
                break;
            case RaftEffectKind.TruncateFront:
                _sequence = _log.TruncateFront(effect.Last);
                break;
            case RaftEffectKind.Send:
                if (effect.IsAfterSave && _savedSequence < _sequence) _afterSave.Enqueue((_sequence, effect.Message));
                else _parts.Transport.Send(effect.Message);
                break;
            case RaftEffectKind.Replicate:
                Replicate(effect);
                break;
            case RaftEffectKind.SendSnapshot:
                SendSnapshot(effect);
                break;
            case RaftEffectKind.InstallSnapshot:
                InstallSnapshot(effect.Position);
                break;
            case RaftEffectKind.Commit:
                HandOver(effect.Last);
                break;
            case RaftEffectKind.LeadershipChanged:
                LeadershipChanged();
                break;
            case RaftEffectKind.ReadReady:
                _port.PublishLease(LeaseEnd());
                DecideReads(effect.Last, granted: true);
                break;
            case RaftEffectKind.ReadFailed:
                DecideReads(effect.Last, granted: false);
                break;
            default:
                throw new InvariantViolationException($"the core asks for {effect.Kind}, which nobody performs");
        }
    }

    /// <summary>Acknowledgements that still wait for the log and name entries that are cut now: they belong to a term that is over, and saying
    /// them late would claim what the log does not hold any more.</summary>
    private void VoidAcknowledgements(ulong from)
    {
        for (var left = _afterSave.Count; left > 0; left--)
        {
            var waiting = _afterSave.Dequeue();
            if (waiting.Message is { Type: RaftMessageType.AppendReply, IsRejected: false } reply && reply.Index >= from) continue;
            _afterSave.Enqueue(waiting);
        }
    }

    /// <summary>Proposes the first command and all that stand right behind it; a change of the members goes alone.</summary>
    /// <returns>How many they were.</returns>
    private int Propose(ReadOnlySpan<RaftInput> inputs)
    {
        var count = 0;
        long bytes = 0;
        var type = inputs[0].Proposal!.EntryType;
        var countMax = type == RaftEntryType.Membership ? 1 : BatchMax;
        while (count < inputs.Length && count < countMax && inputs[count].Kind == RaftInputKind.Propose && inputs[count].Proposal!.EntryType == type)
            bytes += inputs[count++].Proposal!.CommandBytes;
        var isReserved = _log.TryReserve(count, bytes);
        var result = isReserved ? _core.Propose(type, count, _effects) : default;
        if (!isReserved || !result.IsAccepted)
        {
            if (isReserved) _log.CancelReservation(count, bytes);
            for (var i = 0; i < count; i++) _port.ProposalEnded(inputs[i].Proposal!, isReserved ? OutcomeOf(result.Refusal) : ProposalOutcome.Overloaded);
            return count;
        }

        Fit(ref _proposals, count);
        for (var i = 0; i < count; i++)
        {
            var proposal = inputs[i].Proposal!;
            var header = new RaftEntryHeader(type, result.First.Term, result.First.Index + (ulong)i, proposal.CommandBytes);
            _proposals[i] = new RaftPayload(header, proposal.Lease, proposal.CommandStart);
            _proposed.Enqueue(new PendingProposal(header.Index, proposal));
        }

        (_source, _sourceCount) = (_proposals, count);
        (_reservedEntries, _reservedBytes) = (count, bytes);
        return count;
    }

    private static ProposalOutcome OutcomeOf(ProposeRefusal refusal) => refusal switch
    {
        ProposeRefusal.MembershipPending => ProposalOutcome.ChangeUnderWay,
        ProposeRefusal.NothingCommittedYet => ProposalOutcome.TooEarly,
        _ => ProposalOutcome.NotLeader,
    };

    /// <summary>Commands that go into the log together. CubeFS: 64.</summary>
    private const int BatchMax = 64;

    /// <summary>Room for so many items, of which none is kept. A group that is idle has room for none, one with a write now and then for one, and all others for a batch at once.</summary>
    private static void Fit<T>(ref T[] items, int count)
    {
        if (items.Length < count) items = new T[count == 1 ? 1 : Math.Max(count, BatchMax)];
    }

    private void Append(ulong first, ulong last)
    {
        Invariant.Check(_sourceCount > 0 && first >= _source[0].Header.Index && last - first < (ulong)_sourceCount);
        var start = (int)(first - _source[0].Header.Index);
        var count = (int)(last - first) + 1;
        Fit(ref _logEntries, count);
        var run = start;
        for (var i = start; i < start + count; i++)
        {
            ref readonly var entry = ref _source[i];
            _cache.Add(entry);
            _logEntries[i - start] = new RaftLogEntry(entry.Header, entry.Lease is { } lease ? lease.Array.AsMemory(entry.Start, entry.Header.DataBytes) : default);
            _reservedEntries--;
            _reservedBytes -= entry.Header.DataBytes;
            var endsRun = i + 1 == start + count || _source[i + 1].Lease != entry.Lease;
            if (!endsRun) continue;
            entry.Lease?.Retain(); // the writer's
            _sequence = _log.Append(_logEntries.AsSpan(run - start, i + 1 - run), entry.Lease);
            run = i + 1;
        }

        _writing.Enqueue((_sequence, _source[start + count - 1].Header.Position));
    }

    private void AppendEmpty(LogPosition position)
    {
        var header = new RaftEntryHeader(RaftEntryType.Normal, position.Term, position.Index, 0);
        _cache.Add(new RaftPayload(header, null, 0));
        _sequence = _log.AppendEmpty(header);
        _writing.Enqueue((_sequence, position));
    }

    /// <summary>Gives back what was reserved for entries that the core had already, or refused.</summary>
    private void EndReservation()
    {
        if (_reservedEntries > 0 || _reservedBytes > 0) _log.CancelReservation(_reservedEntries, _reservedBytes);
        if (_source == _proposals) Array.Clear(_proposals, 0, _sourceCount);
        (_reservedEntries, _reservedBytes, _source, _sourceCount) = (0, 0, [], 0);
    }

    private void LogSaved(long sequence)
    {
        _savedSequence = Math.Max(_savedSequence, sequence);
        var saved = default(LogPosition?);
        while (_writing.TryPeek(out var write) && write.Sequence <= sequence) saved = _writing.Dequeue().Position;
        if (saved is { } position) _core.LogSaved(position, _effects);
        if (_snapshotSequence > 0 && _snapshotSequence <= sequence) LogReset();
        while (_afterSave.TryPeek(out var waiting) && waiting.Sequence <= sequence) _parts.Transport.Send(_afterSave.Dequeue().Message);
    }

    /// <summary>Gives committed entries to the applier: with their data where the cache has them, as a range to be read otherwise.</summary>
    private void HandOver(ulong upTo)
    {
        ApplyItem? range = null;
        while (_handedOver < upTo)
        {
            var index = ++_handedOver;
            var proposal = _proposed.TryPeek(out var pending) && pending.Index == index ? _proposed.Dequeue().Proposal : null;
            // A backlog lies in the log, not in memory.
            var isHere = _cache.TryGet(index, out var entry) && (proposal is not null || (_stage != LoadStage.LoadingExtents && _applier.HeldBytes < _parts.Settings.CacheBytesMax && !_parts.Buffers.IsTight));
            if (!isHere && proposal is null)
            {
                range = range is { } open ? open with { Last = index } : new ApplyItem(index, index, default, IsHere: false, null);
                continue;
            }

            if (range is { } before) _applier.Add(before);
            range = null;
            entry.Lease?.Retain();
            _applier.Add(new ApplyItem(index, index, entry, isHere, proposal));
        }

        if (range is { } last) _applier.Add(last);
        _applier.Start();
    }

    private void LeadershipChanged()
    {
        if (_core.Role != RaftRole.Leader) FailProposals(ProposalOutcome.NotLeader);
        else _ledFrom = _core.Last.Index;
        PublishStatus();
        Log.LeaderChanged(_logger, _port.Partition, _core.Role, _core.Leader, _core.Term);
    }

    private void FailProposals(ProposalOutcome outcome)
    {
        while (_proposed.TryDequeue(out var pending)) _port.ProposalEnded(pending.Proposal, outcome);
    }

    /// <summary>Keeps what followers still need, within the limit. One that is away gets it from the log: the caches of all groups come out of the
    /// node's one budget, and a peer that is down must not hold it.</summary>
    private void TrimCache()
    {
        var needless = _handedOver;
        if (_parts.Buffers.IsTight)
        {
            needless = _core.Saved;
        }
        else if (_core.Role == RaftRole.Leader)
        {
            foreach (var member in _core.Members)
                if (member.SilentTicks <= SilentTicksMax) needless = Math.Min(needless, member.Match);
        }

        _cache.Trim(needless);
    }
}
