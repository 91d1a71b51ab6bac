using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>Disks: their space, their state, and what waits for their threads.</summary>
internal static class DiskMetrics
{
    public static readonly MetricSection Section = new("Disks");

    private static readonly MetricFamily Usable = Section.Gauge("cubeactors_disk_usable", "1 while a disk can be used.", "disk");
    private static readonly MetricFamily Writable = Section.Gauge("cubeactors_disk_writable", "1 while new partitions may be placed on a disk and extents may grow there.", "disk");
    private static readonly MetricFamily Total = Section.Gauge("cubeactors_disk_size_bytes", "Bytes of a disk that may be used.", "disk");
    private static readonly MetricFamily Used = Section.Gauge("cubeactors_disk_used_bytes", "Bytes of them that are in use.", "disk");
    private static readonly MetricFamily Available = Section.Gauge("cubeactors_disk_available_bytes", "Bytes that may still be written to a disk.", "disk");
    private static readonly MetricFamily Partitions = Section.Gauge("cubeactors_disk_partitions", "Partitions found on a disk, also those that do not serve.", "disk");
    private static readonly MetricFamily Failed = Section.Gauge("cubeactors_disk_failed_partitions", "Partitions of a disk that met an I/O error.", "disk");
    private static readonly MetricFamily StalledLoads = Section.Gauge("cubeactors_disk_stalled_loads", "Partitions whose loading takes longer than storage.load-patience.", "disk");
    private static readonly MetricFamily Busy = Section.Gauge("cubeactors_disk_busy_ratio", "Share of the last interval in which the device under a disk had work, 0 to 1; 0 where that is not known.", "disk");
    private static readonly MetricFamily Queue = Section.Gauge("cubeactors_disk_queue", "Work that waits for a disk's threads.", "disk");
    private static readonly MetricFamily LogQueue = Section.Gauge("cubeactors_raft_log_queue", "Writes of raft logs that wait for a disk.", "disk");

    public static void Write(IMetricSink sink, IReadOnlyList<DiskFigures> disks)
    {
        Each(Usable, disk => disk.State == DiskState.Unavailable ? 0 : 1);
        Each(Writable, disk => disk.IsWritable ? 1 : 0);
        Each(Total, disk => disk.Total);
        Each(Used, disk => disk.Used);
        Each(Available, disk => disk.Available);
        Each(Partitions, disk => Math.Max(0, disk.PartitionsFound));
        Each(Failed, disk => disk.FailedPartitions.Count);
        Each(StalledLoads, disk => disk.StalledLoads);
        Each(Busy, disk => disk.BusyPercent / 100);

        void Each(MetricFamily family, Func<DiskFigures, double> value) => sink.Each(family, disks, value, disk => disk.Path);
    }

    public static void WriteQueues(IMetricSink sink, IReadOnlyList<DiskQueue> queues)
    {
        sink.Each(Queue, queues, queue => queue.Depth, queue => queue.Path);
        sink.Each(LogQueue, queues, queue => queue.LogDepth, queue => queue.Path);
    }
}
