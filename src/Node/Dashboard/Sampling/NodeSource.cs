using System.Text.Json;
using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>Looks at a node for all who watch it. One look asks each source once; what happened since the look before becomes a point.</summary>
internal sealed class NodeSource(OperatorDesk desk) : IEventSource
{
    /// <summary>Points that are kept for pages that come later: five minutes of looks once a second.</summary>
    public const int PointsMax = 300;

    /// <summary>With more time between two looks nobody had watched: the average over it would say nothing.</summary>
    public static readonly TimeSpan GapMax = TimeSpan.FromSeconds(15);

    /// <summary>More than a page shows at once; pbm and /cubeactors/operations have all.</summary>
    private const int OperationsMax = 60, TroubledMax = 50;

    /// <summary>The process is looked at so often: it counts its threads and files by listing them.</summary>
    public static readonly TimeSpan RuntimePeriod = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Queue<RatePoint> _points = [];
    private readonly ConditionBook _conditions = new();
    private (NodeCounters Counters, long At)? _before;
    private (RuntimeFacts Facts, long At)? _runtime;

    public ReadOnlyMemory<byte>? Greeting()
    {
        lock (_lock)
            return EventFrame.Of("history", JsonSerializer.SerializeToUtf8Bytes(new HistoryEvent([.. _points]), DashboardJson.Default.HistoryEvent));
    }

    public Task<ReadOnlyMemory<byte>> SampleAsync(CancellationToken cancel) =>
        Task.FromResult(EventFrame.Of("node", JsonSerializer.SerializeToUtf8Bytes(Look(), DashboardJson.Default.NodeEvent)));

    /// <summary>The node as it is now.</summary>
    internal NodeEvent Look()
    {
        var (status, surface, now, at) = (desk.Status(), desk.Surface(), desk.Time.GetUtcNow(), desk.Time.GetTimestamp());
        var figures = surface?.Figures();
        var members = surface?.Inspection?.Members() ?? [];
        var disks = DiskList.Of(status, surface).Disks;
        var budgets = figures?.Budgets ?? BudgetFigures.None;
        desk.Timeline.Look(status, now);
        // All parts are of the same look, and what is costly is asked once.
        var still = desk with { Status = () => status, Surface = () => surface is null || figures is null ? surface : surface with { Figures = () => figures } };
        var troubled = status.Partitions.Where(IsTroubled).ToList();
        lock (_lock)
        {
            var rates = Advance(NodeCounters.Of(surface?.Meters.Read(), disks, budgets, Environment.CpuUsage.TotalTime.TotalSeconds, GC.GetTotalPauseDuration().TotalSeconds), now, at, out var known);
            if (_runtime is not { } runtime || desk.Time.GetElapsedTime(runtime.At, at) >= RuntimePeriod) _runtime = runtime = (RuntimeFacts.Now(), at);
            return new NodeEvent(
                now.ToUnixTimeMilliseconds(), NodeFacts.Of(still), StartReplies.Describe(status, desk.Timeline, now), Conditions(status, figures, members, now, known),
                figures is null ? null : GroupSummary.Of(figures.Raft, status), disks, BudgetReplies.ViewOf(budgets),
                surface is null ? null : OperationList.Of(surface.Ledger, new OperationFilter(Limit: OperationsMax), now), surface is null ? null : AlertList.Of(surface.Ledger),
                [.. members.Select(MemberFacts.Of)], runtime.Facts, [.. troubled.Take(TroubledMax).Select(one => ReplicaFacts.Of(one, surface))], troubled.Count,
                rates?.Point, rates?.Disks);
        }
    }

    private static bool IsTroubled(PartitionFigures one) => one.State != PartitionState.Serving || one.IsRepairing || one.IsBeingRebuilt || one.ErrorCount > 0;

    private IReadOnlyList<SeenCondition> Conditions(NodeStatus status, NodeFigures? figures, IReadOnlyList<ClusterMember> members, DateTimeOffset now, bool isKnown)
    {
        if (!isKnown) _conditions.Forget();
        return _conditions.Look(Condition.Of(status, figures, members), now);
    }

    /// <param name="isKnown">The look before was lately.</param>
    private (RatePoint Point, IReadOnlyList<DiskRate> Disks)? Advance(NodeCounters counters, DateTimeOffset now, long at, out bool isKnown)
    {
        var before = _before;
        _before = (counters, at);
        var elapsed = before is { } known ? desk.Time.GetElapsedTime(known.At, at) : TimeSpan.MaxValue;
        isKnown = elapsed <= GapMax;
        if (!isKnown || RatePoint.Between(before!.Value.Counters, counters, now, elapsed) is not { } rates) return null;
        _points.Enqueue(rates.Point);
        if (_points.Count > PointsMax) _points.Dequeue();
        return rates;
    }
}
