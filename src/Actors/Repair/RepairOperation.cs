using Akka.Actor;
using Akka.Event;
using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>One repair task of one replica, from its list of extents to the last byte. Ends by itself, or with its partition.</summary>
/// <remarks>
/// It counts and tells; the work is done by <see cref="RepairWorker"/>s beside it, each with a connection of its own. Stopping the actor
/// cancels them: their connections close at once, and what a disk is doing at that moment is finished and stands.
/// </remarks>
internal sealed class RepairOperation : ReportingActor
{
    /// <summary>The end, told to the parent.</summary>
    public sealed record Ended(Guid Operation, RepairSummary Summary);

    /// <param name="Work">On whose behalf this replica fetches.</param>
    /// <param name="Sender"><c>ip:port</c> of the repair leader.</param>
    /// <param name="LeaderRecordBytes">Length of its log of tiny deletes; 0 to leave that alone.</param>
    public sealed record Order(Guid Operation, OperationKind Work, string Kind, RepairPlan Plan, string Sender, long LeaderRecordBytes);

    private sealed record Settled(ExtentRepaired One);

    private sealed record Selected(RepairSelection Selection);

    private sealed record Over(string? Problem);

    private sealed record RecordsEnded(string? Problem);

    /// <summary>Extents between two lines of progress in the log.</summary>
    private const int ExtentsPerReport = 1000;

    private readonly RepairSite _site;
    private readonly Order _order;
    private readonly CancellationTokenSource _cancel = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private RepairSummary _summary = RepairSummary.None;
    private OperationHandle? _handle;

    public RepairOperation(RepairSite site, Order order)
    {
        (_site, _order) = (site, order);
        Receive<Selected>(selected => _summary = _summary.With(selected.Selection));
        Receive<Settled>(settled =>
        {
            _summary = _summary.With(settled.One);
            _handle?.Progress(_summary.Done, _order.Plan.Items.Count, "extents");
            if (_summary.Done % ExtentsPerReport == 0) RepairLog.Progress(_log, _site.Partition, _order.Operation, _summary.Done, _order.Plan.Items.Count, _summary.Bytes);
        });
        Receive<RecordsEnded>(ended =>
        {
            if (ended.Problem is not null) RepairLog.RecordsFailed(_log, _site.Partition, _order.Operation, ended.Problem);
        });
        Receive<Over>(over =>
        {
            _summary = _summary with { Problem = over.Problem ?? _summary.Problem };
            if (_summary.Problem is null) RepairLog.Ended(_log, _site.Partition, _order.Operation, _summary);
            else RepairLog.EndedWithProblem(_log, _site.Partition, _order.Operation, _summary);
            if (_summary.Problem is null) _handle?.Finish(_summary.ToString());
            else _handle?.Fail(_summary.ToString());
            Context.Parent.Tell(new Ended(_order.Operation, _summary));
            Context.Stop(Self);
        });
    }

    public static Props PropsFor(RepairSite site, Order order) => Props.Create(() => new RepairOperation(site, order));

    protected override ActorState Describe() => Say(
        "repair", "fetching", ("operation", _order.Operation), ("kind", _order.Kind), ("by task of", _order.Sender), ("extents", _order.Plan.Items.Count), ("done", _summary.Done), ("failed", _summary.Failed),
        ("bytes", _summary.Bytes));

    protected override void PreStart()
    {
        if (_order.Plan.Items.Count > 0) RepairLog.Started(_log, _site.Partition, _order.Operation, _order.Kind, _order.Plan.Items.Count, _order.Sender);
        var self = Self;
        _handle = _site.Services.Operations.Begin(
            _order.Work, _order.Operation, _site.Partition, null, _order.Sender, $"fetches what of {_order.Plan.Items.Count} {_order.Kind} extents it lacks");
        _handle.CancelBy(() => self.Tell(PoisonPill.Instance, ActorRefs.NoSender));
        RunAsync(_site, _order, Self, _cancel.Token).PipeTo(Self);
    }

    protected override void PostStop()
    {
        _cancel.Cancel();
        _cancel.Dispose();
        _handle?.LetGo($"ended by an order, or with its replica: {_summary}");
    }

    private static async Task<Over> RunAsync(RepairSite site, Order order, IActorRef self, CancellationToken cancel)
    {
        try
        {
            var selection = await SelectAsync(site, order.Plan, cancel).ConfigureAwait(false);
            self.Tell(new Selected(selection), ActorRefs.NoSender);
            await FetchAsync(site, selection.ToFetch, self, cancel).ConfigureAwait(false);
            if (order.LeaderRecordBytes > 0 && !site.IsPaused) self.Tell(new RecordsEnded(await SyncRecordsAsync(site, order, cancel).ConfigureAwait(false)), ActorRefs.NoSender);
            return new Over(null);
        }
        catch (DiskFaultException fault)
        {
            site.Fault(fault);
            return new Over(fault.Message);
        }
        catch (Exception e) when (e is ReplicaClosedException or OperationCanceledException)
        {
            return new Over(e is ReplicaClosedException ? e.Message : "it was cancelled");
        }
        catch (Exception e)
        {
            site.Services.Events.Broken($"repair {order.Operation} of partition {site.Partition}", e);
            return new Over("internal error");
        }
    }

    private static async Task<RepairSelection> SelectAsync(RepairSite site, RepairPlan plan, CancellationToken cancel)
    {
        var selection = RepairSelection.Empty;
        foreach (var items in plan.Items.Chunk(RepairSelection.ItemsPerTurn))
        {
            cancel.ThrowIfCancellationRequested();
            var repairsNormal = site.Services.Node.RepairsNormalExtents;
            var before = selection;
            selection = await site.WriteAsync(0, store => before.With(store, items, repairsNormal), cancel).ConfigureAwait(false);
            if (selection.Problem is not null) break;
        }

        return selection;
    }

    private static async Task FetchAsync(RepairSite site, IReadOnlyList<RepairItem> items, IActorRef self, CancellationToken cancel)
    {
        if (items.Count == 0) return;
        var queue = new RepairQueue(items);
        var workers = Enumerable.Range(0, Math.Min(items.Count, site.Services.Settings.StreamsPerTask)).Select(_ => WorkAsync(site, queue, self, cancel)).ToList();
        await Task.WhenAll(workers).ConfigureAwait(false);
    }

    private static async Task WorkAsync(RepairSite site, RepairQueue queue, IActorRef self, CancellationToken cancel)
    {
        await using var worker = new RepairWorker(site, queue, one => self.Tell(new Settled(one), ActorRefs.NoSender));
        try
        {
            await worker.RunAsync(cancel).ConfigureAwait(false);
        }
        catch
        {
            queue.Clear(); // the own disk or the partition: the other workers would find the same
            throw;
        }
    }

    /// <returns>Null, or why the log was not brought level; the extents are repaired all the same.</returns>
    private static async Task<string?> SyncRecordsAsync(RepairSite site, Order order, CancellationToken cancel)
    {
        try
        {
            await TinyRecordSync.RunAsync(site, order.Sender, order.LeaderRecordBytes, cancel).ConfigureAwait(false);
            return null;
        }
        catch (RepairFailureException e)
        {
            cancel.ThrowIfCancellationRequested();
            return e.Message;
        }
    }
}
