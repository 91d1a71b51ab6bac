using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>Repair of replicas, here and from here.</summary>
internal static class RepairMetrics
{
    public static readonly MetricSection Section = new("Repair");

    private static readonly MetricFamily Streams = Section.Gauge("cubeactors_repair_streams", "Extents that are being fetched from other replicas.");
    private static readonly MetricFamily Extents = Section.Counter("cubeactors_repair_extents_total", "Extents brought level here.");
    private static readonly MetricFamily Bytes = Section.Counter("cubeactors_repair_bytes_total", "Bytes fetched for that.");
    private static readonly MetricFamily ExtentsFailed = Section.Counter("cubeactors_repair_extents_failed_total", "Extents given up until the next task.");
    private static readonly MetricFamily Cycles = Section.Counter("cubeactors_repair_cycles_total", "Comparisons of all replicas of a partition that this node leads the repair of.");
    private static readonly MetricFamily Shares = Section.Counter("cubeactors_repair_shares_total", "Other replicas that were told what they lack.");
    private static readonly MetricFamily SharesFailed = Section.Counter("cubeactors_repair_shares_failed_total", "Of them, those that did not answer for all of it.");

    public static void Write(IMetricSink sink, RepairFigures repair)
    {
        sink.Single(Streams, repair.Streams);
        sink.Single(Extents, repair.Extents);
        sink.Single(Bytes, repair.Bytes);
        sink.Single(ExtentsFailed, repair.Failed);
        sink.Single(Cycles, repair.Cycles);
        sink.Single(Shares, repair.Shares);
        sink.Single(SharesFailed, repair.SharesFailed);
    }
}
