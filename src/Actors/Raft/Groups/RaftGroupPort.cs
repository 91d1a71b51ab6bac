using System.Buffers;
using Akka.Actor;
using CubeActors.Protocol;
using CubeActors.Raft;
using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>A group as everybody outside its actor sees it: a bounded queue into it, and what it last said of itself. Thread-safe.</summary>
/// <remarks>
/// Commands, messages and answers of the disk go through the queue, and the actor is told once that there is something: one turn of it
/// takes whatever has come together, which is what makes batches out of single commands.
/// </remarks>
internal sealed class RaftGroupPort
{
    /// <summary>There is something in the queue.</summary>
    public sealed record Wake
    {
        public static readonly Wake Instance = new();
    }

    private readonly Lock _lock = new();
    private readonly RaftGroupSettings _settings;
    private readonly TimeProvider _time;
    private List<RaftInput> _waiting = [];
    private List<RaftInput> _taken = [];
    private IActorRef _group = ActorRefs.Nobody;
    private bool _isScheduled;
    private bool _isClosed;
    private bool _hasTick;
    private int _messages;
    private long _messagesDropped;
    private long _proposalBytes;
    private long _proposalsRefused;
    private long _lastTurn;
    private ulong _appliedSeen; // by the ticker alone, as is the next
    private long _appliedAt;
    private long _leaseEnd;
    private long _logSaved;
    private ulong _appliedTo;
    private ulong _catchUpTo;
    private bool _waitsForLog;
    private bool _waitsForApply;
    private volatile bool _leads;
    private volatile bool _wasRead;
    private volatile RaftGroupStatus _status;

    public RaftGroupPort(PartitionId partition, NodeId self, RaftGroupSettings settings, TimeProvider time)
    {
        (Partition, Self, _settings, _time) = (partition, self, settings, time);
        _lastTurn = time.GetTimestamp();
        _status = new RaftGroupStatus(RaftRole.Follower, default, 0, 0, 0, 0, default, []);
    }

    public PartitionId Partition { get; }
    public NodeId Self { get; }

    /// <summary>As of its last change of role, or its last tick.</summary>
    public RaftGroupStatus Status => _status;

    /// <summary>This replica leads; it may have lost that without knowing yet.</summary>
    public bool Leads => _leads;

    /// <summary>Messages that were dropped because the group does not keep up.</summary>
    public long MessagesDropped => Interlocked.Read(ref _messagesDropped);

    /// <summary>Messages of peers that the group has not taken yet.</summary>
    public int MessagesWaiting { get { lock (_lock) return _messages; } }

    /// <summary>Commands refused because too many bytes of them were under way.</summary>
    public long ProposalsRefused => Interlocked.Read(ref _proposalsRefused);

    /// <summary>For how long the disk has owed the group a log write.</summary>
    public Func<TimeSpan> LogOutstandingFor { get; set; } = static () => TimeSpan.Zero;

    /// <summary>The group takes its turns and its log is written. Only then may it be echoed, and listed as led: an echo keeps a leader in office.</summary>
    public bool IsAlive(long now)
    {
        if (_isClosed) return false;
        return now - Interlocked.Read(ref _lastTurn) <= Ticks(_settings.TurnOverdue) && LogOutstandingFor() <= _settings.LogWriteOverdue;
    }

    /// <summary>The state machine moves, or has nothing to do. A leader that cannot apply must not stay in office.</summary>
    public bool Applies(long now)
    {
        var status = _status;
        if (status.Applied >= status.Commit || status.Applied != _appliedSeen) (_appliedSeen, _appliedAt) = (status.Applied, now);
        return now - _appliedAt <= Ticks(_settings.ApplyOverdue);
    }

    /// <summary>What has to be applied before the replica serves.</summary>
    public ulong CatchUpTo { get => Interlocked.Read(ref _catchUpTo); internal set => Interlocked.Exchange(ref _catchUpTo, value); }

    /// <summary>Extents may hold an overwrite in part, see RaftGroup: nobody may read them here. From the start until the log is applied.</summary>
    public bool IsReplaying { get => _isReplaying; internal set => _isReplaying = value; }

    private volatile bool _isReplaying = true;

    /// <summary>Reads may be served as the leader at this moment. Asked before the read and again before its answer is sent.</summary>
    public bool HoldsLease()
    {
        if (!_leads || _time.GetTimestamp() >= Interlocked.Read(ref _leaseEnd)) return false;
        _wasRead = true;
        return true;
    }

    /// <summary>Puts a command into the log of the group.</summary>
    /// <returns>Null if taken: <see cref="IProposal.ProposalEnded"/> follows. Otherwise why not.</returns>
    public ProposeFailure? TryPropose(IProposal proposal)
    {
        if (!_leads) return ProposeFailure.NotLeader;
        lock (_lock)
        {
            if (_isClosed) return ProposeFailure.NotLeader;
            if (_proposalBytes + proposal.CommandBytes > _settings.ProposalBytesMax)
            {
                _proposalsRefused++;
                return ProposeFailure.TooMany;
            }

            _proposalBytes += proposal.CommandBytes;
            _waiting.Add(RaftInput.Propose(proposal));
            if (!Schedule()) return null;
        }

        _group.Tell(Wake.Instance, ActorRefs.NoSender);
        return null;
    }

    /// <summary>A command has ended: its bytes are not under way any more.</summary>
    public void ProposalEnded(IProposal proposal, ProposalOutcome outcome)
    {
        lock (_lock) _proposalBytes -= proposal.CommandBytes;
        proposal.ProposalEnded(outcome);
    }

    /// <summary>Asks for a read as leader; answered in every case.</summary>
    public void Read(ILeaderRead reader)
    {
        if (!_leads || !TryPost(RaftInput.Read(reader))) reader.LeaderReadDecided(granted: false);
    }

    /// <summary>A message of a peer. Dropped if too many wait: raft repeats itself.</summary>
    public void Deliver(in RaftMessage message) => TryPost(RaftInput.Of(message), isMessage: true);

    /// <inheritdoc cref="IRaftInbox.DeliverAppend"/>
    public void DeliverAppend(in RaftMessage message, RaftEntries entries, BufferLease buffer)
    {
        if (entries.Count == 0)
        {
            Deliver(message);
            return;
        }

        var payloads = ArrayPool<RaftPayload>.Shared.Rent(entries.Count);
        var count = 0;
        foreach (var entry in entries)
        {
            if (entry.Header.DataBytes > 0) buffer.Retain();
            payloads[count++] = new RaftPayload(entry.Header, entry.Header.DataBytes > 0 ? buffer : null, entry.DataStart);
        }

        var input = RaftInput.Of(message, payloads, count);
        if (!TryPost(input, isMessage: true)) input.Release();
    }

    public void Tick()
    {
        lock (_lock)
        {
            if (_hasTick || _isClosed) return; // ticks that came late are not made up for: promises are counted in them
            _hasTick = true;
            _waiting.Add(RaftInput.Tick);
            if (!Schedule()) return;
        }

        _group.Tell(Wake.Instance, ActorRefs.NoSender);
    }

    /// <summary>Runs something in the group's turn.</summary>
    /// <param name="dropped">Called instead if the group ends before that turn.</param>
    /// <returns>False if the group has ended: neither is called.</returns>
    public bool TryRun(Action<RaftGroup> order, Action? dropped = null) => TryPost(RaftInput.Run(order, dropped));

    /// <summary>Everything that was written up to this number is as durable as asked. Wakes the group only if something waits for it.</summary>
    public void LogSaved(long sequence)
    {
        Interlocked.Exchange(ref _logSaved, sequence);
        if (Volatile.Read(ref _waitsForLog)) WakeGroup();
    }

    /// <summary>The state machine has come to this index. Wakes the group only if something waits for it; the next turn takes it along otherwise.</summary>
    public void Applied(ulong index)
    {
        Interlocked.Exchange(ref _appliedTo, index);
        if (Volatile.Read(ref _waitsForApply)) WakeGroup();
    }

    /// <summary>What the log's writer said last.</summary>
    internal long TakeLogSaved() => Interlocked.Read(ref _logSaved);

    /// <summary>What the applier said last.</summary>
    internal ulong TakeApplied() => Interlocked.Read(ref _appliedTo);

    /// <summary>Whether the group is to be woken for what it does not wait for most of the time: each of these would be a turn for each command.</summary>
    internal void WaitFor(bool log, bool apply)
    {
        if (_waitsForLog != log) Interlocked.Exchange(ref _waitsForLog, log);
        if (_waitsForApply != apply) Interlocked.Exchange(ref _waitsForApply, apply);
    }

    /// <summary>From now on inputs wake this actor.</summary>
    internal void Attach(IActorRef group)
    {
        bool wake;
        lock (_lock)
        {
            _group = group;
            wake = _waiting.Count > 0;
            _isScheduled = wake;
        }

        if (wake) group.Tell(Wake.Instance, ActorRefs.NoSender);
    }

    /// <summary>All that has come since; valid until the next call. For the group's actor only.</summary>
    internal List<RaftInput> Take()
    {
        Interlocked.Exchange(ref _lastTurn, _time.GetTimestamp());
        lock (_lock)
        {
            (_waiting, _taken) = (_taken, _waiting);
            _isScheduled = false;
            _hasTick = false;
            _messages = 0;
        }

        return _taken;
    }

    /// <summary>Nothing is taken any more.</summary>
    /// <returns>What was still waiting; the caller ends it.</returns>
    internal List<RaftInput> Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            _leads = false;
            List<RaftInput> rest = [.. _waiting];
            _waiting.Clear(); // a second call finds nothing: each is ended once
            return rest;
        }
    }

    /// <summary>What the group says of itself now.</summary>
    /// <param name="leaseEnd">0 for no lease.</param>
    internal void Publish(RaftGroupStatus status, long leaseEnd)
    {
        Interlocked.Exchange(ref _leaseEnd, leaseEnd);
        _leads = status.Role == RaftRole.Leader && !_isClosed;
        _status = status;
    }

    internal void PublishLease(long leaseEnd) => Interlocked.Exchange(ref _leaseEnd, leaseEnd);

    /// <summary>Whether the lease was used since the last call.</summary>
    internal bool TakeWasRead()
    {
        if (!_wasRead) return false;
        _wasRead = false;
        return true;
    }

    private void WakeGroup()
    {
        lock (_lock)
            if (_isClosed || !Schedule()) return;
        _group.Tell(Wake.Instance, ActorRefs.NoSender);
    }

    /// <param name="isMessage">Of a peer: it counts against the limit of those that wait.</param>
    /// <returns>False if it was not taken.</returns>
    private bool TryPost(in RaftInput input, bool isMessage = false)
    {
        lock (_lock)
        {
            if (isMessage ? !TakesMessage() : _isClosed) return false;
            _waiting.Add(input);
            if (!Schedule()) return true;
        }

        _group.Tell(Wake.Instance, ActorRefs.NoSender);
        return true;
    }

    private bool TakesMessage()
    {
        if (!_isClosed && _messages < _settings.MessagesMax)
        {
            _messages++;
            return true;
        }

        _messagesDropped++;
        return false;
    }

    private bool Schedule()
    {
        if (_isScheduled || _group.IsNobody()) return false;
        return _isScheduled = true;
    }

    private long Ticks(TimeSpan time) => (long)(time.TotalSeconds * _time.TimestampFrequency);
}

/// <summary>Why a command was not taken.</summary>
internal enum ProposeFailure
{
    NotLeader,

    /// <summary>Too many bytes of commands are under way in this group.</summary>
    TooMany,
}

/// <summary>A group at one moment.</summary>
/// <param name="Leader">0 if nobody is known to lead.</param>
/// <param name="Last">The last entry of the log.</param>
/// <param name="Members">With what a leader knows of each.</param>
public sealed record RaftGroupStatus(
    RaftRole Role, NodeId Leader, ulong Term, ulong Commit, ulong Applied, ulong Last, LogPosition Truncated, IReadOnlyList<RaftMemberStatus> Members)
{
    /// <summary>Whom this replica has voted for in its term; 0 for nobody.</summary>
    public NodeId Vote { get; init; }
}

/// <param name="Match">What the leader knows the member to hold.</param>
/// <param name="IsActive">Heard of lately; only a leader knows.</param>
public readonly record struct RaftMemberStatus(NodeId Id, ulong Match, bool IsActive)
{
    /// <summary>How a leader sends to the member; means something while this replica leads, as does what follows.</summary>
    public ProgressState State { get; init; }

    /// <summary>The first entry of the next append.</summary>
    public ulong Next { get; init; }

    /// <summary>The commit index that the member reported last.</summary>
    public ulong Commit { get; init; }

    /// <summary>Appends without an answer.</summary>
    public int InFlight { get; init; }

    /// <summary>The leader waits for an answer before it sends more.</summary>
    public bool IsPaused { get; init; }

    /// <summary>The leader's ticks since it heard the member last.</summary>
    public int SilentTicks { get; init; }
}
