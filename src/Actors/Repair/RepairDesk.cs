using Akka.Actor;
using Akka.Event;
using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>All repair of one partition: takes the tasks of its repair leader, and is that leader where this node stands first among the hosts.</summary>
/// <remarks>
/// One task at a time and one comparison of each kind at a time: a second task is answered OK and dropped, since whoever sent it lists anew a
/// minute later. Each is an actor of its own under this one, named by its operation; they end with the partition. Which kinds of work
/// exclude each other stands in <see cref="OperationConflicts"/>.
/// </remarks>
internal sealed partial class RepairDesk : ReportingActor, IWithTimers
{
    /// <summary>A repair task that came by 0x08, and where its answer goes.</summary>
    public sealed record Notified(RepairTask Task, IAdminReply Reply);

    /// <summary>The task that is under way ends now; what is missing, later tasks bring.</summary>
    public sealed record Halt;

    private sealed record AnswerNow;

    private sealed record Verify;

    private readonly RepairSite _site;
    private readonly Func<string> _self;
    private readonly Random _random;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private IActorRef _repair = ActorRefs.Nobody;
    private OperationKind _repairs; // what the running operation is
    private string _repairsFor = ""; // and who sent it
    private IActorRef _verification = ActorRefs.Nobody;
    private IAdminReply? _reply;
    private string _lastReason = "";
    private bool _wasBroken = true;

    public RepairDesk(RepairSite site, Func<string> self, int seed)
    {
        (_site, _self, _random) = (site, self, new Random(seed));
        Receive<Notified>(Take);
        Receive<Halt>(_ =>
        {
            if (!_repair.IsNobody()) Context.Stop(_repair);
        });
        Receive<AnswerNow>(_ => Answer());
        Receive<RepairOperation.Ended>(ended =>
        {
            _repair = ActorRefs.Nobody;
            Count(ended.Summary);
            Timers.Cancel(nameof(AnswerNow));
            Answer();
        });
        Receive<Verify>(_ => BeginVerification());
        Receive<TinyVerification.Verified>(Judge);
        Receive<TinyVerification.Ended>(_ =>
        {
            _verification = ActorRefs.Nobody;
            PlanVerification(_wasBroken ? Settings.BrokenPeriod : Settings.VerificationPeriod, fromNow: false);
        });
        ReceiveCycle();
        // An operation that died of a fault of ours has not said so itself: the next task or comparison must not be shut out by it.
        Receive<Terminated>(ended =>
        {
            if (ended.ActorRef.Equals(_repair)) Self.Tell(new RepairOperation.Ended(Guid.Empty, RepairSummary.None));
            if (ended.ActorRef.Equals(_verification)) Self.Tell(new TinyVerification.Ended());
            CycleTerminated(ended.ActorRef);
        });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="self"><c>ip:port</c> of this node, once known.</param>
    public static Props PropsFor(RepairSite site, Func<string> self)
    {
        var seed = site.Services.Random.Next(); // here: the source is the node's
        return ActorMaker.PropsBy(() => new RepairDesk(site, self, seed));
    }

    private RepairSettings Settings => _site.Services.Settings;

    protected override ActorState Describe() => Say(
        "repairs", _repair.IsNobody() && _verification.IsNobody() && _cycle.IsNobody() && _shares.Count == 0 ? "idle" : "working", ("task", _repair.IsNobody() ? null : _repairs),
        ("comparing normal extents", _cycle.IsNobody() ? null : "yes"), ("comparing tiny extents", _verification.IsNobody() ? null : "yes"), ("shares", _shares.Count), ("tiny extents broken", _lastReason),
        ("found last", _lastFindings));

    protected override void PreStart()
    {
        PlanVerification(Settings.FirstVerification, fromNow: true);
        PlanFirstCycle();
    }

    protected override void PostStop() => Answer(); // the partition closes: whoever waits is told, and lists anew

    /// <summary>A failed operation is not started anew: its sender, or the next comparison, comes again.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => Supervise(_ => Directive.Stop);

    private void Take(Notified notified)
    {
        var (task, reply) = (notified.Task, notified.Reply);
        var meta = _site.Meta;
        var isFree = MayBegin(OperationKind.RepairTask);
        if (!isFree || _site.IsPaused || IsWithoutBasis(meta))
        {
            if (!isFree) Drop(task.LeaderAddr);
            reply.Succeed();
            return;
        }

        var plan = RepairPlan.Of(task, meta.Hosts, _self());
        if (plan.Refused > 0) RepairLog.Refused(_log, _site.Partition, task.LeaderAddr, plan.Refused, plan.Reason);
        // Records come from the sender of the task: from a replica of this partition or from nobody.
        var recordBytes = meta.Hosts.Contains(task.LeaderAddr) && task.LeaderAddr != _self() ? task.LeaderTinyDeleteRecordFileSize : 0;
        if (recordBytes > 0 && _site.Look(store => TinyRecordSync.BytesToTake(store.TinyDeleteLogBytes, recordBytes)) == 0) recordBytes = 0;
        if (plan.Items.Count == 0 && recordBytes == 0)
        {
            reply.Succeed();
            return;
        }

        _reply = reply;
        Timers.StartSingleTimer(nameof(AnswerNow), new AnswerNow(), Settings.TaskReply);
        BeginRepair(OperationKind.RepairTask, NewOperation(), task.TaskType == RepairTask.Tiny ? "tiny" : "normal", plan, task.LeaderAddr, recordBytes);
    }

    /// <summary>The same leader may have lost the answer to its last task. Another one means that two nodes believe they lead, and each has replicas fetch what it holds.</summary>
    private void Drop(string sender)
    {
        RepairLog.Dropped(_log, _site.Partition, sender);
        if (sender == _repairsFor) return;
        _site.Services.Operations.Alert(new OperationAlert(
            OperationAlertKind.Concurrent, Guid.Empty, _site.Partition, 0, sender, "one repair leader of a partition", $"a task of {sender} while one of {_repairsFor} is under way; it was dropped"));
    }

    /// <summary>Before a copy begins it has to be known which overwrites it will hold (META CopyBasis). A copy with data and without the number was a member before.</summary>
    private bool IsWithoutBasis(Storage.PartitionMeta meta) => meta is { IsBeingRebuilt: true, CopyBasis: 0 } && _site.Look(static store => store.Totals().LogicalBytes) == 0;

    private Guid NewOperation() => OperationIds.Next(_site.Services.Time, _site.Services.Random);

    /// <summary>Whether nothing that runs keeps it from running now; if something does, that is counted.</summary>
    private bool MayBegin(OperationKind work)
    {
        var verdict = OperationConflicts.Of(work, Running());
        if (verdict == ConflictVerdict.Run) return true;
        _site.Services.Operations.Excluded(work, verdict);
        return false;
    }

    private IEnumerable<OperationKind> Running()
    {
        if (!_repair.IsNobody()) yield return _repairs;
        if (!_cycle.IsNobody()) yield return OperationKind.Cycle;
        if (!_verification.IsNobody()) yield return OperationKind.TinyVerification;
    }

    /// <param name="work">On whose behalf this replica fetches.</param>
    private void BeginRepair(OperationKind work, Guid operation, string kind, RepairPlan plan, string sender, long recordBytes)
    {
        (_repairs, _repairsFor) = (work, sender);
        var order = new RepairOperation.Order(operation, work, kind, plan, sender, recordBytes);
        _repair = Context.Watch(Context.ActorOf(RepairOperation.PropsFor(_site, order), $"repair-{order.Operation:n}"));
    }

    private void Answer()
    {
        // Always OK, as CubeFS answers: what is still missing, the next list shows.
        _reply?.Succeed();
        _reply = null;
    }

    private void BeginVerification()
    {
        var meta = _site.Meta;
        var self = _self();
        if (!CycleRules.Leads(meta, self) || meta.IsBeingRebuilt || meta.DiskErrorCount > 0 || !MayBegin(OperationKind.TinyVerification))
        {
            PlanVerification(Settings.VerificationPeriod, fromNow: false); // another may lead tomorrow
            return;
        }

        var operation = NewOperation();
        _verification = Context.Watch(Context.ActorOf(TinyVerification.PropsFor(_site, _turns, self, operation), $"verify-{operation:n}"));
    }

    private void Judge(TinyVerification.Verified verified)
    {
        if (verified.Problem is not null)
        {
            RepairLog.VerificationFailed(_log, _site.Partition, verified.Problem);
            return;
        }

        var (available, broken) = _site.Look(store => (store.TinyAvailable, store.TinyBroken));
        var reason = verified.Reason;
        // Said when it changes, not each time.
        if (reason != _lastReason || (broken > 0) != _wasBroken) RepairLog.TinyVerified(_log, _site.Partition, available, broken, reason);
        (_lastReason, _wasBroken) = (reason, broken > 0);
        if (verified.Own.Count == 0 || !MayBegin(OperationKind.OwnRepair)) return;
        var task = new RepairTask { TaskType = RepairTask.Tiny, ExtentsToBeRepaired = verified.Own };
        BeginRepair(OperationKind.OwnRepair, NewOperation(), "tiny", RepairPlan.Of(task, _site.Meta.Hosts, _self()), _self(), recordBytes: 0);
    }

    /// <summary>A random moment, so that the partitions of a node do not all ask at once.</summary>
    /// <param name="fromNow">Anywhere within the time; otherwise about when it is over.</param>
    private void PlanVerification(TimeSpan within, bool fromNow) =>
        Timers.StartSingleTimer(nameof(Verify), new Verify(), within * (fromNow ? _random.NextDouble() : 0.9 + (0.2 * _random.NextDouble())));
}
