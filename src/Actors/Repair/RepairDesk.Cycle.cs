using Akka.Actor;

namespace CubeActors.Actors;

// The leader's side: compares the normal extents of all replicas now and then, repairs its own share and has the others repair theirs.
internal sealed partial class RepairDesk
{
    private sealed record Compare;

    private readonly RepairTurns _turns = new();
    private readonly RebuildErrors _errors = new();
    private readonly Dictionary<string, IActorRef> _shares = []; // by host: what it works on; a host is not in it twice
    private readonly Dictionary<string, DateTimeOffset> _busy = []; // by host: it did not answer in time and may work on until then
    private IActorRef _cycle = ActorRefs.Nobody;
    private string _lastFindings = "";

    private void ReceiveCycle()
    {
        Receive<Compare>(_ => BeginCycle());
        Receive<NormalCycle.Compared>(compared =>
        {
            EndCycle();
            Judge(compared);
        });
        Receive<FollowerShare.Ended>(ended =>
        {
            _shares.Remove(ended.Host);
            _site.Services.Counts.AddShare(ended.Problem is null);
            if (ended.MayWorkOn) _busy[ended.Host] = _site.Services.Time.GetUtcNow() + Settings.TaskPatience;
        });
    }

    private void CycleTerminated(IActorRef ended)
    {
        if (ended.Equals(_cycle)) EndCycle();
        if (_shares.FirstOrDefault(share => share.Value.Equals(ended)) is { Key: { } host }) _shares.Remove(host);
    }

    private void BeginCycle()
    {
        var self = _self();
        if (!MayBegin(OperationKind.Cycle) || CycleRules.WhyNot(_site.Meta, self) is not null)
        {
            PlanCycle(); // another may lead tomorrow
            return;
        }

        var operation = NewOperation();
        _cycle = Context.Watch(Context.ActorOf(NormalCycle.PropsFor(_site, self, operation), $"cycle-{operation:n}"));
    }

    private void EndCycle()
    {
        if (_cycle.IsNobody()) return;
        _cycle = ActorRefs.Nobody;
        PlanCycle();
    }

    private void Judge(NormalCycle.Compared compared)
    {
        if (compared.Comparison is not { } comparison)
        {
            RepairLog.CompareFailed(_log, _site.Partition, compared.Operation, compared.Problem ?? "");
            return;
        }

        _site.Services.Counts.AddCycle();
        Report(compared, comparison);
        var self = _self();
        var now = _site.Services.Time.GetUtcNow();
        var parts = 0;
        foreach (var (host, lags) in comparison.Lags)
        {
            if (host == self)
            {
                // While a task is worked off here, of this cycle's predecessor or of another leader, the next comparison finds what is left.
                if (MayBegin(OperationKind.OwnRepair)) BeginRepair(OperationKind.OwnRepair, OperationIds.Part(compared.Operation, ++parts), "normal", RepairParts.PlanOf(lags), self, recordBytes: 0);
            }
            else if (MayTell(host, now))
            {
                _busy.Remove(host);
                var order = new FollowerShare.Order(compared.Operation, OperationIds.Part(compared.Operation, ++parts), host, self, lags);
                _shares[host] = Context.Watch(Context.ActorOf(FollowerShare.PropsFor(_site, _turns, order), $"share-{compared.Operation:n}-{host}"));
            }
        }
    }

    private bool MayTell(string host, DateTimeOffset now)
    {
        var verdict = OperationConflicts.Of(OperationKind.Share, _shares.ContainsKey(host) ? [OperationKind.Share] : []);
        if (verdict != ConflictVerdict.Run) _site.Services.Operations.Excluded(OperationKind.Share, verdict);
        return verdict == ConflictVerdict.Run && !(_busy.TryGetValue(host, out var until) && now < until);
    }

    /// <summary>Said when it changes, not each time.</summary>
    private void Report(NormalCycle.Compared compared, NormalComparison comparison)
    {
        var lagging = comparison.Lags.Count == 0
            ? "all replicas are level"
            : string.Join(", ", comparison.Lags.OrderBy(share => share.Key, StringComparer.Ordinal).Select(share => $"{share.Key} lacks {share.Value.Count(lag => lag.IsMissing)} and has {share.Value.Count(lag => !lag.IsMissing)} too short"));
        var findings = $"{lagging}/{comparison.LeftAlone}/{compared.Deleted}/{compared.Silent}";
        var isFirstAndLevel = _lastFindings.Length == 0 && comparison is { Lags.Count: 0, LeftAlone: 0 } && compared is { Deleted: 0, Silent: "" };
        if (findings != _lastFindings && !isFirstAndLevel)
            RepairLog.Compared(_log, _site.Partition, compared.Operation, comparison.Extents, lagging, comparison.LeftAlone, compared.Deleted, compared.Silent);
        _lastFindings = findings;
    }

    private void Count(RepairSummary summary)
    {
        _site.Services.Counts.Add(summary);
        if (_errors.Add(summary.Failed, _site.Meta.IsBeingRebuilt, _site.Services.Node.RepairErrorsMax)) RepairLog.TooManyErrors(_log, _site.Partition, _errors.Count);
    }

    /// <summary>A random moment, so that the partitions of a node do not all compare at once.</summary>
    private void PlanFirstCycle() => Timers.StartSingleTimer(nameof(Compare), new Compare(), Settings.FirstCycle + (Settings.CyclePeriod * _random.NextDouble()));

    private void PlanCycle() => Timers.StartSingleTimer(nameof(Compare), new Compare(), Settings.CyclePeriod * (0.9 + (0.2 * _random.NextDouble())));
}
