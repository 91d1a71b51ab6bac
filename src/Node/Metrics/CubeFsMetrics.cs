using CubeActors.Actors;
using CubeActors.Protocol.Master;

namespace CubeActors.Node;

/// <summary>Metrics under the names of CubeFS, so that its dashboards show this node. Pure: readings in, families out.</summary>
/// <remarks>
/// Source of names, labels and units: CubeFS datanode/metric.go, datanode/wrap_operator.go, util/exporter. Histograms are in microseconds.
/// Two sums of CubeFS are not copied: it counts the bytes of a write of several blocks once for each block, and drops what its channel cannot take.
/// </remarks>
internal static class CubeFsMetrics
{
    public static readonly MetricSection Section = new("Under the names of CubeFS");

    private const string Prefix = "cfs_dataNode_";

    private static readonly Pair Operations = Pair.Declare($"{Prefix}{{op}}", "Requests answered.", "Time of requests, microseconds.", "vol", "op", "partid", "disk");
    private static readonly Pair Forwarded = Pair.Declare($"{Prefix}PrimaryBackUp_{{op}}", "Requests with followers.", "Time until the last follower had answered, microseconds.");
    private static readonly Pair Replicated = Pair.Declare($"{Prefix}Raft_{{op}}", "Overwrites.", "Time until they were applied, microseconds.");
    private static readonly Pair Repairs = Pair.Declare($"{Prefix}Repair_{{op}}", "Reads for repair.", "Time of them, microseconds.");
    private static readonly Pair Blocks = Pair.Declare(
        $"{Prefix}dataPartitionIO", "Blocks of 128 KiB or less written and read.", "Time of these blocks, microseconds.", "vol", "type", "disk", "partid").WithOptionalPartition();
    private static readonly MetricFamily Bytes = WithOptionalPartition(Section.Add(
        $"{Prefix}dataPartitionIOBytes", MetricType.Counter, MetricUnit.Bytes, "Bytes written and read.", "vol", "type", "disk", "partid"));
    private static readonly MetricFamily Reads = Section.Add("request_const_us", MetricType.Histogram, MetricUnit.Microseconds, "Time of reads, microseconds.", "cluster", "api");
    private static readonly MetricFamily StartTime = Section.Gauge($"{Prefix}start_time", "Start of the process, milliseconds since 1970.");
    private static readonly MetricFamily Version = Section.Counter($"{Prefix}version", "Minutes that this version runs.", "version", "branch", "build");
    private static readonly MetricFamily Capacity = Section.Add($"{Prefix}capacity", MetricType.Gauge, MetricUnit.Bytes, "Bytes of the disks that can be used.", "type");
    private static readonly MetricFamily Unclaimed = Section.Add(
        $"{Prefix}capacityToCreateDp", MetricType.Gauge, MetricUnit.Bytes, "Bytes that no partition has claimed: on all disks, and on the one with most.", "type");
    private static readonly MetricFamily Lack =
        Section.Gauge($"{Prefix}lackDataPartitionCount", "Partitions of the master's list that are not served, and that lost their directory.", "type");
    private static readonly MetricFamily Connections = Section.Gauge($"{Prefix}connectionCnt", "Open connections.");
    private static readonly MetricFamily Partitions = Section.Gauge($"{Prefix}dataPartitionCount", "Partitions.");
    private static readonly MetricFamily TotalSize = Section.Add($"{Prefix}totalDpSize", MetricType.Gauge, MetricUnit.Bytes, "Bytes that the partitions may hold.");
    private static readonly MetricFamily Warnings = Section.Counter($"{Prefix}{{cluster}}_dataNode_warning", "Faults that somebody has to look at; each has a line in the log.");

    /// <param name="reading">Null until the node exists.</param>
    public static void Write(IMetricSink sink, MeterReading? reading, string cluster)
    {
        if (reading is null) return;
        Write(sink, Operations, reading.Operations, hasLabels: true);
        Write(sink, Forwarded, reading.Forwarded, hasLabels: false);
        Write(sink, Replicated, reading.Replicated, hasLabels: false);
        Write(sink, Repairs, reading.Repairs, hasLabels: false);
        Transfers(sink, reading.Transfers);
        sink.Begin(Reads);
        sink.Histogram(reading.Reads, cluster, "data_read_cost");
    }

    /// <param name="report">What the node tells its master; null until it exists, as is the next.</param>
    public static void WriteNode(
        IMetricSink sink, DataNodeHeartbeatResponse? report, NodeFigures? figures, long errors, DateTimeOffset startedAt, DateTimeOffset now, string version)
    {
        sink.Single(StartTime, startedAt.ToUnixTimeSeconds() * 1000);
        sink.Begin(Version);
        sink.Sample(Math.Floor((now - startedAt).TotalMinutes), version, "", Environment.Version.ToString());
        if (report is null || figures is null) return;
        sink.Begin(Capacity);
        sink.Sample(report.Total, "total");
        sink.Sample(report.Used, "used");
        sink.Sample(report.Available, "available");
        sink.Begin(Unclaimed);
        sink.Sample(report.RemainingCapacity, "remaining");
        sink.Sample(report.MaxCapacity, "max");
        sink.Begin(Lack);
        sink.Sample(figures.LackInMemory, "inMemory");
        sink.Sample(figures.LackOnDisk, "inDisk");
        sink.Single(Connections, figures.ConnectionsOpen);
        sink.Single(Partitions, report.CreatedPartitionCnt);
        sink.Single(TotalSize, report.TotalPartitionSize);
        sink.Single(Warnings.Of(figures.Cluster), errors);
    }

    private static void Write(IMetricSink sink, Pair families, IReadOnlyList<OperationReading> readings, bool hasLabels)
    {
        foreach (var operation in readings.GroupBy(reading => reading.Name).OrderBy(operation => operation.Key, StringComparer.Ordinal))
        {
            sink.Begin(families.Count.Of(operation.Key));
            foreach (var reading in operation) sink.Sample(reading.Latency.Count, hasLabels ? LabelsOf(reading) : []);
            sink.Begin(families.Time.Of(operation.Key));
            foreach (var reading in operation) sink.Histogram(reading.Latency, hasLabels ? LabelsOf(reading) : []);
        }
    }

    /// <summary>All four are there also where they are empty.</summary>
    private static string[] LabelsOf(OperationReading reading) =>
        [reading.Labels?.Volume ?? "", reading.Labels is null ? "" : reading.Name, reading.Labels?.Partition ?? "", reading.Labels?.Directory ?? ""];

    private static void Transfers(IMetricSink sink, IReadOnlyList<TransferReading> readings)
    {
        if (readings.Count == 0) return;
        sink.Begin(Blocks.Count);
        foreach (var reading in readings) sink.Sample(reading.Latency.Count, LabelsOf(reading));
        sink.Begin(Blocks.Time);
        foreach (var reading in readings) sink.Histogram(reading.Latency, LabelsOf(reading));
        sink.Begin(Bytes);
        foreach (var reading in readings) sink.Sample(reading.Latency.Bytes, LabelsOf(reading));
    }

    private static string[] LabelsOf(TransferReading reading) => reading.Labels.Partition.Length > 0
        ? [reading.Labels.Volume, reading.Type, reading.Labels.Disk, reading.Labels.Partition]
        : [reading.Labels.Volume, reading.Type, reading.Labels.Disk];

    private static MetricFamily WithOptionalPartition(MetricFamily family) => family with { LastLabelIsOptional = true };

    /// <summary>CubeFS counts what it times a second time, under a name of its own.</summary>
    private sealed record Pair(MetricFamily Count, MetricFamily Time)
    {
        public static Pair Declare(string name, string counts, string times, params ReadOnlySpan<string> labels) => new(
            Section.Add($"{name}_count", MetricType.Counter, MetricUnit.Count, counts, labels), Section.Add($"{name}_hist", MetricType.Histogram, MetricUnit.Microseconds, times, labels));

        public Pair WithOptionalPartition() => new(CubeFsMetrics.WithOptionalPartition(Count), CubeFsMetrics.WithOptionalPartition(Time));
    }
}
