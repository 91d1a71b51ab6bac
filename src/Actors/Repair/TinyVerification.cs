using Akka.Actor;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>One comparison of the tiny extents of a partition that this node leads: those that are equally long on all replicas take writes from then on.</summary>
/// <remarks>
/// Runs on the chain leader alone. It takes broken ids out, asks every other replica over a connection of its own how long they are there,
/// and gives them back as available or broken before anything is repaired, so that no writer ever meets a repair. Shorter replicas get a
/// repair task and are waited for; what is longer elsewhere than here is told to the parent, which repairs it.
/// Source: CubeFS datanode/data_partition_repair.go repair; storage-and-repair 2.9, 4.3, 4.4.
/// </remarks>
internal sealed class TinyVerification : ReportingActor
{
    /// <summary>Told to the parent, once.</summary>
    /// <param name="Own">What this replica lacks; empty for nothing.</param>
    /// <param name="Problem">Null unless nothing could be compared.</param>
    public sealed record Verified(int Compared, int Equal, string Reason, IReadOnlyList<Watermark> Own, string? Problem)
    {
        /// <summary>Replicas that have something to fetch, this one included.</summary>
        public int Shorter { get; init; }
    }

    /// <summary>All is done, the repair of others included.</summary>
    public sealed record Ended;

    /// <summary>A list of 64 extents has at most 200 bytes of JSON each.</summary>
    private const int ListBytesMax = 64 * 1024;

    private readonly CancellationTokenSource _cancel = new();
    private readonly RepairSite _site;
    private readonly RepairTurns _turns;
    private readonly string _self;
    private readonly Guid _operation;
    private OperationHandle? _handle;
    private Verified? _verified;

    public TinyVerification(RepairSite site, RepairTurns turns, string self, Guid operation)
    {
        (_site, _turns, _self, _operation) = (site, turns, self, operation);
        Receive<Verified>(verified =>
        {
            _verified = verified;
            Context.Parent.Tell(verified);
        });
        Receive<Ended>(ended =>
        {
            if (_verified is { Problem: { } problem }) _handle?.Fail(problem);
            // That a replica does not answer, each partition of it would say twice a minute.
            else _handle?.Finish(_verified is { Shorter: > 0 } all ? $"{all.Compared - all.Equal} of {all.Compared} tiny extents differ: {all.Reason}" : "");
            Context.Parent.Tell(ended);
            Context.Stop(Self);
        });
    }

    /// <param name="self"><c>ip:port</c> of this node, the first of the partition's hosts.</param>
    public static Props PropsFor(RepairSite site, RepairTurns turns, string self, Guid operation) => Props.Create(() => new TinyVerification(site, turns, self, operation));

    protected override ActorState Describe() => Say("verification", "comparing", ("operation", _operation));

    protected override void PreStart()
    {
        var self = Self;
        _handle = _site.Services.Operations.Accept(OperationKind.TinyVerification, _operation, _site.Partition, null, null, "compares the tiny extents of all replicas");
        _handle.CancelBy(() => self.Tell(PoisonPill.Instance, ActorRefs.NoSender));
        RunAsync(_site, _turns, _self, _handle, Self, _cancel.Token).PipeTo(Self);
    }

    protected override void PostStop()
    {
        _cancel.Cancel();
        _cancel.Dispose();
        _handle?.LetGo("ended by an order, or with its replica");
    }

    private static async Task<Ended> RunAsync(RepairSite site, RepairTurns turns, string self, OperationHandle handle, IActorRef actor, CancellationToken cancel)
    {
        try
        {
            var limit = site.Services.Node.Verifications;
            await limit.EnterAsync(site.Services.Settings.VerificationsPerNode, cancel).ConfigureAwait(false);
            TinyComparison comparison;
            try
            {
                handle.Start();
                comparison = await CompareAsync(site, self, cancel).ConfigureAwait(false);
            }
            finally
            {
                limit.Exit(); // a slow repair of another replica does not keep other partitions waiting
            }

            comparison.Tasks.TryGetValue(self, out var own);
            actor.Tell(new Verified(comparison.Equal.Count + comparison.Unequal.Count, comparison.Equal.Count, comparison.Reason, own ?? [], null) { Shorter = comparison.Tasks.Count }, ActorRefs.NoSender);
            await Task.WhenAll(comparison.Tasks.Where(task => task.Key != self).Select(task => NotifyAsync(site, turns, self, task.Key, task.Value, cancel))).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ReplicaClosedException or OperationCanceledException)
        {
            actor.Tell(new Verified(0, 0, "", [], e is OperationCanceledException ? "it was cancelled" : e.Message), ActorRefs.NoSender);
        }
        catch (Exception e)
        {
            site.Services.Events.Broken($"the comparison of tiny extents of partition {site.Partition}", e);
            actor.Tell(new Verified(0, 0, "", [], "internal error"), ActorRefs.NoSender);
        }

        return new Ended();
    }

    private static async Task<TinyComparison> CompareAsync(RepairSite site, string self, CancellationToken cancel)
    {
        var ids = site.Look(Take);
        var equal = new HashSet<ExtentId>();
        try
        {
            var hosts = site.Meta.Hosts;
            var asked = hosts.Where(host => host != self).Select(host => ListOfAsync(site, host, ids, cancel)).ToList();
            var others = await Task.WhenAll(asked).ConfigureAwait(false);
            // The own list last and in memory: nobody writes to ids that are taken.
            var own = site.Look(store => OwnList(store, self, ids));
            var comparison = TinyComparison.Of(ids, [own, .. others]);
            equal.UnionWith(comparison.Equal);
            return comparison;
        }
        finally
        {
            Return(site, ids, equal);
        }
    }

    /// <summary>Whatever happened; a partition that is closing has no use for them.</summary>
    private static void Return(RepairSite site, IReadOnlyList<ExtentId> ids, HashSet<ExtentId> equal)
    {
        try
        {
            site.Look(store =>
            {
                foreach (var id in ids) store.ReleaseTiny(id, equal.Contains(id));
                return true;
            });
        }
        catch (ReplicaClosedException)
        {
            // Nobody asks this store for a tiny extent any more.
        }
    }

    private static IReadOnlyList<ExtentId> Take(ExtentStore store)
    {
        if (store.TinyBroken == 0) store.DemoteTiny(TinyComparison.IdsPerRound);
        var count = TinyComparison.IdsToTake(store.TinyAvailable);
        var ids = new List<ExtentId>(count);
        while (ids.Count < count && store.TryTakeBrokenTiny(out var id)) ids.Add(id);
        return ids;
    }

    private static TinyList OwnList(ExtentStore store, string self, IReadOnlyList<ExtentId> ids) =>
        new(self, store.ListTiny(ids.ToHashSet()).ToDictionary(record => record.Id, record => record.Size));

    private static async Task<TinyList> ListOfAsync(RepairSite site, string host, IReadOnlyList<ExtentId> ids, CancellationToken cancel)
    {
        try
        {
            using var line = await RepairLine.DialAsync(host, site.Services, cancel).ConfigureAwait(false);
            await using var closing = cancel.UnsafeRegister(static state => ((RepairLine)state!).Dispose(), line);
            var request = new PacketHeader { ExtentType = ExtentTypes.Tiny, Opcode = Opcode.GetAllWatermarks, Partition = site.Partition };
            var body = await line.AskAsync(request, WatermarkRequest.WriteTiny(ids), ListBytesMax, site.Services.Settings.Packet).ConfigureAwait(false);
            if (!TinyList.TryRead(host, body, ids, out var list, out var problem)) throw line.Distrust(request, "a list of the tiny extents that were asked for", problem);
            return list;
        }
        catch (RepairFailureException)
        {
            cancel.ThrowIfCancellationRequested();
            return new TinyList(host, null); // named in the comparison's reason
        }
    }

    /// <summary>Asks a shorter replica to repair itself. Whether it did, the next comparison shows: CubeFS answers OK whatever happened.</summary>
    /// <remarks>
    /// The length of the log of deletes is told as 0: a follower of CubeFS then asks for none of it. It reads only to the length it was told,
    /// over a connection that it goes on using, and what has been deleted since would be left in there for the next answer.
    /// </remarks>
    private static async Task NotifyAsync(RepairSite site, RepairTurns turns, string self, string host, IReadOnlyList<Watermark> extents, CancellationToken cancel)
    {
        var task = new RepairTask { TaskType = RepairTask.Tiny, ExtentsToBeRepaired = extents, LeaderAddr = self };
        var turn = await turns.EnterAsync(host, cancel).ConfigureAwait(false);
        try
        {
            await FollowerShare.NotifyAsync(site, host, task, site.Services.Settings.TaskReply, cancel).ConfigureAwait(false);
        }
        catch (RepairFailureException)
        {
            cancel.ThrowIfCancellationRequested(); // otherwise: the next comparison asks again
        }
        finally
        {
            turn.Exit();
        }
    }
}
