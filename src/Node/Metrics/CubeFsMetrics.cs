using CubeActors.Actors;
using CubeActors.Protocol.Master;

namespace CubeActors.Node;

/// <summary>Metrics under the names of CubeFS, so that its dashboards show this node. Pure: readings in, text out.</summary>
/// <remarks>
/// Source of names, labels and units: CubeFS datanode/metric.go, datanode/wrap_operator.go, util/exporter. Histograms are in microseconds.
/// Two sums of CubeFS are not copied: it counts the bytes of a write of several blocks once for each block, and drops what its channel cannot take.
/// </remarks>
internal static class CubeFsMetrics
{
    private const string Prefix = "cfs_dataNode_";

    /// <param name="reading">Null until the node exists.</param>
    public static void Write(MetricText text, MeterReading? reading, string cluster)
    {
        if (reading is null) return;
        Operations(text, "", reading.Operations);
        Operations(text, "PrimaryBackUp_", reading.Forwarded);
        Operations(text, "Raft_", reading.Replicated);
        Operations(text, "Repair_", reading.Repairs);
        Transfers(text, reading.Transfers);
        text.Family("request_const_us", "histogram", "Time of reads, microseconds.").Histogram("request_const_us", reading.Reads, ("cluster", cluster), ("api", "data_read_cost"));
    }

    /// <param name="report">What the node tells its master; null until it exists, as is the next.</param>
    public static void WriteNode(
        MetricText text, DataNodeHeartbeatResponse? report, NodeFigures? figures, long errors, DateTimeOffset startedAt, DateTimeOffset now, string version)
    {
        text.Single($"{Prefix}start_time", "gauge", "Start of the process, milliseconds since 1970.", startedAt.ToUnixTimeSeconds() * 1000);
        text.Family($"{Prefix}version", "counter", "Minutes that this version runs.")
            .Sample($"{Prefix}version", Math.Floor((now - startedAt).TotalMinutes), ("version", version), ("branch", ""), ("build", Environment.Version.ToString()));
        if (report is null || figures is null) return;
        text.Family($"{Prefix}capacity", "gauge", "Bytes of the disks that can be used.")
            .Sample($"{Prefix}capacity", report.Total, ("type", "total"))
            .Sample($"{Prefix}capacity", report.Used, ("type", "used"))
            .Sample($"{Prefix}capacity", report.Available, ("type", "available"));
        text.Family($"{Prefix}capacityToCreateDp", "gauge", "Bytes that no partition has claimed: on all disks, and on the one with most.")
            .Sample($"{Prefix}capacityToCreateDp", report.RemainingCapacity, ("type", "remaining"))
            .Sample($"{Prefix}capacityToCreateDp", report.MaxCapacity, ("type", "max"));
        text.Family($"{Prefix}lackDataPartitionCount", "gauge", "Partitions of the master's list that are not served, and that lost their directory.")
            .Sample($"{Prefix}lackDataPartitionCount", figures.LackInMemory, ("type", "inMemory"))
            .Sample($"{Prefix}lackDataPartitionCount", figures.LackOnDisk, ("type", "inDisk"));
        text.Single($"{Prefix}connectionCnt", "gauge", "Open connections.", figures.ConnectionsOpen);
        text.Single($"{Prefix}dataPartitionCount", "gauge", "Partitions.", report.CreatedPartitionCnt);
        text.Single($"{Prefix}totalDpSize", "gauge", "Bytes that the partitions may hold.", report.TotalPartitionSize);
        var warning = MetricText.Name($"{Prefix}{figures.Cluster}_dataNode_warning");
        text.Single(warning, "counter", "Faults that somebody has to look at; each has a line in the log.", errors);
    }

    private static void Operations(MetricText text, string prefix, IReadOnlyList<OperationReading> readings)
    {
        foreach (var family in readings.GroupBy(reading => reading.Name).OrderBy(family => family.Key, StringComparer.Ordinal))
        {
            var name = MetricText.Name($"{Prefix}{prefix}{family.Key}");
            text.Family($"{name}_count", "counter", "Requests answered.");
            foreach (var reading in family) text.Sample($"{name}_count", reading.Latency.Count, LabelsOf(prefix, reading));
            text.Family($"{name}_hist", "histogram", "Time of requests, microseconds.");
            foreach (var reading in family) text.Histogram($"{name}_hist", reading.Latency, LabelsOf(prefix, reading));
        }
    }

    /// <summary>All four are there also where they are empty; the families with a prefix have none.</summary>
    private static (string, string)[] LabelsOf(string prefix, OperationReading reading) => prefix.Length > 0 ? [] :
    [
        ("vol", reading.Labels?.Volume ?? ""), ("op", reading.Labels is null ? "" : reading.Name), ("partid", reading.Labels?.Partition ?? ""),
        ("disk", reading.Labels?.Directory ?? ""),
    ];

    private static void Transfers(MetricText text, IReadOnlyList<TransferReading> readings)
    {
        if (readings.Count == 0) return;
        const string Name = $"{Prefix}dataPartitionIO";
        text.Family($"{Name}_count", "counter", "Blocks of 128 KiB or less written and read.");
        foreach (var reading in readings) text.Sample($"{Name}_count", reading.Latency.Count, LabelsOf(reading));
        text.Family($"{Name}_hist", "histogram", "Time of these blocks, microseconds.");
        foreach (var reading in readings) text.Histogram($"{Name}_hist", reading.Latency, LabelsOf(reading));
        text.Family($"{Name}Bytes", "counter", "Bytes written and read.");
        foreach (var reading in readings) text.Sample($"{Name}Bytes", reading.Latency.Bytes, LabelsOf(reading));
    }

    private static (string, string)[] LabelsOf(TransferReading reading) =>
    [
        ("vol", reading.Labels.Volume), ("type", reading.Type), ("disk", reading.Labels.Disk),
        .. reading.Labels.Partition.Length > 0 ? [("partid", reading.Labels.Partition)] : Array.Empty<(string, string)>(),
    ];
}
