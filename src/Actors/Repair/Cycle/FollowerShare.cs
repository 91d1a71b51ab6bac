using Akka.Actor;
using Akka.Event;
using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>Has another replica fetch what it lacks, one task after the other. Ends by itself, or with its partition.</summary>
/// <remarks>
/// Each task goes over a connection of its own, which stays open until the answer. Whether the work was done the answer does not say, since
/// CubeFS answers OK whatever happened: the next comparison shows. Source: storage-and-repair 4.3, 4.14.
/// </remarks>
internal sealed class FollowerShare : ReportingActor
{
    /// <summary>Told to the parent, once.</summary>
    /// <param name="Problem">Why not all of it was sent; null if all was, and answered.</param>
    /// <param name="MayWorkOn">The replica did not answer in time, and may still be at it.</param>
    public sealed record Ended(string Host, string? Problem, bool MayWorkOn);

    /// <param name="Operation">The cycle's.</param>
    /// <param name="Entry">The share's own, in the ledger.</param>
    /// <param name="Self"><c>ip:port</c> of this node.</param>
    public sealed record Order(Guid Operation, Guid Entry, string Host, string Self, IReadOnlyList<ExtentLag> Lags);

    private sealed record Answered(int Extents, long Bytes);

    private sealed record Over(string? Problem, bool MayWorkOn);

    private readonly CancellationTokenSource _cancel = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly RepairSite _site;
    private readonly RepairTurns _turns;
    private readonly Order _order;
    private int _extents;
    private long _bytes;
    private OperationHandle? _handle;

    public FollowerShare(RepairSite site, RepairTurns turns, Order order)
    {
        (_site, _turns, _order) = (site, turns, order);
        Receive<Answered>(answered =>
        {
            _extents += answered.Extents;
            _bytes += answered.Bytes;
            _handle?.Progress(_extents, order.Lags.Count, "extents");
            if (_extents < order.Lags.Count) RepairLog.ShareProgress(_log, site.Partition, order.Operation, order.Host, _extents, order.Lags.Count, _bytes);
        });
        Receive<Over>(over =>
        {
            if (over.Problem is null) RepairLog.ShareEnded(_log, site.Partition, order.Operation, order.Host, _extents);
            else RepairLog.ShareFailed(_log, site.Partition, order.Operation, order.Host, _extents, order.Lags.Count, over.Problem);
            if (over.Problem is null) _handle?.Finish($"it has answered for all {_extents} extents");
            else _handle?.Fail($"it has answered for {_extents} of {order.Lags.Count} extents: {over.Problem}");
            Context.Parent.Tell(new Ended(order.Host, over.Problem, over.MayWorkOn));
            Context.Stop(Self);
        });
    }

    public static Props PropsFor(RepairSite site, RepairTurns turns, Order order) => Props.Create(() => new FollowerShare(site, turns, order));

    protected override ActorState Describe() => Say(
        "share", "waiting for answers", ("operation", _order.Operation), ("replica", _order.Host), ("extents", _order.Lags.Count), ("done", _extents), ("bytes", _bytes));

    protected override void PreStart()
    {
        RepairLog.ShareStarted(_log, _site.Partition, _order.Operation, _order.Host, _order.Lags.Count, _order.Lags.Count(lag => lag.IsMissing), _order.Lags.Sum(lag => lag.Bytes));
        var self = Self;
        _handle = _site.Services.Operations.Begin(OperationKind.Share, _order.Entry, _site.Partition, null, _order.Host, $"has it fetch what it lacks of {_order.Lags.Count} extents, as cycle {_order.Operation} found");
        _handle.CancelBy(() => self.Tell(PoisonPill.Instance, ActorRefs.NoSender));
        RunAsync(_site, _turns, _order, Self, _cancel.Token).PipeTo(Self);
    }

    protected override void PostStop()
    {
        _cancel.Cancel();
        _cancel.Dispose();
        _handle?.LetGo("ended by an order, or with its replica");
    }

    private static async Task<Over> RunAsync(RepairSite site, RepairTurns turns, Order order, IActorRef self, CancellationToken cancel)
    {
        try
        {
            var settings = site.Services.Settings;
            foreach (var part in RepairParts.Of(order.Lags, settings.ExtentsPerTask, settings.BytesPerTask))
            {
                if (await SendAsync(site, turns, order, part, cancel).ConfigureAwait(false) is { } problem) return new Over(problem, false);
                self.Tell(new Answered(part.Count, part.Sum(lag => lag.Bytes)), ActorRefs.NoSender);
            }

            return new Over(null, false);
        }
        catch (RepairFailureException e)
        {
            return cancel.IsCancellationRequested ? new Over("it was cancelled", false) : new Over(e.Message, e.Kind == RepairFailureKind.Late);
        }
        catch (Exception e) when (e is ReplicaClosedException or OperationCanceledException)
        {
            return new Over(e is ReplicaClosedException ? e.Message : "it was cancelled", false);
        }
        catch (Exception e)
        {
            site.Services.Events.Broken($"the repair of partition {site.Partition} on {order.Host}", e);
            return new Over("internal error", false);
        }
    }

    /// <returns>Null, or why nothing more is sent.</returns>
    private static async Task<string?> SendAsync(RepairSite site, RepairTurns turns, Order order, IReadOnlyList<ExtentLag> part, CancellationToken cancel)
    {
        // The disk first, which many partitions wait for: the turn is held only while a task is out, so that one for tiny extents comes in between.
        var tasks = site.Services.Disk.RepairTasks;
        await tasks.EnterAsync(Math.Min(site.Services.Settings.TasksPerDisk, site.Services.Node.RepairsMax), cancel).ConfigureAwait(false);
        try
        {
            var turn = await turns.EnterAsync(order.Host, cancel).ConfigureAwait(false);
            try
            {
                var meta = site.Meta;
                if (CycleRules.WhyNot(meta, order.Self) is { } why) return why;
                if (!meta.Hosts.Contains(order.Host)) return "it is no replica of the partition any more";
                // As late as can be: what was deleted here since the comparison must not come back over there.
                IReadOnlyList<ExtentLag> rest = site.Look(store => part.Where(lag => !store.WasRecentlyDeleted(lag.Extent)).ToList());
                if (rest.Count > 0) await NotifyAsync(site, order.Host, RepairParts.TaskOf(rest, order.Self), site.Services.Settings.TaskPatience, cancel).ConfigureAwait(false);
                return null;
            }
            finally
            {
                turn.Exit();
            }
        }
        finally
        {
            tasks.Exit();
        }
    }

    /// <summary>Sends 0x08 and waits for the answer, over a connection that is used for nothing else.</summary>
    /// <exception cref="RepairFailureException">There was none, or it was a refusal.</exception>
    public static async Task NotifyAsync(RepairSite site, string host, RepairTask task, TimeSpan patience, CancellationToken cancel)
    {
        using var line = await RepairLine.DialAsync(host, site.Services, cancel).ConfigureAwait(false);
        await using var closing = cancel.UnsafeRegister(static state => ((RepairLine)state!).Dispose(), line);
        var request = new PacketHeader { ExtentType = ExtentTypes.Normal, Opcode = Opcode.NotifyReplicasToRepair, Partition = site.Partition };
        site.Announce(task.LeaderTinyDeleteRecordFileSize);
        await line.AskAsync(request, task.Write(), AnswerBytes.None, patience).ConfigureAwait(false);
    }
}
