using CubeActors.Protocol;

namespace CubeActors.Raft;

// Reads that see every acknowledged write. Two ways, the second built on the first; the argument stands in docs/decisions/0004.
// A round: type 14 to all members, and type 15 with the same number from a quorum proves that at the moment of sending no later leader
// had been elected by them. A lease: who answered elects nobody else for some ticks, so for fewer ticks nothing needs to be asked.
public sealed partial class RaftCore
{
    private ulong _round;         // the number of the last round; never used twice in a term
    private bool _isRoundOpen;
    private ulong _roundTick;     // when it was sent first
    private bool _wantsRound;     // somebody came after the open round was sent
    private ulong _lastTicket;    // the highest round that anybody waits for
    private ulong _announced;     // tickets up to here are answered
    private ulong _confirmed;     // the last round that a quorum has answered
    private ulong? _leaseTick;    // when that round was sent
    private bool _areReadsComing;

    /// <summary>Reads may be served now without asking: this replica leads, has applied an entry of its term, and a quorum has promised
    /// to elect nobody else. Asked again after the read, before the answer leaves.</summary>
    /// <remarks>It counts ticks. A shell whose ticks may come late must also hold the lease against a monotonic clock: it ends
    /// <see cref="RaftSettings.LeaseTicks"/> intervals after the moment at which tick <see cref="LeaseTick"/> came.</remarks>
    public bool HoldsLease =>
        Role == RaftRole.Leader && _leaseTick is { } tick && Ticks < tick + (ulong)_settings.LeaseTicks && Applied >= _termStart;

    /// <summary>The tick in which the last confirmed round was sent; null if no lease was won in this term.</summary>
    public ulong? LeaseTick => Role == RaftRole.Leader ? _leaseTick : null;

    /// <summary>Somebody wants to read what the leader has.</summary>
    /// <param name="isLeaseOver">By the shell's clock: ticks are late, and what they say of a lease is not to be trusted.</param>
    public ReadTicket RequestRead(RaftEffects effects, bool isLeaseOver = false)
    {
        if (Role != RaftRole.Leader) return default;
        _areReadsComing = true;
        if (HoldsLease && !isLeaseOver) return new ReadTicket(ReadStatus.Ready, _confirmed);
        // A round that was sent before the read came says nothing about the time after.
        if (_isRoundOpen) _wantsRound = true;
        _lastTicket = _round + 1;
        var ticket = new ReadTicket(ReadStatus.Waiting, _lastTicket);
        if (!_isRoundOpen) StartRound(effects);
        Finish(effects);
        return ticket;
    }

    /// <summary>Reads were served under the lease since the last tick: it is worth renewing.</summary>
    public void KeepLease() => _areReadsComing = Role == RaftRole.Leader;

    private void StartReads() => (_isRoundOpen, _wantsRound, _leaseTick, _areReadsComing) = (false, false, null, false);

    private void EndReads(RaftEffects effects)
    {
        StartReads();
        if (_lastTicket <= _announced) return;
        // A ticket may name the round that would have come next.
        _announced = _round = Math.Max(_round, _lastTicket);
        effects.Add(RaftEffect.ReadFailed(_lastTicket));
    }

    private void TickReads(RaftEffects effects)
    {
        if (_isRoundOpen) SendRound(effects); // lost, or slow; it still counts from its first sending
        else if (_areReadsComing && _settings.LeaseTicks > 0) StartRound(effects);
        _areReadsComing = false;
    }

    private void StartRound(RaftEffects effects)
    {
        _round++;
        (_isRoundOpen, _wantsRound, _roundTick) = (true, false, Ticks);
        SendRound(effects);
        CountRound(effects);
    }

    private void SendRound(RaftEffects effects)
    {
        foreach (var member in _members)
        {
            if (member.Member == Self || member.ConfirmedRound == _round) continue;
            var ask = Message(RaftMessageType.CheckQuorum, member.Member, Term) with { Index = _round };
            effects.Add(RaftEffect.Send(ask, afterSave: false));
        }
    }

    private void OnCheckQuorum(in RaftMessage ask, RaftEffects effects)
    {
        if (!AcceptLeader(ask.From, effects)) return;
        PromiseTo(ask.From);
        Send(Message(RaftMessageType.CheckQuorumReply, ask.From, Term) with { Index = ask.Index }, effects);
    }

    private void OnCheckQuorumReply(in RaftMessage reply, RaftEffects effects)
    {
        if (Role != RaftRole.Leader || reply.Index > _round) return;
        var member = Find(reply.From)!;
        member.ConfirmedRound = Math.Max(member.ConfirmedRound, reply.Index);
        CountRound(effects);
    }

    private void CountRound(RaftEffects effects)
    {
        if (!_isRoundOpen) return;
        var confirmed = 0;
        foreach (var member in _members)
        {
            if (member.Member == Self || member.ConfirmedRound == _round) confirmed++;
        }
        if (confirmed < Quorum) return;
        _isRoundOpen = false;
        (_confirmed, _leaseTick) = (_round, _roundTick);
        AnnounceReads(effects);
        if (_wantsRound) StartRound(effects);
    }

    private void AnnounceReads(RaftEffects effects)
    {
        if (Role != RaftRole.Leader || Applied < _termStart) return;
        var upTo = Math.Min(_confirmed, _lastTicket);
        if (upTo <= _announced) return;
        _announced = upTo;
        effects.Add(RaftEffect.ReadReady(upTo));
    }
}
