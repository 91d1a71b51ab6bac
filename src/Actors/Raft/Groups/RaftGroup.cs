using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Akka.Actor;
using Akka.Event;
using CubeActors.Protocol;
using CubeActors.Raft;
using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>The shell around one <see cref="RaftCore"/>: feeds it what its port has collected and performs what it asks for, in order.</summary>
/// <remarks>
/// It decides nothing about consensus. Log writes go to the disk's writer, messages to the transport, committed entries to the applier;
/// what they answer comes back through the port. A message that depends on a write is kept until the write is saved. A fault of the log or
/// of the state machine ends the group: it then neither acknowledges nor is echoed, which is what its peers understand.
/// </remarks>
internal sealed partial class RaftGroup : ReportingActor, IRaftLogListener, IApplierOwner
{
    /// <summary>Everything that was committed when the group started, and what came while the extents were loaded, is applied: what the replica says is not older
    /// than what it said before.</summary>
    public sealed record CaughtUp;

    /// <summary>META of the partition has changed.</summary>
    public sealed record MetaChanged(PartitionMeta Meta);

    /// <summary>Stop, and close the log; answered with <see cref="Stopped"/>.</summary>
    public sealed record Stop;

    /// <summary>The log is closed and nobody works for the group any more.</summary>
    /// <param name="Problem">Null if everything in it is durable.</param>
    public sealed record Stopped(string? Problem);

    private sealed record LogClosed;

    private sealed record Failed(Exception Cause);

    private readonly RaftGroupParts _parts;
    private readonly RaftGroupPort _port;
    private readonly RaftCore _core;
    private readonly GroupLog _log;
    private readonly Applier _applier;
    private readonly EntryCache _cache;
    private readonly IActorRef _self;
    private readonly IActorRef _parent;
    private readonly ILoggingAdapter _logger = Context.GetLogger();
    private RaftEffects _effects = new();
    private RaftEffects _performing = new();
    private List<RaftInput>? _inputs; // of the turn, and how many of them are done
    private int _done;
    private bool _isCaughtUp;
    private ulong _replayTo; // the end of the log that the start has found, or the leader of a replica that had lost some
    private bool _isRejoining; // as the log remembers it
    private ulong _ledFrom; // as a leader: its first entry, from which on it may answer reads
    private bool _isStopping;
    private string? _stopProblem;
    private long _lastTick;

    /// <summary>How much earlier than an interval a tick may come. A promise lasts four, the lease that relies on it two.</summary>
    private const double TickTolerance = 0.9;

    public RaftGroup(RaftGroupParts parts)
    {
        _parts = parts;
        _port = parts.Port;
        (_stage, _isDrained) = (parts.Stage, parts.IsDrained);
        var boot = parts.Boot with { Abstains = LeavesItToOthers(parts.Boot.Members.Count) };
        _core = new RaftCore(boot, parts.Raft, parts.Random) { LacksState = _stage == LoadStage.LoadingExtents };
        _log = parts.Writer.Attach(parts.Log, this);
        parts.Machine.SyncLog = _log.SyncWritten;
        _applier = new Applier(parts.Machine, parts.Log, parts.Usage, parts.Disk, parts.Buffers, this, waitsForStore: parts.Stage == LoadStage.LoadingExtents);
        _cache = new EntryCache(parts.Settings.CacheBytesMax);
        (_self, _parent) = (Self, Context.Parent);
        _handedOver = _core.Applied;
        _port.CatchUpTo = boot.Members.Count == 1 ? boot.LastIndex : _core.Commit; // who is alone needs nobody to know what is committed
        _isRejoining = _core.IsRejoining;
        _replayTo = parts.Boot.LastIndex;
        Receive<RaftGroupPort.Wake>(_ => Turn());
        Receive<Failed>(failed =>
        {
            if (_isStopping) _stopProblem ??= failed.Cause.Message; // it ends anyway, and whoever waits is told
            else ExceptionDispatchInfo.Throw(failed.Cause);
        });
        Receive<Stop>(_ => BeginStop());
        ReceiveAnswers();
        Receive<LogClosed>(_ =>
        {
            _parent.Tell(new Stopped(_stopProblem));
            Context.Stop(Self);
        });
    }

    public static Props PropsFor(RaftGroupParts parts) => ActorMaker.PropsBy(() => new RaftGroup(parts));

    /// <summary>The state of the consensus; only within the group's turn.</summary>
    public RaftCore Core => _core;

    protected override ActorState Describe() => Say(
        "raft group", _isStopping ? "stopping" : _core.Role.ToString(), ("term", _port.Status.Term), ("leader", _port.Status.Leader), ("last", _port.Status.Last), ("commit", _port.Status.Commit),
        ("applied", _port.Status.Applied), ("stage", _stage), ("caught up", _isCaughtUp ? "yes" : "no"), ("inputs waiting", _port.MessagesWaiting));

    protected override void PreStart()
    {
        _port.LogOutstandingFor = () => _log.OutstandingFor;
        MetaMayHaveChanged();
        _core.Start(_effects);
        Perform();
        PublishStatus();
        _port.Attach(Self);
        TellIfCaughtUp();
        TellIfReplayed();
        Self.Tell(RaftGroupPort.Wake.Instance); // a first turn: what it waits for is set at the end of each
    }

    /// <summary>Never started anew in place: its log would be opened twice.</summary>
    protected override void PreRestart(Exception reason, object message) => PostStop();

    protected override void PostStop()
    {
        EndAll();
        if (_isStopping) return;
        _isStopping = true;
        // Ended by a fault: the log is closed in its own time, after what is queued for it, and not under an applier that reads from it.
        _applier.StopAsync().ContinueWith(_ => _log.Close(), TaskContinuationOptions.ExecuteSynchronously);
    }

    /// <summary>One turn: everything that has come together.</summary>
    private void Turn()
    {
        if (_isStopping) return;
        _inputs = _port.Take();
        TakeProgress();
        for (_done = 0; _done < _inputs.Count;)
        {
            var first = _done;
            _done += Feed(CollectionsMarshal.AsSpan(_inputs)[first..]); // from here on they are answered by what they have led to
            try
            {
                Perform();
            }
            finally
            {
                EndReservation();
                for (var i = first; i < _done; i++) _inputs[i].Release();
            }
        }

        _inputs.Clear();
        _inputs = null;
        do
        {
            TakeProgress();
        }
        while (WaitForProgress());
        _applier.Start();
        TrimCache();
        PublishIfChanged();
        TellIfCaughtUp();
        RememberIfRejoined();
        TellIfReplayed();
    }

    /// <summary>What log and state machine have said since; before everything else, so that what they allow leaves in this turn.</summary>
    private void TakeProgress()
    {
        if (_port.TakeApplied() is var applied && applied > _core.Applied && applied <= _handedOver) _core.AppliedTo(applied, _effects);
        if (_port.TakeLogSaved() is var saved && saved > _savedSequence) LogSaved(saved);
        Perform();
    }

    /// <summary>Says what the next turn is worth waking for: a message that waits for the log, an entry that only our own copy keeps from
    /// being committed, a reader or a start that waits for the state machine.</summary>
    /// <returns>True if it has come meanwhile.</returns>
    private bool WaitForProgress()
    {
        var log = _afterSave.Count > 0 || _snapshotSequence > 0;
        if (_core.Role == RaftRole.Leader)
        {
            log |= _core.Members.Count == 1 && _writing.Count > 0;
            foreach (var member in _core.Members) log |= member.Match > _core.Saved;
        }

        var apply = _reads.Count > 0 || !_isCaughtUp || _port.IsReplaying || (_core.Role == RaftRole.Leader && _core.Applied < _ledFrom);
        _port.WaitFor(log, apply);
        return (log && _port.TakeLogSaved() > _savedSequence) || (apply && _port.TakeApplied() is var applied && applied > _core.Applied && applied <= _handedOver);
    }

    /// <summary>Feeds the first input to the core, and with a command all commands right behind it.</summary>
    /// <returns>How many inputs that were.</returns>
    private int Feed(ReadOnlySpan<RaftInput> inputs)
    {
        ref readonly var input = ref inputs[0];
        switch (input.Kind)
        {
            case RaftInputKind.Tick:
                Tick();
                return 1;
            case RaftInputKind.Message:
                Step(input);
                return 1;
            case RaftInputKind.Propose:
                return Propose(inputs);
            case RaftInputKind.Read:
                Read(input.Reader!);
                return 1;
            default:
                input.Order!(this);
                return 1;
        }
    }

    private void Tick()
    {
        var now = _parts.Time.GetTimestamp(); // before the core sends anything: a lease counts from the moment of sending at the earliest
        // A tick that comes right behind a late one does not count: a promise to a leader that reads is measured in them.
        if (_core.Ticks > 0 && _parts.Time.GetElapsedTime(_lastTick, now) < _parts.Settings.Tick * TickTolerance) return;
        _lastTick = now;
        if (_port.TakeWasRead()) _core.KeepLease();
        _core.Tick(_effects);
        _tickTimes[_core.Ticks % (ulong)_tickTimes.Length] = now;
        _applier.Retry();
        RecoverIfFit();
        var known = _port.Status;
        if (known.Commit != _core.Commit || known.Applied != _core.Applied || known.Last != _core.Last.Index || _core.Role == RaftRole.Leader) PublishStatus();
    }

    private void Step(in RaftInput input)
    {
        if (input.Entries is null)
        {
            _core.Step(input.Message, default, _effects);
            return;
        }

        long bytes = 0;
        for (var i = 0; i < input.EntryCount; i++) bytes += input.Entries[i].Header.DataBytes;
        if (!_log.TryReserve(input.EntryCount, bytes)) return; // the disk does not keep up; the leader sends it again
        Fit(ref _headers, input.EntryCount);
        for (var i = 0; i < input.EntryCount; i++) _headers[i] = input.Entries[i].Header;
        (_source, _sourceCount) = (input.Entries, input.EntryCount);
        (_reservedEntries, _reservedBytes) = (input.EntryCount, bytes);
        _core.Step(input.Message, _headers.AsSpan(0, input.EntryCount), _effects);
    }

    /// <summary>What cannot be answered any more is answered now.</summary>
    private void EndAll()
    {
        var late = _port.Close();
        for (var i = _inputs is null ? 0 : _done; i < (_inputs?.Count ?? 0); i++) Refuse(_inputs![i]);
        foreach (var input in late) Refuse(input);
        _inputs = null;
        FailProposals(ProposalOutcome.GroupEnded);
        DecideReads(ulong.MaxValue, granted: false);
        _cache.Clear();
        foreach (var snapshot in _snapshotsAwaited) snapshot.TrySetResult(false);
        _snapshotsAwaited.Clear();
    }

    private void Refuse(in RaftInput input)
    {
        input.Release();
        if (input.Proposal is { } proposal) _port.ProposalEnded(proposal, ProposalOutcome.GroupEnded);
        input.Reader?.LeaderReadDecided(granted: false);
        input.Dropped?.Invoke();
    }

    private void BeginStop()
    {
        if (_isStopping) return;
        _isStopping = true;
        EndAll();
        _applier.StopAsync().ContinueWith(_ => _log.Close(), TaskContinuationOptions.ExecuteSynchronously);
    }

    /// <summary>Cuts the front of the log, as far as that is safe.</summary>
    public void Compact(ulong upTo) => _core.Compact(upTo, _effects);

    /// <summary>Stands for election at once, against a living leader too: an order of the master (0x69).</summary>
    public CampaignResult CampaignByOrder() => _core.Campaign(forced: true, _effects);

    /// <summary>Takes a member out of this replica's idea of the group, without the log.</summary>
    public void ForceRemove(NodeId member) => _core.ForceRemove(member, _effects);

    private void TellIfCaughtUp()
    {
        if (_isCaughtUp || _stage == LoadStage.LoadingExtents || _core.Applied < _port.CatchUpTo) return;
        _isCaughtUp = true;
        _parent.Tell(new CaughtUp());
    }

    /// <summary>An overwrite that was under way when the process or the power went may be there in part, until it is applied once more. It is in the log
    /// that was found, or, if the power took that too, in what the first leader had; the commit index on the disk says nothing of it.</summary>
    private void TellIfReplayed() => _port.IsReplaying = _port.IsReplaying && (_core.IsRejoining || _core.Applied < _replayTo);

    /// <summary>Only now may a restart take the log for what it was: ordered behind the entries that were missing.</summary>
    private void RememberIfRejoined()
    {
        if (!_isRejoining || _core.IsRejoining) return;
        _isRejoining = false;
        _replayTo = Math.Max(_replayTo, _core.Last.Index); // what was applied before the loss is somewhere in there
        _log.CaughtUp();
    }

    /// <summary>Roles at once, because the data path goes by them; what moves with every command once a tick.</summary>
    private void PublishIfChanged()
    {
        var known = _port.Status;
        if (known.Role != _core.Role || known.Leader != _core.Leader || known.Term != _core.Term || known.Members.Count != _core.Members.Count) PublishStatus();
        else _port.PublishLease(LeaseEnd()); // a round that nobody waits for renews it too
    }

    private void PublishStatus()
    {
        var members = new RaftMemberStatus[_core.Members.Count];
        for (var i = 0; i < members.Length; i++)
        {
            var member = _core.Members[i];
            members[i] = new RaftMemberStatus(member.Member, member.Match, member.Member == _core.Self || member.SilentTicks <= SilentTicksMax)
            {
                State = member.State,
                Next = member.Next,
                Commit = member.Committed,
                InFlight = member.InFlightCount,
                IsPaused = member.IsPaused,
                SilentTicks = member.Member == _core.Self ? 0 : member.SilentTicks,
            };
        }

        _port.Publish(new RaftGroupStatus(_core.Role, _core.Leader, _core.Term, _core.Commit, _core.Applied, _core.Last.Index, _core.Truncated, members) { Vote = _core.State.Vote }, LeaseEnd());
    }

    // What the log's writer and the applier say, on their threads.

    void IRaftLogListener.Saved(long sequence) => _port.LogSaved(sequence);

    void IRaftLogListener.Failed(Exception failure) => _self.Tell(new Failed(failure), ActorRefs.NoSender);

    void IRaftLogListener.Closed() => _self.Tell(new LogClosed(), ActorRefs.NoSender);

    void IApplierOwner.AppliedTo(ulong index) => _port.Applied(index);

    void IApplierOwner.CommandEnded(IProposal proposal, ProposalOutcome outcome) => _port.ProposalEnded(proposal, outcome);

    void IApplierOwner.MembershipReached(ulong index, MembershipChange change) => _port.TryRun(group =>
    {
        group._core.ChangeMembers(index, change, group._effects);
        group.Perform();
        group._applier.MembershipInEffect();
    });

    void IApplierOwner.MetaChanged(PartitionMeta meta)
    {
        _port.TryRun(static group => group.MetaMayHaveChanged());
        _parent.Tell(new MetaChanged(meta), ActorRefs.NoSender);
    }

    void IApplierOwner.Note(string sentence) => Log.PartitionNote(_logger, _port.Partition, sentence);

    void IApplierOwner.ApplyFailed(Exception cause) => _self.Tell(new Failed(cause), ActorRefs.NoSender);
}
