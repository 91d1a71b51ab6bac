using Akka.Actor;
using Akka.Event;
using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>Gives away what this node leads, a number of groups at a time, and keeps it from leading more, until it is told otherwise.</summary>
/// <remarks>What to do with a group is decided by its <see cref="GroupHandOver"/>; this carries it out. Groups without other members stay.</remarks>
internal sealed class DrainDesk : ReportingActor, IWithTimers
{
    /// <summary>Begin, or, where a drain is under way, become the first part of a stop. The parent is told <see cref="Emptied"/>.</summary>
    public sealed record Begin(bool IsStop);

    /// <summary>Take it back: groups are led as before.</summary>
    public sealed record Cancel;

    /// <summary>Nothing more is to be expected: all is handed over, or nobody can take it, or the time is over. Sent to the parent once a <see cref="Begin"/>.</summary>
    public sealed record Emptied;

    private sealed record Look;

    private sealed record Serves(PartitionId Partition, bool DoesServe);

    private sealed record Ordered(PartitionId Partition, string? Refusal);

    /// <summary>Groups that are being handed over at once: each holds its proposals for a few ticks and has one connection.</summary>
    private const int AtOnceMax = 64;

    private readonly RaftNode _node;
    private readonly LeadershipTransfer _transfer;
    private readonly NodeBoard _board;
    private readonly DrainBoard _drain;
    private readonly DrainSettings _settings;
    private readonly TimeSpan _period;
    private readonly TimeProvider _time;
    private readonly IOperationLog _operations;
    private OperationHandle? _operation; // until it is emptied
    private readonly Dictionary<PartitionId, GroupHandOver> _groups = [];
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private bool _isDraining, _isStop, _isEmptied;
    private DateTimeOffset _since, _until;

    /// <param name="period">How often groups are looked at: a tick, in which they publish what they know.</param>
    public DrainDesk(RaftNode node, LeadershipTransfer transfer, NodeBoard board, DrainBoard drain, DrainSettings settings, TimeSpan period, TimeProvider time, IOperationLog operations)
    {
        (_node, _transfer, _board, _drain, _settings, _period, _time, _operations) = (node, transfer, board, drain, settings, period, time, operations);
        Receive<Begin>(Start);
        Receive<Cancel>(_ => TakeBack());
        Receive<Look>(_ => LookAtAll());
        Receive<Serves>(serves =>
        {
            if (Of(serves.Partition) is not { } group) return;
            group.HeardServes(serves.DoesServe, _time.GetUtcNow());
            Publish();
        });
        Receive<Ordered>(ordered =>
        {
            if (Of(ordered.Partition) is not { } group) return;
            Perform(group.HeardOrder(ordered.Refusal, _time.GetUtcNow()), ordered.Partition, group);
            Publish();
        });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props PropsFor(
        RaftNode node, LeadershipTransfer transfer, NodeBoard board, DrainBoard drain, DrainSettings settings, TimeSpan period, TimeProvider time, IOperationLog? operations = null)
    {
        operations ??= NullOperationLog.Instance;
        return Props.Create(() => new DrainDesk(node, transfer, board, drain, settings, period, time, operations));
    }

    protected override ActorState Describe() =>
        Say("drain", !_isDraining ? "idle" : _isEmptied ? "drained" : "draining", _isDraining ? _since : null, ("groups", _groups.Count), ("for", _isStop ? "a stop" : _isDraining ? "an order" : null));

    /// <summary>Ended by the end of the node, or started anew: a drain that nobody carries on must not stand on the board.</summary>
    protected override void PreRestart(Exception reason, object message)
    {
        TakeBack();
        if (_isStop) Context.Parent.Tell(new Emptied());
        base.PreRestart(reason, message);
    }

    protected override void PostStop() => _operation?.Cancelled("the node ends");

    private void Start(Begin begin)
    {
        WriteDown(begin);
        _isStop |= begin.IsStop;
        if (!_isDraining) _since = _time.GetUtcNow();
        (_isDraining, _isEmptied, _until) = (true, false, _time.GetUtcNow() + _settings.HandOverLimit);
        _node.IsDrained = true;
        foreach (var port in _node.Groups) port.TryRun(static group => group.Drain(true));
        Log.DrainBegun(_log, _node.Groups.Count(IsOurs));
        Timers.StartPeriodicTimer(nameof(Look), new Look(), _period);
        LookAtAll();
    }

    private void WriteDown(Begin begin)
    {
        if (_operation is not null)
        {
            _operations.Excluded(OperationKind.Drain, OperationConflicts.Of(OperationKind.Drain, OperationKind.Drain));
            return;
        }

        _operation = _operations.Begin(OperationKind.Drain, _operations.NewId(), null, null, null, begin.IsStop ? "before a stop" : "by order of an operator");
        var supervisor = Context.Parent;
        if (!begin.IsStop) _operation.CancelBy(() => supervisor.Tell(new NodeSupervisor.CancelDrain(), ActorRefs.NoSender));
    }

    private void TakeBack()
    {
        if (!_isDraining) return;
        _operation?.Cancelled("it was taken back");
        _operation = null;
        Timers.CancelAll();
        _isDraining = false;
        _node.IsDrained = false;
        foreach (var port in _node.Groups)
            port.TryRun(static group =>
            {
                group.HoldProposals(false);
                group.Drain(false);
            });
        _groups.Clear();
        _drain.Clear();
        Log.DrainCancelled(_log);
    }

    private static bool IsOurs(RaftGroupPort port) => port.Leads && port.Status.Members.Count > 1;

    private GroupHandOver? Of(PartitionId partition) => _isDraining ? _groups.GetValueOrDefault(partition) : null;

    private void LookAtAll()
    {
        if (!_isDraining) return;
        var now = _time.GetUtcNow();
        var busy = _groups.Values.Count(static group => group.Step == DrainStep.Asking);
        var isWaitedFor = false;
        foreach (var gone in _groups.Keys.Where(partition => _node.Find(partition) is null).ToList()) _groups.Remove(gone);
        foreach (var port in _node.Groups.Where(port => port.Leads || _groups.ContainsKey(port.Partition)).OrderBy(static port => port.Partition))
        {
            var leads = IsOurs(port);
            if (!_groups.TryGetValue(port.Partition, out var group))
            {
                if (!leads) continue;
                _groups.Add(port.Partition, group = new GroupHandOver(_settings.HandOverAgain));
            }

            if (group.Step == DrainStep.Led && leads && busy >= AtOnceMax)
            {
                isWaitedFor = true;
                continue;
            }

            var before = group.Step;
            Perform(group.Look(port.Status, port.Self, leads, now), port.Partition, group);
            if (before != DrainStep.Asking && group.Step == DrainStep.Asking) busy++;
            isWaitedFor |= leads && !group.IsHopeless;
        }

        Conclude(isWaitedFor, now);
    }

    private void Conclude(bool isWaitedFor, DateTimeOffset now)
    {
        if (!_isEmptied && (!isWaitedFor || now >= _until))
        {
            _isEmptied = true;
            var kept = _groups.Values.Where(static group => !group.IsHandedOver).ToList();
            Log.DrainEnded(_log, _groups.Count - kept.Count, kept.Count, string.Join("; ", kept.CountBy(static group => group.Why).Select(why => $"{why.Value}: {why.Key}").Take(ReasonsMax)));
            _operation?.Finish($"{_groups.Count - kept.Count} groups handed over, {kept.Count} still led here");
            _operation = null;
            Context.Parent.Tell(new Emptied());
        }

        _operation?.Progress(_groups.Values.Count(static group => group.IsHandedOver), _groups.Count, "groups");
        Publish();
    }

    private void Publish() => _drain.Write(_isStop, _isEmptied, _since, _until, [.. _groups.OrderBy(static group => group.Key).Select(group =>
        new GroupDrain(group.Key, group.Value.Step, AddressOf(group.Key, group.Value.Member), group.Value.Why))]);

    /// <summary>Different reasons in one line of the log.</summary>
    private const int ReasonsMax = 5;

    private void Perform(HandOverAct act, PartitionId partition, GroupHandOver group)
    {
        if (act == HandOverAct.Wait || _node.Find(partition) is not { } port) return;
        HandOverActs.Perform(act, port, _transfer, AddressOf(partition, group.Member), Self, serves => new Serves(partition, serves), refusal => new Ordered(partition, refusal));
    }

    /// <summary>Empty for a member of which only the id is known: it cannot be asked, and that is its answer.</summary>
    private string AddressOf(PartitionId partition, NodeId member) =>
        member == default ? "" : _board.Partition(partition)?.Peers.FirstOrDefault(peer => peer.Id == member)?.Address ?? "";
}
