using Akka.Actor;
using Akka.Event;

namespace CubeActors.Actors;

/// <summary>Has the suspect blocks of one disk compared: a few at a time, one of a partition, in the order in which they are due.</summary>
internal sealed class ComparisonDesk : ReportingActor, IWithTimers
{
    private sealed record Woken
    {
        public static readonly Woken Instance = new();
    }

    private readonly IntegrityParts _parts;
    private readonly CancellationTokenSource _cancel = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private int _running;

    public ComparisonDesk(IntegrityParts parts)
    {
        _parts = parts;
        Receive<Woken>(_ => BeginDue());
        Receive<ComparisonEnd>(Take);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props PropsFor(IntegrityParts parts) => ActorMaker.PropsBy(() => new ComparisonDesk(parts));

    protected override ActorState Describe() => Say("comparison of blocks", _running > 0 ? "working" : "idle", ("disk", _parts.DiskPath), ("running", _running), ("known", _parts.Suspects.Count));

    protected override void PreStart()
    {
        var self = Self;
        _parts.Suspects.Wake = () => self.Tell(Woken.Instance, ActorRefs.NoSender);
        BeginDue();
    }

    protected override void PostStop()
    {
        _parts.Suspects.Wake = static () => { };
        _cancel.Cancel();
        _cancel.Dispose();
    }

    private void BeginDue()
    {
        while (_running < _parts.Settings.ComparisonsPerDisk)
        {
            if (_parts.Suspects.Take(out var wait) is not { } suspect)
            {
                if (wait is { } pause) Timers.StartSingleTimer(nameof(Woken), Woken.Instance, pause > TimeSpan.Zero ? pause : TimeSpan.Zero);
                return;
            }

            _running++;
            new BlockComparison(_parts, suspect).RunAsync(_cancel.Token).PipeTo(Self);
        }
    }

    private void Take(ComparisonEnd ended)
    {
        _running = Math.Max(0, _running - 1);
        if (ended.Pause is { } pause)
        {
            _parts.Suspects.Return(ended.Suspect, pause);
        }
        else
        {
            _parts.Suspects.End(ended.Suspect, ended.StaysDamaged);
            _parts.Figures.Compared();
            foreach (var finding in ended.Findings) Tell(finding);

            if (ended.Findings.Count == 0) IntegrityLog.Settled(_log, ended.Suspect.Place, ended.Why);
        }

        BeginDue();
    }

    private void Tell(IntegrityFinding finding)
    {
        // What a CubeFS node or a power cut has left of CRCs is no damage.
        var isExpected = finding.Kind == IntegrityFindingKind.CrcCorrected && (_parts.Gates.Find(finding.Partition)?.Store.BlockCrcsAreHints ?? false);
        _parts.Figures.Found(finding);
        IntegrityLog.Found(_log, finding, isExpected);
        if (isExpected) return;
        _parts.Repair.Operations.Alert(new OperationAlert(
            OperationAlertKind.IntegrityFinding, Guid.Empty, finding.Partition, finding.Extent.Value, finding.Peers.Count == 0 ? null : string.Join(", ", finding.Peers),
            $"block {finding.Block} as most replicas have it, with its CRC", $"{finding.Kind}: {finding.Text}", finding.At));
    }
}
