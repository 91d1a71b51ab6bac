using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>Metrics that CubeFS does not have. Pure: figures in, families out. Each family is declared beside the code that reads it, see <see cref="MetricCatalog"/>.</summary>
internal static class OwnMetrics
{
    /// <param name="figures">Null until the node exists, as is the next.</param>
    public static void Write(IMetricSink sink, NodeStatus status, NodeFigures? figures, DrainStatus? drain, LogTally tally, DateTimeOffset now)
    {
        NodeMetrics.Write(sink, status, tally);
        DiskMetrics.Write(sink, status.Disks);
        RaftMetrics.WriteGroups(sink, status.Partitions);
        if (figures is null) return;
        NodeMetrics.WriteDrain(sink, drain ?? DrainStatus.None, now);
        NodeMetrics.WriteMaster(sink, figures, now);
        NodeMetrics.WriteSources(sink, figures);
        DiskMetrics.WriteQueues(sink, figures.DiskQueues);
        RequestMetrics.Write(sink, figures);
        WaitMetrics.Write(sink, figures);
        RaftMetrics.Write(sink, figures.Raft);
        RepairMetrics.Write(sink, figures.Repair);
        BudgetMetrics.Write(sink, figures.Budgets);
        OperationMetrics.Write(sink, figures.Operations);
        IntegrityMetrics.Write(sink, figures.Integrity);
    }

    /// <summary>A counter by reason.</summary>
    internal static void Reasons(IMetricSink sink, MetricFamily family, IReadOnlyList<(string Reason, long Count)> reasons) =>
        sink.Each(family, reasons, one => one.Count, one => one.Reason);
}
