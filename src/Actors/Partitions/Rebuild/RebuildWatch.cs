using Akka.Actor;
using Akka.Event;
using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>Looks every few seconds how far the copy has come that a replica is being filled with, until it is complete. Ends with its partition.</summary>
/// <remarks>Its failures are those of others, who may come back: it never gives up. Masters do, after two hours without progress.</remarks>
internal sealed class RebuildWatch : ReportingActor, IWithTimers
{
    /// <summary>How far it is. Told to the partition after each look.</summary>
    /// <param name="Share">0 to <see cref="RebuildSizes.SizeReached"/>, as META holds it; never less than before, in an earlier run either.</param>
    /// <param name="SourceUsed">Bytes that the source uses on its disk; 0 while that is not known.</param>
    public sealed record Advanced(double Share, long SourceUsed);

    /// <summary>The copy is complete, durable, and META says so: the replica may join its group. Told to the partition once.</summary>
    public sealed record Completed;

    private sealed record Look;

    private sealed record Looked(RebuildOutcome Outcome);

    private readonly RebuildSite _site;
    private readonly CancellationTokenSource _cancel = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private RebuildSizes _sizes = RebuildSizes.Unknown;
    private string _reason = "";
    private OperationHandle? _operation;

    public RebuildWatch(RebuildSite site)
    {
        _site = site;
        Receive<Look>(_ => LookAsync(_site, _sizes, _cancel.Token).PipeTo(Self, success: outcome => new Looked(outcome)));
        Receive<Looked>(looked => Take(looked.Outcome));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props PropsFor(RebuildSite site) => Props.Create(() => new RebuildWatch(site));

    protected override ActorState Describe() => Say(
        "rebuild", "filling", ("from", _sizes.Source), ("share", _sizes.Share), ("bytes", _sizes.Own), ("of", _sizes.Target), ("waits because", _reason));

    /// <summary>Not at once: the others learn a moment later that this replica is there, and what they say then is worth more.</summary>
    protected override void PreStart()
    {
        var operations = _site.Repair.Services.Operations;
        var meta = _site.Repair.Meta;
        _operation = operations.Begin(
            OperationKind.Rebuild, operations.NewId(), _site.Repair.Partition, null, RebuildSite.SourceOf(meta.Hosts, _site.Self()), "a new replica is filled before it joins its group");
        PlanLook();
    }

    protected override void PostStop()
    {
        _cancel.Cancel();
        _cancel.Dispose();
        _operation?.Suspend("its replica was closed; it goes on when the replica is loaded again");
    }

    private void Take(RebuildOutcome outcome)
    {
        _sizes = outcome.Sizes;
        switch (outcome.Step)
        {
            case RebuildStep.Over:
                return; // stopped with its partition
            case RebuildStep.Complete:
                RebuildLog.Complete(_log, _site.Repair.Partition, _sizes);
                _operation?.Finish($"complete and synced, {_sizes.Own} bytes");
                _operation = null;
                Context.Parent.Tell(new Completed());
                return;
        }

        Context.Parent.Tell(new Advanced(RebuildSizes.ToldOf(_site.Record.Meta), _sizes.SourceUsed));
        WriteDown(outcome.Reason);
        // Said when it changes: a source that is away may be so for hours.
        if (outcome.Reason != _reason && outcome.Reason.Length > 0) RebuildLog.Waits(_log, _site.Repair.Partition, _sizes, outcome.Reason);
        _reason = outcome.Reason;
        PlanLook();
    }

    /// <summary>As the master is told it, in parts of ten thousand.</summary>
    private void WriteDown(string reason)
    {
        if (_site.Repair.IsPaused)
        {
            _operation?.Rest(reason);
            return;
        }

        _operation?.Start(); // behind a pause
        _operation?.Progress((long)(_sizes.Share * ProgressParts), ProgressParts, "1/10000");
    }

    private const long ProgressParts = 10_000;

    /// <summary>From the end of one look: a source that answers late is not asked without pause.</summary>
    private void PlanLook() => Timers.StartSingleTimer(nameof(Look), new Look(), _site.Repair.Services.Settings.CopyPeriod);

    private static async Task<RebuildOutcome> LookAsync(RebuildSite site, RebuildSizes sizes, CancellationToken cancel)
    {
        try
        {
            return await new RebuildRound(site, cancel).RunAsync(sizes).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ReplicaClosedException or OperationCanceledException || cancel.IsCancellationRequested)
        {
            return new RebuildOutcome(RebuildStep.Over, sizes, "");
        }
        catch (RepairFailureException e)
        {
            return new RebuildOutcome(RebuildStep.Goes, sizes, e.Message);
        }
        catch (DiskFaultException fault)
        {
            site.Repair.Fault(fault);
            return new RebuildOutcome(RebuildStep.Goes, sizes, fault.Message);
        }
        catch (Exception e)
        {
            site.Repair.Services.Events.Broken($"the watch over the copy of partition {site.Repair.Partition}", e);
            return new RebuildOutcome(RebuildStep.Goes, sizes, "internal error");
        }
    }
}
