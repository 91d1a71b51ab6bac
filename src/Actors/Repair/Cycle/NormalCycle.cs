using Akka.Actor;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>One comparison of the normal extents of a partition whose repair this node leads. Ends by itself, or with its partition.</summary>
/// <remarks>
/// Asks one replica after the other for its list, so that one raw list is in memory at a time, over a connection of its own each. A replica that
/// does not answer, or whose list no sound replica would send, is left out of this cycle, as source and as target. What came of it is told to the
/// parent, which has the own share repaired and the others' sent.
/// Source: CubeFS datanode/data_partition_repair.go repair; storage-and-repair 4.3.
/// </remarks>
internal sealed class NormalCycle : ReportingActor
{
    /// <summary>Told to the parent, once.</summary>
    /// <param name="Silent">Who was left out and why; empty if all replicas were compared.</param>
    /// <param name="Deleted">Extents that differ, but were deleted here: nobody is told to fetch them.</param>
    /// <param name="Problem">Null unless nothing could be compared.</param>
    public sealed record Compared(Guid Operation, NormalComparison? Comparison, int Deleted, string Silent, string? Problem);

    private static readonly byte[] BinaryWanted = [(byte)'B'];

    private readonly CancellationTokenSource _cancel = new();
    private readonly RepairSite _site;
    private readonly string _self;
    private readonly Guid _operation;
    private OperationHandle? _handle;

    public NormalCycle(RepairSite site, string self, Guid operation)
    {
        (_site, _self, _operation) = (site, self, operation);
        Receive<Compared>(compared =>
        {
            if (compared.Comparison is not { } comparison) _handle?.Fail(compared.Problem ?? "");
            else _handle?.Finish(comparison.Lags.Count == 0 ? "" : $"{comparison.Lags.Sum(share => share.Value.Count)} of {comparison.Extents} extents lack on {comparison.Lags.Count} replicas, or are too short there");
            Context.Parent.Tell(compared);
            Context.Stop(Self);
        });
    }

    /// <param name="self"><c>ip:port</c> of this node, the first of the partition's hosts.</param>
    public static Props PropsFor(RepairSite site, string self, Guid operation) => Props.Create(() => new NormalCycle(site, self, operation));

    protected override ActorState Describe() => Say("cycle", "comparing", ("operation", _operation));

    protected override void PreStart()
    {
        var self = Self;
        _handle = _site.Services.Operations.Accept(OperationKind.Cycle, _operation, _site.Partition, null, null, "compares the normal extents of all replicas");
        _handle.CancelBy(() => self.Tell(PoisonPill.Instance, ActorRefs.NoSender));
        RunAsync(_site, _self, _operation, _handle, _cancel.Token).PipeTo(Self);
    }

    protected override void PostStop()
    {
        _cancel.Cancel();
        _cancel.Dispose();
        _handle?.LetGo("ended by an order, or with its replica");
    }

    private static async Task<Compared> RunAsync(RepairSite site, string self, Guid operation, OperationHandle handle, CancellationToken cancel)
    {
        try
        {
            var limit = site.Services.Node.Cycles;
            await limit.EnterAsync(site.Services.Settings.CyclesPerNode, cancel).ConfigureAwait(false);
            try
            {
                handle.Start();
                return await CompareAsync(site, self, operation, cancel).ConfigureAwait(false);
            }
            finally
            {
                limit.Exit();
            }
        }
        catch (DiskFaultException fault)
        {
            site.Fault(fault);
            return Failed(operation, fault.Message);
        }
        catch (Exception e) when (e is ReplicaClosedException or OperationCanceledException)
        {
            return Failed(operation, e is OperationCanceledException ? "it was cancelled" : e.Message);
        }
        catch (Exception e)
        {
            site.Services.Events.Broken($"the comparison of normal extents of partition {site.Partition}", e);
            return Failed(operation, "internal error");
        }
    }

    private static Compared Failed(Guid operation, string problem) => new(operation, null, 0, "", problem);

    private static async Task<Compared> CompareAsync(RepairSite site, string self, Guid operation, CancellationToken cancel)
    {
        var meta = site.Meta;
        if (CycleRules.WhyNot(meta, self) is { } why) return Failed(operation, why); // it has changed while the cycle waited for its turn
        var lists = new List<NormalList> { await site.RunAsync(store => NormalList.Of(self, store.ListQuietNormal())).ConfigureAwait(false) };
        var silent = new List<string>();
        foreach (var host in meta.Hosts.Where(host => host != self).Distinct())
        {
            cancel.ThrowIfCancellationRequested();
            var (list, problem) = await ListOfAsync(site, host, cancel).ConfigureAwait(false);
            if (list is not null) lists.Add(list);
            else silent.Add(problem);
        }

        var comparison = NormalComparison.Of(lists);
        if (comparison.Lags.Count == 0) return new Compared(operation, comparison, 0, string.Join("; ", silent), null);
        // After all lists: whatever was deleted here since they were made is known by now.
        var lagging = comparison.Lagging;
        var deleted = await site.RunAsync(store => store.FindDeleted(lagging)).ConfigureAwait(false);
        // What was written here within the last minute is not in the own list, and not missing either.
        var rest = site.Look(store => comparison.Without(deleted).Where((host, lag) => host != self || !(store.Find(lag.Extent)?.Size >= lag.Size)));
        return new Compared(operation, rest, deleted.Count, string.Join("; ", silent), null);
    }

    private static async Task<(NormalList? List, string Problem)> ListOfAsync(RepairSite site, string host, CancellationToken cancel)
    {
        try
        {
            using var line = await RepairLine.DialAsync(host, site.Services, cancel).ConfigureAwait(false);
            await using var closing = cancel.UnsafeRegister(static state => ((RepairLine)state!).Dispose(), line);
            // Nodes of CubeFS mean to send this byte and do not; whoever gets it answers in a third of the bytes, or as ever.
            var request = new PacketHeader { ExtentType = ExtentTypes.Normal, Opcode = Opcode.GetAllWatermarks, Partition = site.Partition };
            var body = await line.AskAsync(request, BinaryWanted, NormalList.BytesMax, site.Services.Settings.Packet).ConfigureAwait(false);
            if (NormalList.TryRead(host, body, out var list, out var problem)) return (list, "");
            throw line.Distrust(request, "a list of normal extents, each once", problem);
        }
        catch (RepairFailureException e)
        {
            cancel.ThrowIfCancellationRequested();
            return (null, e.Message);
        }
    }
}
